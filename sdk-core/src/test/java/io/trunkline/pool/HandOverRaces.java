package io.trunkline.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** A waiter is handed a dead connection, and comes back to the queue while others come and go. */
final class HandOverRaces {
  private HandOverRaces() {}

  /** A pool that has handed a connection to a waiter; its peer is gone since. */
  abstract static class Handed {
    final EndpointPool pool;
    final Waiter first = new Waiter(true);
    final PooledConnection dead;

    Handed(int maxConnections) {
      pool = RaceFixtures.pool(maxConnections);
      dead = RaceFixtures.dialled(pool);
    }

    /** To be called with the pool full. */
    final void handOver() {
      pool.room().enter(first);
      pool.release(dead);
      ((FakeSocket) dead.socket()).peerCloses(false);
    }

    final void accept() {
      if (pool.accept(dead, first)) {
        throw new IllegalStateException("a dead connection was accepted");
      }
    }

    /** Gives back what came of it; whether nothing is left. */
    final int cleared(Waiter... waiters) {
      for (Waiter waiter : waiters) {
        if (waiter.outcome() == Waiter.TICKET) {
          pool.ticketFailed(null);
        }
      }
      return RaceFixtures.endsWithNothingLeft(pool) ? 1 : 0;
    }
  }

  /** Who came first dials, and who comes meanwhile does so after it. */
  @JCStressTest
  @Outcome(id = "2, 0, 2", expect = ACCEPTABLE, desc = "in order, each with leave to dial")
  @Outcome(expect = FORBIDDEN, desc = "somebody is overtaken, or waits beside a free place")
  @State
  public static class DeadHandOverAgainstNewWaiter extends Handed {
    final Waiter second = new Waiter(true);

    public DeadHandOverAgainstNewWaiter() {
      super(1);
      handOver();
    }

    @Actor
    public void accepts() {
      accept();
    }

    @Actor
    public void comes() {
      pool.room().enter(second);
    }

    @Arbiter
    public void later(III_Result result) {
      result.r1 = PoolRaces.outcome(first);
      result.r2 = PoolRaces.outcome(second);
      pool.ticketFailed(null); // of the first
      result.r3 = PoolRaces.outcome(second) * cleared(second);
    }
  }

  /** Another connection is released meanwhile: the waiter has that one, or leave to dial. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it has the other connection")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "it has leave to dial")
  @Outcome(expect = FORBIDDEN, desc = "it waits beside an idle connection, or something is lost")
  @State
  public static class DeadHandOverAgainstRelease extends Handed {
    final PooledConnection living;

    public DeadHandOverAgainstRelease() {
      super(2);
      living = RaceFixtures.dialled(pool);
      handOver();
    }

    @Actor
    public void accepts() {
      accept();
    }

    @Actor
    public void releases() {
      pool.release(living);
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = PoolRaces.outcome(first);
      result.r2 = cleared(first);
    }
  }

  /** The pool is closed meanwhile, its leases being cut. */
  @JCStressTest
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "it had leave to dial before")
  @Outcome(id = "3, 1", expect = ACCEPTABLE, desc = "it is told of the end")
  @Outcome(expect = FORBIDDEN, desc = "it waits for ever, or something is left")
  @State
  public static class DeadHandOverAgainstClose extends Handed {
    public DeadHandOverAgainstClose() {
      super(1);
      handOver();
    }

    @Actor
    public void accepts() {
      accept();
    }

    @Actor
    public void closes() {
      pool.close();
      pool.closeLeased();
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = PoolRaces.outcome(first);
      result.r2 = cleared(first);
    }
  }
}
