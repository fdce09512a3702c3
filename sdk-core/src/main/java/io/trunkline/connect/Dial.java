package io.trunkline.connect;

import io.trunkline.config.FirstWrite;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.SocketPreparation;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Optional;

/**
 * One dial: resolve, race the addresses, and, where the endpoint wants it, the TLS handshake with
 * the winner. A caller that has no more time leaves it, and another thread may run it on. One
 * thread at a time runs it; any may cancel it.
 */
public final class Dial {
  /** 2^64 divided by the golden ratio: spreads dials that begin at nearly the same time. */
  private static final long HASH_SPREAD = 0x9E3779B97F4A7C15L;

  private final Connector connector;
  private final Endpoint endpoint;
  private final SocketPreparation preparation;
  private final Deadline connectDeadline;
  private final Deadline deadline;
  private final long startNanos;

  /** Null where the address was given. */
  private final Lookup lookup;

  private volatile ConnectRace race;
  private volatile boolean cancelled;
  private volatile boolean isRun;
  private volatile FirstWrite first = FirstWrite.UNKNOWN;

  /** The winner of the race, while its TLS handshake lasts. */
  private Attempt winner;

  private TlsStep tls;
  private long resolveNanos;
  private long connectNanos;
  private long tlsNanos;

  /** To whichever address of the endpoint answers first. */
  Dial(
      Connector connector,
      Endpoint endpoint,
      SocketPreparation preparation,
      long startNanos,
      Deadline connectDeadline) {
    this.connector = connector;
    this.startNanos = startNanos;
    this.endpoint = endpoint;
    this.preparation = preparation;
    this.connectDeadline = connectDeadline;
    this.deadline = withTls();
    this.lookup =
        new Lookup(
            connector.addresses(), endpoint, connectDeadline, connector.ticker(), startNanos);
  }

  /** To one address and no other. */
  Dial(
      Connector connector,
      Endpoint endpoint,
      InetSocketAddress only,
      SocketPreparation preparation,
      long startNanos,
      Deadline connectDeadline) {
    this.connector = connector;
    this.startNanos = startNanos;
    this.endpoint = endpoint;
    this.preparation = preparation;
    this.connectDeadline = connectDeadline;
    this.deadline = withTls();
    this.lookup = null;
    this.race = raceOf(List.of(only));
  }

  private ConnectRace raceOf(List<InetSocketAddress> addresses) {
    return new ConnectRace(
        connector, endpoint, preparation, addresses, connectDeadline, startNanos);
  }

  private Deadline withTls() {
    return endpoint.isTls()
        ? connectDeadline.plusNanos(connector.tlsTimeoutNanos(endpoint))
        : connectDeadline;
  }

  /**
   * The end of its time, the initializer of the connection included: the connect timeout, and for
   * TLS its own timeout after that.
   */
  public Deadline deadline() {
    return deadline;
  }

  /**
   * What the caller who gets the connection writes to it first. With {@link
   * io.trunkline.config.FastOpen} the handshake may be left to that write. Unknown unless it is
   * said: what is dialled ahead, or to try an endpoint, has to be connected.
   */
  public Dial firstWrite(FirstWrite value) {
    first = value;
    return this;
  }

  /** How long its steps took; for whoever ran it, after it ended. */
  public DialTimings timings() {
    return new DialTimings(resolveNanos, connectNanos, tlsNanos);
  }

  /**
   * Works on the dial until it ends or the caller's time does.
   *
   * @return the connected socket; empty if the caller's time ended first
   * @throws IOException the failure of the dial, or an interrupt. Where several addresses failed it
   *     is the most telling of their failures, with all of them in the message, and the others
   *     suppressed
   */
  public Optional<TransportSocket> run(Deadline until) throws IOException {
    boolean goesOn = false;
    isRun = true;
    try {
      TransportSocket connected = advance(until);
      goesOn = connected == null;
      return Optional.ofNullable(connected);
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted(interrupted);
    } finally {
      isRun = false;
      if (!goesOn || cancelled) {
        end();
      }
    }
  }

