package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One dial: resolve, then each address in turn until one answers. A caller that has no more time
 * leaves it, and another thread may run it on. One thread at a time runs it; any may cancel it.
 */
public final class Dial {
  private final Connector connector;
  private final Endpoint endpoint;
  private final Deadline deadline;
  private final long startNanos = System.nanoTime();

  /** This dial's own view of a lookup that others may share. */
  private volatile CompletableFuture<List<InetAddress>> answer;

  private List<InetAddress> addresses;
  private int next;
  private volatile TransportSocket connecting;
  private volatile boolean cancelled;
  private Deadline attemptDeadline;
  private IOException failure;

  Dial(Connector connector, Endpoint endpoint, Deadline deadline) {
    this.connector = connector;
    this.endpoint = endpoint;
    this.deadline = deadline;
  }

  /** The end of its time, the initializer of the connection included. */
  public Deadline deadline() {
    return deadline;
  }

  /**
   * Works on the dial until it ends or the caller's time does.
   *
   * @return the connected socket; empty if the caller's time ended first
   * @throws IOException the failure of the last address, the others suppressed in it, or an
   *     interrupt
   */
  public Optional<TransportSocket> run(Deadline until) throws IOException {
    boolean goesOn = false;
    try {
      Optional<TransportSocket> connected = advance(until);
      goesOn = connected.isEmpty();
      return connected;
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted(FailurePhase.CONNECT, interrupted);
    } finally {
      if (!goesOn) {
        connector.ended(this);
        closeAttempt();
      }
    }
  }

  private Optional<TransportSocket> advance(Deadline until) throws IOException {
    if (!resolve(until)) {
      return Optional.empty();
    }
    while (connecting != null || next < addresses.size()) {
      if (connecting == null) {
        begin(addresses.get(next++));
      }
      if (connecting != null && finish(until)) {
        TransportSocket connected = connecting;
        connecting = null;
        if (cancelled) {
          connected.close();
          throw closed();
        }
        return Optional.of(connected);
      }
      if (connecting != null && until.hasPassed()) {
        return Optional.empty();
      }
    }
    throw failure;
  }

  /** Gives up, from any thread: closes what is half open, which ends the wait of who runs it. */
  public void cancel() {
    cancelled = true;
    connector.ended(this);
    TransportSocket halfOpen = connecting;
    if (halfOpen != null) {
      closeQuietly(halfOpen);
    }
    CompletableFuture<List<InetAddress>> waitedFor = answer;
    if (waitedFor != null) {
      waitedFor.cancel(false);
    }
  }

  private IOException closed() {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos())
            .withNote("the dial was cancelled, or the connection manager is closed"));
  }

  // ---- resolution ----

  private boolean resolve(Deadline until) throws IOException {
    if (addresses != null) {
      return true;
    }
    try {
      Optional<InetAddress> literal = Resolver.literal(endpoint.host());
      if (literal.isPresent()) {
        addresses = List.of(literal.get());
        return true;
      }
      if (answer == null) {
        answer = connector.resolver().resolve(endpoint.host()).copy();
      }
      if (cancelled) {
        throw closed();
      }
      addresses = answer.get(until.orEarlier(deadline).remainingNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      if (deadline.hasPassed()) {
        throw resolutionFailed(null, "the resolver did not answer in time");
      }
      return false;
    } catch (CancellationException cancel) {
      throw closed();
    } catch (UnknownHostException notAnAddress) {
      throw resolutionFailed(notAnAddress, null);
    } catch (ExecutionException failed) {
      throw resolutionFailed(failed.getCause(), null);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw interrupted(FailurePhase.RESOLVE, interrupted);
    }
  }

  private IOException resolutionFailed(Throwable cause, String note) {
    return Failures.exception(
        FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos())
            .withNote(note),
        cause instanceof UnknownHostException || cause == null ? null : cause);
  }

  // ---- handshake ----

  /** Opens a socket to the address; each address has its part of the time that is left. */
  private void begin(InetAddress ip) throws IOException {
    int stillToTry = addresses.size() - next + 1;
    attemptDeadline = connector.after(deadline.remainingNanos() / stillToTry);
    try {
      connecting = connector.openFor(endpoint);
      if (cancelled) {
        throw closed();
      }
      if (connecting.startConnect(new InetSocketAddress(ip, endpoint.port()))) {
        attemptDeadline = deadline;
      }
    } catch (IOException failed) {
      attemptFailed(failed);
    }
  }

  /**
   * Whether it is connected; if not, either it goes on, or it failed and {@link #connecting} is
   * null.
   */
  private boolean finish(Deadline until) throws IOException {
    try {
      long limit = until.orEarlier(attemptDeadline).remainingNanos();
      if (connecting.isConnected() || new InterruptibleConnect(connecting).finish(limit)) {
        connector.connected(connecting);
        return true;
      }
      if (attemptDeadline.hasPassed()) {
        attemptFailed(Failures.exception(connecting.handshakeTimedOut()));
      }
    } catch (ClosedByInterruptException interrupted) {
      closeAttempt();
      throw interrupted;
    } catch (IOException failed) {
      if (Thread.currentThread().isInterrupted()) {
        closeAttempt();
        throw interrupted(FailurePhase.CONNECT, failed);
      }
      attemptFailed(failed);
    }
    return false;
  }

  private void attemptFailed(IOException thrown) throws IOException {
    closeAttempt();
    IOException failed = thrown instanceof ConnectionFailure ? thrown : described(thrown);
    if (failure != null) {
      failed.addSuppressed(failure);
    }
    failure = failed;
    FailureKind kind = FailureClassifier.ofException(failed, FailurePhase.CONNECT);
    if (cancelled) {
      throw closed();
    }
    if (kind == FailureKind.DESCRIPTORS_EXHAUSTED || kind == FailureKind.OUT_OF_BUFFERS) {
      throw failed; // another address cannot help
    }
  }

  /** What the JDK threw before it came to an address: no descriptor for a socket, for one. */
  private IOException described(IOException thrown) {
    return Failures.exception(
        FailureDetails.of(
                FailureClassifier.ofException(thrown, FailurePhase.CONNECT), FailurePhase.CONNECT)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos())
            .withNote(thrown.toString()),
        thrown);
  }

  private void closeAttempt() {
    TransportSocket attempt = connecting;
    connecting = null;
    if (attempt != null) {
      closeQuietly(attempt);
    }
  }

  private static void closeQuietly(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }

  private IOException interrupted(FailurePhase phase, Throwable cause) {
    return Failures.exception(
        FailureDetails.of(FailureKind.INTERRUPTED, phase)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos()),
        cause);
  }

  private long elapsedNanos() {
    return System.nanoTime() - startNanos;
  }
}
