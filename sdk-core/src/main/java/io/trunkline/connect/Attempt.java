package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One address that a dial tries. The thread that runs the dial owns it; any thread may cancel it.
 * Whoever of them is first tells the listener how it ended.
 */
final class Attempt {
  final InetSocketAddress address;
  final Deadline deadline;
  private final Endpoint endpoint;
  private final ConnectionListener listener;
  private final Ticker ticker;
  private final long startNanos;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile TransportSocket socket;

  /** The end of a handshake that Fast Open leaves to the first write. */
  private volatile Deadline flightDeadline;

  /** How that handshake failed; null if it did not. */
  private volatile IOException flightFailure;

  // By the thread that runs the dial.
  private long connectNanos;
  FastOpenAttempt fastOpen = FastOpenAttempt.NONE;

  /** Begins the attempt, and tells of it. */
  Attempt(
      Endpoint endpoint,
      InetSocketAddress address,
      Deadline deadline,
      ConnectionListener listener,
      Ticker ticker) {
    this.endpoint = endpoint;
    this.address = address;
    this.deadline = deadline;
    this.listener = listener;
    this.ticker = ticker;
    this.startNanos = ticker.nanoTime();
    listener.connectStarted(endpoint, address);
  }

  /** The socket; null before there is one. */
  TransportSocket socket() {
    return socket;
  }

  void socket(TransportSocket value) {
    socket = value;
  }

  long elapsedNanos() {
    return ticker.nanoTime() - startNanos;
  }

  /** How much earlier than another one it began. */
  long headStartNanos(Attempt other) {
    return other.startNanos - startNanos;
  }

  /** How long the handshake took; with Fast Open, how long it took to leave it to the write. */
  long connectNanos() {
    return connectNanos;
  }

  /** It is connected, or, with Fast Open, will be with the first write: then that tells. */
  void connected() {
    connectNanos = elapsedNanos();
    if (socket.awaitsFirstFlight()) {
      socket.onFirstFlight(this::firstFlightEnded);
    } else {
      tellConnected(connectNanos);
    }
  }

  void flightDeadline(Deadline value) {
    flightDeadline = value;
  }

  /** The write that makes the handshake comes from this dial: its caller's time bounds it, too. */
  void limitFirstFlight(Deadline until) {
    if (socket.awaitsFirstFlight()) {
      socket.limitFirstFlight(until.orEarlier(flightDeadline).remainingNanos());
    }
  }

  /** Why the handshake failed that the first write made; empty if it did not. */
  Optional<IOException> flightFailure() {
    return Optional.ofNullable(flightFailure);
  }

  /** Whether only the caller's time ended that handshake: it says nothing of the address. */
  boolean isFlightCutShort() {
    return flightFailure != null
        && kindOf(flightFailure) == FailureKind.TIMED_OUT
        && ((ConnectionFailure) flightFailure).errno() == Errno.NONE
        && !flightDeadline.hasPassed();
  }

  private void firstFlightEnded(long nanos, Optional<IOException> failure) {
    flightFailure = failure.orElse(null);
    if (failure.isEmpty()) {
      tellConnected(nanos);
    } else if (ended.compareAndSet(false, true)) {
      FailureKind kind = kindOf(failure.get());
      if (kind == FailureKind.CLOSED || kind == FailureKind.INTERRUPTED || isFlightCutShort()) {
        listener.connectCancelled(endpoint, address, nanos);
      } else {
        listener.connectFailed(endpoint, address, nanos, failure.get());
      }
    }
  }

  private static FailureKind kindOf(IOException failure) {
    return FailureClassifier.ofException(failure, FailurePhase.CONNECT);
  }

  private void tellConnected(long nanos) {
    if (ended.compareAndSet(false, true) && listener.hearsConnects()) {
      listener.connected(endpoint, address, nanos, socket.tcpInfo());
    }
  }

  void failed(IOException failure) {
    close();
    if (ended.compareAndSet(false, true)) {
      listener.connectFailed(endpoint, address, elapsedNanos(), failure);
    }
  }

  /** Closes the socket, and says so, unless the attempt has ended. */
  void cancel() {
    close();
    if (ended.compareAndSet(false, true)) {
      listener.connectCancelled(endpoint, address, elapsedNanos());
    }
  }

  /** Closes the socket and says nothing. */
  void close() {
    TransportSocket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException ignored) {
        // It is closed, whatever it says.
      }
    }
  }
}
