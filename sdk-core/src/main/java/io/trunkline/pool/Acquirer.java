package io.trunkline.pool;

import io.trunkline.config.FirstWrite;
import io.trunkline.connect.Connector;
import io.trunkline.connect.Dial;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a caller to a connection, where there is no idle one: it waits, or dials, on its own
 * thread.
 */
final class Acquirer {
  private static final Logger LOG = LoggerFactory.getLogger(Acquirer.class);

  private final Connector connector;
  private final Workers workers;
  private final Opener opener;
  private final Ticker ticker;
  private final boolean leakStacks;

  /** A dial, and when it began. */
  private record Begun(Dial dial, long atNanos) {}

  Acquirer(Connector connector, Workers workers, Opener opener, Ticker ticker, boolean leakStacks) {
    this.connector = connector;
    this.workers = workers;
    this.opener = opener;
    this.ticker = ticker;
    this.leakStacks = leakStacks;
  }

  /** A leased connection; null if the pool was forgotten and has to be asked for again. */
  PooledConnection acquire(EndpointPool pool, long timeoutNanos) throws IOException {
    long start = ticker.nanoTime();
    Deadline deadline = Deadline.afterNanos(ticker, timeoutNanos);
    Waiter waiter = new Waiter(true);
    pool.room().enter(waiter);
    for (; ; ) {
      Object outcome = waiter.await(deadline);
      if (outcome == null) {
        throw gaveUp(pool, waiter, start);
      }
      if (outcome == Waiter.FORGOTTEN) {
        return null;
      }
      if (outcome == Waiter.REFUSED) {
        throw pool.breaker().refusal(ticker.nanoTime() - start);
      }
      if (outcome instanceof IOException failure) {
        throw failure;
      }
      if (outcome == Waiter.TICKET) {
        return dial(pool, deadline, start);
      }
      if (isAccepted(pool, (PooledConnection) outcome, waiter)) {
        return (PooledConnection) outcome;
      }
    }
  }

  /**
   * Waits for leave to dial a connection that will not belong to the pool.
   *
   * @return whether there is; false if the pool was forgotten and has to be asked for again
   */
  boolean awaitTicket(EndpointPool pool, Waiter waiter, Deadline deadline) throws IOException {
    if (waiter.outcome() == Waiter.TICKET) {
      return true; // as a rule: without a look at the clock
    }
    long start = ticker.nanoTime();
    Object outcome = waiter.await(deadline);
    if (outcome == null) {
      throw gaveUp(pool, waiter, start);
    }
    if (outcome == Waiter.REFUSED) {
      throw pool.breaker().refusal(ticker.nanoTime() - start);
    }
    if (outcome instanceof IOException failure) {
      throw failure;
    }
    return outcome == Waiter.TICKET;
  }

  private static boolean isAccepted(EndpointPool pool, PooledConnection handed, Waiter waiter) {
    try {
      return pool.accept(handed, waiter);
    } catch (RuntimeException | Error defect) {
      leave(pool, waiter); // it may be in the queue again
      throw defect;
    }
  }

  /** Leaves the queue. What it was given in the last moment goes to the next in line. */
  private static void leave(EndpointPool pool, Waiter waiter) {
    if (!pool.room().cancel(waiter)) {
      Object outcome = waiter.outcome();
      if (outcome instanceof PooledConnection handed) {
        pool.release(handed);
      } else if (outcome == Waiter.TICKET && waiter.isForPool()) {
        pool.ticketFailed(null);
      } else if (outcome == Waiter.TICKET) {
        pool.unpooledEnded(null);
      }
    }
  }

  private IOException gaveUp(EndpointPool pool, Waiter waiter, long start) {
    leave(pool, waiter);
    long elapsed = ticker.nanoTime() - start;
    if (Thread.currentThread().isInterrupted()) {
      return Failures.exception(
          FailureDetails.of(FailureKind.INTERRUPTED, FailurePhase.ACQUIRE)
              .withEndpoint(pool.endpoint())
              .withElapsedNanos(elapsed));
    }
    return pool.failures().acquireTimedOut(elapsed);
  }

