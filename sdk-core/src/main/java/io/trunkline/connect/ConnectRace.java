package io.trunkline.connect;

import io.trunkline.config.FirstWrite;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.SocketPreparation;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The race of the addresses of one dial (RFC 8305, Happy Eyeballs): the first begins; whenever the
 * attempt delay has passed, or an attempt has failed, the next one begins beside those under way;
 * the first that is established wins, and the others are closed without a trace.
 *
 * <p>All attempts run on one thread, which waits for all of them at once. One thread at a time runs
 * the race, another may run it on, and any may cancel it.
 */
final class ConnectRace {
  /** RFC 8305, section 8: attempts must not follow each other faster. */
  private static final long SHORTEST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final Attempt[] NONE = {};

  private final Connector connector;
  private final Endpoint endpoint;
  private final SocketPreparation preparation;
  private final Deadline deadline;
  private final long startNanos;
  private final long delayNanos;

  private List<InetSocketAddress> addresses;
  private int next;
  private boolean begun;

  /** Another address could not be dialled either. */
  private boolean exhausted;

  /** When the next address is due; null for at once. */
  private Deadline nextDue;

  /** Written by the thread that runs the race, read by who cancels it. */
  private volatile Attempt[] underWay = NONE;

  private volatile boolean cancelled;
  private DialFailures failures;

  /**
   * @param preparation what each socket gets beyond the settings
   * @param addresses in the order in which they are to be tried, at least one
   * @param deadline the end of all attempts
   * @param startNanos when the dial began, on the clock of the connector
   */
  ConnectRace(
      Connector connector,
      Endpoint endpoint,
      SocketPreparation preparation,
      List<InetSocketAddress> addresses,
      Deadline deadline,
      long startNanos) {
    this.connector = connector;
    this.endpoint = endpoint;
    this.preparation = preparation;
    this.addresses = addresses;
    this.deadline = deadline;
    this.startNanos = startNanos;
    this.delayNanos = addresses.size() == 1 ? 0 : delayNanos(addresses.size());
  }

  /** At most the delay of the settings, so that the last address has half of the time at least. */
  private long delayNanos(int count) {
    long mostForLast = deadline.remainingNanos() / 2 / (count - 1);
    return Math.max(
        SHORTEST_DELAY_NANOS, Math.min(connector.attemptDelayNanos(endpoint), mostForLast));
  }

  /**
   * Runs until an address is connected or the caller's time is over. The winner stays in the race,
   * which closes it if it is cancelled, until {@link #takeWinner} or {@link #winnerFailed}.
   *
   * @param first what is written to the winner first, which its handshake may be left to
   * @return the winner; null if the caller's time ended first
   * @throws java.nio.channels.ClosedByInterruptException if the thread was interrupted
   * @throws IOException the failure of all addresses
   */
  Attempt run(Deadline until, FirstWrite first) throws IOException {
    for (; ; ) {
      Attempt winner;
      if (isNextDue()) {
        winner = begin(first);
      } else if (underWay.length == 0) {
        throw failures.asOne(addresses.size() - next);
      } else {
        winner = await(until);
        if (winner == null && underWay.length > 0 && until.hasPassed()) {
          return null;
        }
      }
      if (winner != null) {
        return won(winner);
      }
    }
  }

  private boolean hasNext() {
    return next < addresses.size() && !exhausted;
  }

  private boolean isNextDue() {
    int running = underWay.length;
    // But one is tried even if the resolver took all the time, so that there is something to tell.
    boolean nothingToTell = running == 0 && failures == null;
    if (!hasNext() || (!nothingToTell && deadline.hasPassed())) {
      return false;
    }
    return running == 0 || (mayJoin() && (nextDue == null || nextDue.hasPassed()));
  }

  /** Whether another attempt may run beside those under way. */
  private boolean mayJoin() {
    return connector.transport().canRace() && underWay.length < Transport.MOST_AWAITED;
  }

  // ---- one attempt ----

