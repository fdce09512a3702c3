package io.trunkline.pool;

import io.trunkline.connect.Dial;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * The dial of a connection that will belong to its caller and not to the pool: it takes no place
 * under the caps, and waits for the breaker, the storm guard and the connect rates as every dial.
 * One thread runs it, once; any may cancel it.
 */
public final class UnpooledDial {
  private final ConnectionPools pools;
  private final Acquirer acquirer;
  private final Ticker ticker;
  private final Endpoint endpoint;
  private final Deadline deadline;
  private final Deadline waitUntil;
  private final LongFunction<Dial> begin;

  private volatile boolean cancelled;
  private volatile Waiting waiting;
  private volatile Dial dial;

  private record Waiting(EndpointPool pool, Waiter waiter) {}

  /**
   * @param deadline the end of its time
   * @param waitUntil the end of its wait for leave to dial, if that is earlier
   * @param begin begins the dial, given the nanoseconds that are left for it
   */
  UnpooledDial(
      ConnectionPools pools,
      Acquirer acquirer,
      Ticker ticker,
      Endpoint endpoint,
      Deadline deadline,
      Deadline waitUntil,
      LongFunction<Dial> begin) {
    this.pools = pools;
    this.acquirer = acquirer;
    this.ticker = ticker;
    this.endpoint = endpoint;
    this.deadline = deadline;
    this.waitUntil = waitUntil.orEarlier(deadline);
    this.begin = begin;
  }

  /**
   * Waits for leave to dial, and dials, on the calling thread.
   *
   * @return the connected socket, which is the caller's
   * @throws io.trunkline.failure.CircuitOpenException if the breaker refuses
   * @throws io.trunkline.failure.PoolExhaustedException if there was no leave in time
   * @throws IOException why the dial failed
   */
  public TransportSocket run() throws IOException {
    EndpointPool pool = awaitTicket();
    IOException failure = null;
    long start = ticker.nanoTime();
    try {
      Dial begun = begin.apply(deadline.remainingNanos(start));
      dial = begun;
      if (cancelled) {
        begun.cancel(); // cancel() came before there was something to cancel; run() says so
      }
      Optional<TransportSocket> socket;
      do {
        socket = begun.run(begun.deadline()); // its own deadline ends it, connected or failed
      } while (socket.isEmpty());
      pool.dialled(socket.get(), ticker.nanoTime() - start, false);
      return socket.get();
    } catch (IOException failed) {
      boolean cutShort = deadline.orEarlier(dial.deadline()) == deadline;
      pool.breaker().dialFailed(ticker.nanoTime() - start, failed, cutShort);
      failure = cancelled || Acquirer.isInterrupt(failed) ? null : failed;
      throw failed;
    } finally {
      pool.unpooledEnded(failure);
    }
  }

  private EndpointPool awaitTicket() throws IOException {
    for (; ; ) {
      EndpointPool pool = pools.poolOf(endpoint);
      Waiter waiter = new Waiter(false);
      waiting = new Waiting(pool, waiter);
      pool.room().enter(waiter);
      if (cancelled) {
        cancel(); // it may have come before there was a waiter in the queue
      }
      if (acquirer.awaitTicket(pool, waiter, waitUntil)) {
        return pool;
      }
      pools.forgotten(pool);
    }
  }

  /** Ends it before, while or after it runs, from any thread. It then counts for nothing. */
  public void cancel() {
    cancelled = true;
    Waiting queued = waiting;
    if (queued != null) {
      queued.pool().room().fail(queued.waiter(), closed());
    }
    Dial underWay = dial;
    if (underWay != null) {
      underWay.cancel();
    }
  }

  private IOException closed() {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withNote("the dial was cancelled"));
  }
}
