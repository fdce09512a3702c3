package io.trunkline.pool;

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
    Waiter waiter = new Waiter();
    pool.enter(waiter);
    for (; ; ) {
      Object outcome = waiter.await(deadline);
      if (outcome == null) {
        throw gaveUp(pool, waiter, start);
      }
      if (outcome == EndpointPool.FORGOTTEN) {
        return null;
      }
      if (outcome instanceof IOException failure) {
        throw failure;
      }
      if (outcome == Waiter.TICKET) {
        return dial(pool, deadline, start);
      }
      PooledConnection handed = (PooledConnection) outcome;
      if (pool.isAlive(handed)) {
        handed.leased(leakStacks);
        return handed;
      }
      pool.replaceDead(handed, waiter);
    }
  }

  /** Leaves the queue. What it was given in the last moment goes to the next in line. */
  private IOException gaveUp(EndpointPool pool, Waiter waiter, long start) {
    if (!pool.cancel(waiter)) {
      Object outcome = waiter.outcome();
      if (outcome instanceof PooledConnection handed) {
        pool.release(handed);
      } else if (outcome == Waiter.TICKET) {
        pool.ticketFailed(null);
      }
    }
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
    Optional<PooledConnection> connected =
        run(pool, connector.dial(pool.endpoint()).forWriter(true), deadline);
    if (connected.isPresent()) {
      connected.get().leased(leakStacks);
      return connected.get();
    }
    throw pool.failures().acquireTimedOut(ticker.nanoTime() - start);
  }

  /**
   * Dials with the ticket that the caller holds, and gives it back whatever happens; only a dial
   * that outlives the caller's time takes it along, to a worker.
   *
   * @return a leased connection; empty if the caller's time ended
   */
  private Optional<PooledConnection> run(EndpointPool pool, Dial dial, Deadline until)
      throws IOException {
    Optional<TransportSocket> socket;
    try {
      socket = dial.run(until);
    } catch (IOException failed) {
      pool.ticketFailed(isInterrupt(failed) ? null : failed);
      throw failed;
    } catch (RuntimeException | Error defect) {
      dial.cancel();
      pool.ticketFailed(null);
      throw defect;
    }
    if (socket.isEmpty()) {
      leaveToWorker(pool, dial);
      return Optional.empty();
    }
    PooledConnection connection = adopt(pool, socket.get());
    open(pool, connection, until.orEarlier(dial.deadline()));
    return Optional.of(connection);
  }

  private static PooledConnection adopt(EndpointPool pool, TransportSocket socket)
      throws IOException {
    try {
      return pool.ticketDone(socket);
    } catch (RuntimeException | Error defect) {
      Sockets.closeQuietly(socket);
      pool.ticketFailed(null);
      throw defect;
    }
  }

  private void open(EndpointPool pool, PooledConnection connection, Deadline deadline)
      throws IOException {
    boolean opened = false;
    try {
      opener.opened(connection, deadline);
      opened = true;
      pool.succeeded();
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
  private void leaveToWorker(EndpointPool pool, Dial dial) {
    dial.forWriter(false);
    workers.execute(
        () -> {
          try {
            dialToIdle(pool, dial);
          } catch (IOException failed) {
            LOG.debug("A dial that its caller had given up failed too", failed);
          }
        },
        () -> {
          dial.cancel();
          pool.ticketFailed(null);
        });
  }

  /** In the background, with a ticket: one more idle connection, or one for whoever waits. */
  void dialToIdle(EndpointPool pool) throws IOException {
    dialToIdle(pool, connector.dial(pool.endpoint()));
  }

  private void dialToIdle(EndpointPool pool, Dial dial) throws IOException {
    Optional<PooledConnection> connected = run(pool, dial, dial.deadline());
    if (connected.isPresent()) {
      connected.get().release(connected.get().takeHold());
    }
  }

  private static boolean isInterrupt(IOException failed) {
    return failed instanceof ConnectionFailure failure && failure.kind() == FailureKind.INTERRUPTED;
  }
}