  /** Begins with the next address; it may be connected at once. */
  private Attempt begin(FirstWrite first) throws IOException {
    Attempt attempt =
        new Attempt(
            endpoint,
            addresses.get(next++),
            attemptDeadline(),
            connector.listener(),
            connector.ticker());
    if (!begun) {
      // With Fast Open a connect may succeed before a packet was sent: never in a race.
      attempt.fastOpen = connector.fastOpen().attempt(endpoint, attempt.address, first);
    }
    begun = true;
    if (hasNext()) {
      nextDue = connector.after(delayNanos);
    }
    enter(attempt);
    try {
      connector.guard().check(endpoint, attempt.address);
      attempt.socket(connector.openFor(endpoint, preparation));
      attempt.fastOpen.ask(attempt.socket());
      throwIfCancelled();
      if (!attempt.socket().startConnect(attempt.address)) {
        return null;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new ClosedByInterruptException(); // as in a wait, which was not needed
      }
      return connected(attempt) ? attempt : null;
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted;
    } catch (IOException failed) {
      failed(attempt, failed);
      return null;
    }
  }

  /**
   * In a race all have the same time. Where addresses can only be tried in turn, a silent one must
   * leave some to those after it.
   */
  private Deadline attemptDeadline() {
    int stillToTry = addresses.size() - next + 1;
    return stillToTry == 1 || connector.transport().canRace()
        ? deadline
        : connector.after(deadline.remainingNanos() / stillToTry);
  }

  private Attempt await(Deadline until) throws IOException {
    Attempt[] waitedFor = underWay;
    Deadline limit = until.orEarlier(waitedFor[0].deadline);
    if (hasNext() && mayJoin() && nextDue != null) {
      limit = limit.orEarlier(nextDue);
    }
    if (waitedFor.length == 1) {
      return finished(waitedFor[0], limit) ? waitedFor[0] : null;
    }
    awaitAny(waitedFor, limit);
    for (Attempt each : waitedFor) {
      if (looked(each)) {
        return each;
      }
    }
    return null;
  }

  private void awaitAny(Attempt[] waitedFor, Deadline limit) throws IOException {
    List<TransportSocket> sockets = new ArrayList<>(waitedFor.length);
    for (Attempt each : waitedFor) {
      sockets.add(each.socket());
    }
    new InterruptibleWait(waitedFor)
        .run(
            () -> {
              connector.transport().awaitAny(sockets, limit.remainingNanos());
              return null;
            });
  }

  /** Whether it is connected, after a wait for it alone; if not, it goes on or has failed. */
  private boolean finished(Attempt attempt, Deadline limit) throws IOException {
    try {
      boolean done =
          new InterruptibleWait(attempt)
              .run(() -> attempt.socket().finishConnect(limit.remainingNanos()));
      return done ? connected(attempt) : goesOn(attempt);
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted;
    } catch (IOException failed) {
      failed(attempt, failed);
      return false;
    }
  }

  /** The same without a wait. */
  private boolean looked(Attempt attempt) throws IOException {
    try {
      return attempt.socket().finishConnect(0) ? connected(attempt) : goesOn(attempt);
    } catch (IOException failed) {
      failed(attempt, failed);
      return false;
    }
  }

  private boolean connected(Attempt attempt) throws IOException {
    long limitNanos = 0;
    if (attempt.socket().awaitsFirstFlight()) {
      // Where TLS makes the handshake with its first bytes, a silent address leaves some time to
      // others.
      int toShareWith = endpoint.isTls() ? addresses.size() - next + 1 : 1;
      limitNanos = deadline.remainingNanos() / toShareWith;
      attempt.flightDeadline(connector.after(limitNanos));
    }
    attempt.fastOpen.connected(attempt.socket(), limitNanos);
    connector.connected(endpoint, attempt.socket());
    return true;
  }

  private boolean goesOn(Attempt attempt) throws IOException {
    if (attempt.deadline.hasPassed()) {
      failed(attempt, Failures.exception(attempt.socket().handshakeTimedOut()));
    }
    return false;
  }

  private void failed(Attempt attempt, IOException thrown) throws IOException {
    throwIfCancelled();
    if (Thread.currentThread().isInterrupted()) {
      // A virtual thread that is interrupted while it waits finds its socket closed, no more.
      throw (IOException) new ClosedByInterruptException().initCause(thrown);
    }
    IOException failure = thrown instanceof ConnectionFailure ? thrown : described(attempt, thrown);
    leave(attempt);
    attempt.failed(failure);
    record(attempt, failure);
  }

