package io.trunkline.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Releases against callers that come, go or wait, and against the end of the pool. */
final class PoolRaces {
  private static final int NOTHING = 0;
  private static final int CONNECTION = 1;
  private static final int TICKET = 2;
  private static final int FAILURE = 3;

  private PoolRaces() {}

  static int outcome(Waiter waiter) {
    Object outcome = waiter.outcome();
    if (outcome instanceof PooledConnection) {
      return CONNECTION;
    }
    return outcome == null ? NOTHING : outcome == Waiter.TICKET ? TICKET : FAILURE;
  }

  /** A pool whose only connection is leased. */
  @State
  public static class Full {
    final EndpointPool pool = RaceFixtures.pool(1);
    final PooledConnection leased = RaceFixtures.dialled(pool);

    int cleared() {
      return RaceFixtures.endsWithNothingLeft(pool) ? 1 : 0;
    }
  }

  /** The release looks for waiters after it, the caller for an idle connection. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the caller has the connection")
  @Outcome(expect = FORBIDDEN, desc = "the caller waits beside an idle connection")
  @State
  public static class ReleaseAgainstNewWaiter extends Full {
    final Waiter waiter = new Waiter(true);

    @Actor
    public void releases() {
      pool.release(leased);
    }

    @Actor
    public void comes() {
      PooledConnection found = pool.tryAcquire();
      if (found == null) {
        pool.room().enter(waiter);
      } else {
        waiter.decide(found);
      }
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = outcome(waiter);
      result.r2 = cleared();
    }
  }

  /** A connection that ends makes room for the dial of who waits. */
  @JCStressTest
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "the caller has leave to dial")
  @Outcome(expect = FORBIDDEN, desc = "the caller waits beside a free place")
  @State
  public static class DiscardAgainstNewWaiter extends Full {
    final Waiter waiter = new Waiter(true);

    @Actor
    public void discards() {
      pool.discard(leased);
    }

    @Actor
    public void comes() {
      pool.room().enter(waiter);
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = outcome(waiter);
      if (result.r1 == TICKET) {
        pool.ticketFailed(null);
      }
      result.r2 = cleared();
    }
  }

  /** What the caller is given in the moment in which it gives up is not lost. */
  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "gave up first: the connection is idle")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "was served first, and has it")
  @Outcome(expect = FORBIDDEN, desc = "the connection is lost, or with two")
  @State
  public static class ReleaseAgainstGivingUp extends Full {
    final Waiter waiter = new Waiter(true);

    public ReleaseAgainstGivingUp() {
      pool.room().enter(waiter);
    }

    @Actor
    public void releases() {
      pool.release(leased);
    }

    @Actor
    public void givesUp(III_Result result) {
      result.r1 = pool.room().cancel(waiter) ? 0 : outcome(waiter);
    }

    @Arbiter
    public void later(III_Result result) {
      result.r2 = pool.idle();
      result.r3 = cleared();
    }
  }

  /** Two connections, two in the queue, two releases at once. */
  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "each waiter has one")
  @Outcome(expect = FORBIDDEN, desc = "somebody waits in vain")
  @State
  public static class TwoReleasesForTwoWaiters {
    final EndpointPool pool = RaceFixtures.pool(2);
    final PooledConnection one = RaceFixtures.dialled(pool);
    final PooledConnection other = RaceFixtures.dialled(pool);
    final Waiter first = new Waiter(true);
    final Waiter second = new Waiter(true);

    public TwoReleasesForTwoWaiters() {
      pool.room().enter(first);
      pool.room().enter(second);
    }

    @Actor
    public void releasesOne() {
      pool.release(one);
    }

    @Actor
    public void releasesOther() {
      pool.release(other);
    }

    @Arbiter
    public void later(III_Result result) {
      result.r1 = outcome(first);
      result.r2 = outcome(second);
      result.r3 = RaceFixtures.endsWithNothingLeft(pool) ? 1 : 0;
    }
  }

  /** Whoever closes says so and looks for idle connections; a release does it the other way. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the connection is closed, nothing is left")
  @Outcome(expect = FORBIDDEN, desc = "a closed pool keeps a connection")
  @State
  public static class ReleaseAgainstClose extends Full {
    @Actor
    public void releases() {
      pool.release(leased);
    }

    @Actor
    public void closes() {
      pool.close();
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = leased.isClosed() && leased.socket().isClosed() ? 1 : 0;
      result.r2 = pool.room().open() + pool.shared().total().taken();
      pool.closeLeased();
    }
  }

  /** A dial that succeeds while the pool is closed, leases being cut. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "its socket is closed, nothing is left")
  @Outcome(expect = FORBIDDEN, desc = "a connection outlives its pool")
  @State
  public static class DialAgainstClose {
    final EndpointPool pool = RaceFixtures.pool(1);
    final FakeSocket socket = newSocket();

    public DialAgainstClose() {
      Waiter dialler = new Waiter(true);
      pool.room().enter(dialler);
    }

    private static FakeSocket newSocket() {
      try {
        return new FakeSocket();
      } catch (IOException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Actor
    public void dials() {
      try {
        pool.ticketDone(socket);
      } catch (IOException refused) {
        // The pool is closed, and says so.
      }
    }

    @Actor
    public void closes() {
      pool.close();
      pool.closeLeased();
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = socket.isClosed() ? 1 : 0;
      result.r2 = pool.room().open() + pool.shared().total().taken();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the connection of before the drain is closed")
  @Outcome(expect = FORBIDDEN, desc = "it came through the drain")
  @State
  public static class ReleaseAgainstDrain extends Full {
    @Actor
    public void releases() {
      pool.release(leased);
    }

    @Actor
    public void drains() {
      pool.drain();
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = leased.isClosed() && leased.socket().isClosed() ? 1 : 0;
      result.r2 = pool.room().open() + pool.shared().total().taken();
      pool.close();
    }
  }

  /** The peer hangs up while the connection is released, and a caller looks for one. */
  @JCStressTest
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "the caller has leave to dial")
  @Outcome(expect = FORBIDDEN, desc = "the caller waits beside a free place")
  @State
  public static class PeerCloseAgainstReleaseAndWaiter extends Full {
    final Waiter waiter = new Waiter(true);

    @Actor
    public void peerClosesAndSomebodyComes() {
      ((FakeSocket) leased.socket()).peerCloses(true);
      pool.room().enter(waiter);
    }

    @Actor
    public void releases() {
      pool.release(leased);
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = outcome(waiter);
      if (result.r1 == CONNECTION
          && !pool.accept((PooledConnection) waiter.outcome(), waiter)) { // dead: a ticket instead
        result.r1 = outcome(waiter);
      }
      if (result.r1 == TICKET) {
        pool.ticketFailed(null);
      }
      result.r2 = cleared();
    }
  }
}