  private PooledConnection dial(EndpointPool pool, Deadline deadline, long start)
      throws IOException {
    Optional<PooledConnection> connected = run(pool, begin(pool, FirstWrite.IDEMPOTENT), deadline);
    if (connected.isPresent()) {
      connected.get().leased(leakStacks);
      return connected.get();
    }
    throw pool.failures().acquireTimedOut(ticker.nanoTime() - start);
  }

  private Begun begin(EndpointPool pool, FirstWrite first) {
    return new Begun(connector.dial(pool.endpoint()).firstWrite(first), ticker.nanoTime());
  }

  /**
   * Dials with the ticket that the caller holds, and gives it back whatever happens; only a dial
   * that outlives the caller's time takes it along, to a worker.
   *
   * @return a leased connection; empty if the caller's time ended
   */
  private Optional<PooledConnection> run(EndpointPool pool, Begun begun, Deadline until)
      throws IOException {
    Dial dial = begun.dial();
    Optional<TransportSocket> socket;
    try {
      socket = dial.run(until);
    } catch (IOException failed) {
      // The breaker first: it decides whether the next in line may dial.
      try {
        pool.breaker().dialFailed(ticker.nanoTime() - begun.atNanos(), failed, false);
      } finally {
        // Whatever the predicates of somebody's registry throw.
        pool.ticketFailed(isInterrupt(failed) ? null : failed);
      }
      throw failed;
    } catch (RuntimeException | Error defect) {
      dial.cancel();
      pool.ticketFailed(null);
      throw defect;
    }
    if (socket.isEmpty()) {
      leaveToWorker(pool, begun);
      return Optional.empty();
    }
    PooledConnection connection = adopt(pool, socket.get(), ticker.nanoTime() - begun.atNanos());
    open(pool, connection, until.orEarlier(dial.deadline()));
    return Optional.of(connection);
  }

  private static PooledConnection adopt(
      EndpointPool pool, TransportSocket socket, long elapsedNanos) throws IOException {
    try {
      pool.dialled(socket, elapsedNanos, true);
    } catch (RuntimeException | Error defect) {
      Sockets.closeQuietly(socket);
      pool.ticketFailed(null);
      throw defect;
    }
    return pool.ticketDone(socket);
  }

  private void open(EndpointPool pool, PooledConnection connection, Deadline deadline)
      throws IOException {
    boolean opened = false;
    try {
      opener.opened(connection, deadline);
      opened = true;
      if (!connection.socket().awaitsFirstFlight()) {
        pool.succeeded();
      }
    } catch (IOException failed) {
      pool.failed(failed);
      throw failed;
    } finally {
      if (!opened) {
        connection.discard();
      }
    }
  }

  /** A caller's short time must not waste the handshake: else it would never warm the pool. */
  private void leaveToWorker(EndpointPool pool, Begun begun) {
    begun.dial().firstWrite(FirstWrite.UNKNOWN);
    workers.execute(
        () -> {
          try {
            dialToIdle(pool, begun);
          } catch (IOException failed) {
            LOG.debug(
                "A dial that its caller had given up failed too", Failures.safeForLog(failed));
          } catch (RuntimeException defect) {
            LOG.warn(
                "A dial that its caller had given up failed; this is a defect in the initializer,"
                    + " in a callback, or in Trunkline",
                Failures.safeForLog(defect));
          }
        },
        () -> {
          begun.dial().cancel();
          pool.ticketFailed(null);
        });
  }

  /** In the background, with a ticket: one more idle connection, or one for whoever waits. */
  void dialToIdle(EndpointPool pool) throws IOException {
    dialToIdle(pool, begin(pool, FirstWrite.UNKNOWN));
  }

  private void dialToIdle(EndpointPool pool, Begun begun) throws IOException {
    Optional<PooledConnection> connected = run(pool, begun, begun.dial().deadline());
    if (connected.isPresent()) {
      connected.get().release(connected.get().takeHold());
    }
  }

  static boolean isInterrupt(IOException failed) {
    return failed instanceof ConnectionFailure failure && failure.kind() == FailureKind.INTERRUPTED;
  }
}