  private void record(Attempt attempt, IOException failure) {
    if (failures == null) {
      failures = new DialFailures();
    }
    failures.add(failure);
    attempt.fastOpen.failed(failure);
    nextDue = null;
    FailureKind kind = ((ConnectionFailure) failure).kind();
    exhausted |= kind == FailureKind.DESCRIPTORS_EXHAUSTED || kind == FailureKind.OUT_OF_BUFFERS;
    if (DialFailures.isOfAddress(kind)) {
      connector.addresses().failed(attempt.address);
    }
  }

  /** What the JDK threw before it came to an address: no descriptor for a socket, for one. */
  private IOException described(Attempt attempt, IOException thrown) {
    return Failures.exception(
        FailureDetails.of(
                FailureClassifier.ofException(thrown, FailurePhase.CONNECT), FailurePhase.CONNECT)
            .withEndpoint(endpoint)
            .withAddress(attempt.address)
            .withElapsedNanos(attempt.elapsedNanos())
            .withNote(thrown.toString()),
        thrown);
  }

  // ---- the end ----

  private Attempt won(Attempt winner) throws IOException {
    Attempt[] ran = underWay;
    winner.connected();
    if (ran.length > 1) {
      underWay = new Attempt[] {winner};
      List<InetSocketAddress> remaining = new ArrayList<>();
      for (Attempt each : ran) {
        if (each != winner) {
          each.cancel();
          remaining.add(each.address);
          if (each.headStartNanos(winner) >= delayNanos) {
            // Overtaken in spite of its head start: the next dial shall not wait for it first.
            connector.addresses().failed(each.address);
          }
        }
      }
      // They have not failed: should the winner fail in its TLS handshake, they are tried again.
      remaining.addAll(addresses.subList(next, addresses.size()));
      addresses = remaining;
      next = 0;
    }
    throwIfCancelled();
    return winner;
  }

  /** Gives the winner away: from now on a cancel does not close it. */
  void takeWinner() throws IOException {
    Attempt[] winner = underWay;
    underWay = NONE;
    if (cancelled) {
      winner[0].close(); // who cancelled may have come too late to see it
      throwIfCancelled();
    }
  }

  /** The winner could not be used after all; {@link #run} goes on with what remains. */
  void winnerFailed(Attempt winner, IOException failure) {
    underWay = NONE;
    winner.close();
    record(winner, failure);
  }

  /** The caller's time ended a handshake that cannot be left: {@link #run} begins it anew. */
  void winnerCutShort(Attempt winner) {
    underWay = NONE;
    List<InetSocketAddress> remaining = new ArrayList<>();
    remaining.add(winner.address);
    remaining.addAll(addresses.subList(next, addresses.size()));
    addresses = remaining;
    next = 0;
    nextDue = null;
  }

  /**
   * Gives up, from any thread: closes what is half open, which ends the wait of who runs it. Says
   * nothing.
   */
  void cancel() {
    cancelled = true;
    for (Attempt each : underWay) {
      each.close();
    }
  }

  /** The same, and says so. */
  void tellCancelled() {
    for (Attempt each : underWay) {
      each.cancel();
    }
  }

  /** Who runs the race gives it up. */
  void end() {
    tellCancelled();
    underWay = NONE;
  }

  private void throwIfCancelled() throws IOException {
    if (cancelled) {
      throw Dial.cancelled(endpoint, connector.ticker().nanoTime() - startNanos);
    }
  }

  private void enter(Attempt attempt) {
    Attempt[] now = underWay;
    Attempt[] more = Arrays.copyOf(now, now.length + 1);
    more[now.length] = attempt;
    underWay = more;
  }

  private void leave(Attempt attempt) {
    Attempt[] now = underWay;
    Attempt[] fewer = new Attempt[now.length - 1];
    int at = 0;
    for (Attempt each : now) {
      if (each != attempt) {
        fewer[at++] = each;
      }
    }
    underWay = fewer;
  }
}