  private void end() {
    connector.ended(this);
    ConnectRace ran = race;
    if (ran != null) {
      ran.end();
    }
  }

  /** The connected socket; null if the caller's time ended first. */
  private TransportSocket advance(Deadline until) throws IOException {
    if (race == null && !resolve(until)) {
      return null;
    }
    if (cancelled) {
      throw cancelled(endpoint, elapsedNanos());
    }
    for (; ; ) {
      if (winner == null) {
        winner = race.run(until, first);
        if (winner == null) {
          return null;
        }
        connectNanos = winner.connectNanos();
      }
      TransportSocket ready = endpoint.isTls() ? secured(until) : winner.socket();
      if (ready != null) {
        race.takeWinner();
        tellAddresses(winner.address, ready);
        return ready;
      }
      if (winner != null) {
        return null;
      }
    }
  }

  private void tellAddresses(InetSocketAddress address, TransportSocket connected) {
    if (!connected.awaitsFirstFlight()) {
      connector.addresses().succeeded(address);
      return;
    }
    Addresses told = connector.addresses();
    connected.onFirstFlight(
        (elapsedNanos, failure) -> {
          if (failure.isEmpty()) {
            told.succeeded(address);
          } else if (DialFailures.isOfAddress(
              FailureClassifier.ofException(failure.get(), FailurePhase.CONNECT))) {
            told.failed(address);
          }
        });
  }

  private boolean resolve(Deadline until) throws IOException {
    try {
      Optional<List<InetSocketAddress>> addresses = lookup.run(until);
      addresses.ifPresent(all -> race = raceOf(all));
      return addresses.isPresent();
    } finally {
      resolveNanos = lookup.elapsedNanos();
    }
  }

  /**
   * The socket that speaks TLS; null if the handshake goes on, or has failed and {@link #winner} is
   * null.
   */
  private TransportSocket secured(Deadline until) throws IOException {
    if (tls == null) {
      tls = new TlsStep(connector, endpoint, winner);
    }
    try {
      TransportSocket secured = tls.run(until);
      tlsNanos = tls.elapsedNanos();
      return secured;
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted;
    } catch (IOException failed) {
      if (cancelled) {
        throw cancelled(endpoint, elapsedNanos());
      }
      if (Thread.currentThread().isInterrupted()) {
        throw interrupted(failed);
      }
      if (winner.isFlightCutShort()) {
        race.winnerCutShort(winner);
      } else {
        race.winnerFailed(winner, tls.failed(failed));
      }
      winner = null;
      tls = null;
      return null;
    }
  }

  private IOException interrupted(Throwable cause) {
    return Failures.exception(
        FailureDetails.of(
                FailureKind.INTERRUPTED,
                winner == null ? FailurePhase.CONNECT : FailurePhase.TLS_HANDSHAKE)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos()),
        cause);
  }

  /** Of a set of dials it is a member: the hash of the JVM costs a new object a call into it. */
  @Override
  public int hashCode() {
    return Long.hashCode(startNanos * HASH_SPREAD);
  }

  private long elapsedNanos() {
    return connector.ticker().nanoTime() - startNanos;
  }

  static IOException cancelled(Endpoint endpoint, long elapsedNanos) {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos)
            .withNote("the dial was cancelled, or the connection manager is closed"));
  }

  /**
   * Gives up, from any thread: closes what is half open, which ends the wait of who runs it. That
   * thread tells the listener then; this one only where nobody runs it, for it may be one that must
   * not be held up: HTTP clients have a single one that watches all their timeouts.
   */
  public void cancel() {
    cancelled = true;
    boolean isToldByOther = isRun; // asked before it is woken, for then it may be done at once
    connector.ended(this);
    if (lookup != null) {
      lookup.cancel();
    }
    ConnectRace running = race;
    if (running != null) {
      running.cancel();
      if (!isToldByOther) {
        running.tellCancelled();
      }
    }
  }
}
