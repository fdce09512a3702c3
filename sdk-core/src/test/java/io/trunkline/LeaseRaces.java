package io.trunkline;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.trunkline.failure.FailurePhase;
import io.trunkline.pool.PooledConnection;
import io.trunkline.pool.RaceFixtures;
import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The end of a lease against its other end, and against operations under way. */
final class LeaseRaces {
  private LeaseRaces() {}

  @State
  public static class Leased {
    final PooledConnection connection = RaceFixtures.leased();
    final Lease lease = new Lease(connection, false);

    int isIdle() {
      return RaceFixtures.isIdle(connection) ? 1 : 0;
    }

    int isClosed() {
      return RaceFixtures.isClosed(connection) ? 1 : 0;
    }

    /** 0 where a place or a slot is lost. */
    int cleared() {
      return RaceFixtures.endsWithNothingLeft(connection) ? 1 : 0;
    }
  }

  @JCStressTest
  @Outcome(
      id = {"1, 0, 1", "0, 1, 1"},
      expect = ACCEPTABLE,
      desc = "pooled, or closed")
  @Outcome(expect = FORBIDDEN, desc = "both or neither, or counted twice")
  @State
  public static class ReleaseAgainstClose extends Leased {
    @Actor
    public void releases() {
      lease.release();
    }

    @Actor
    public void closes() {
      lease.close();
    }

    @Arbiter
    public void later(III_Result result) {
      result.r1 = isIdle();
      result.r2 = isClosed();
      result.r3 = cleared();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "pooled once")
  @Outcome(expect = FORBIDDEN, desc = "lost, or given back twice")
  @State
  public static class TwoReleases extends Leased {
    @Actor
    public void releases() {
      lease.release();
    }

    @Actor
    public void releasesToo() {
      lease.release();
    }

    @Arbiter
    public void later(II_Result result) {
      result.r1 = isIdle();
      result.r2 = cleared();
    }
  }

  /**
   * While an operation is under way the connection is nobody else's: it would read the bytes of the
   * next caller.
   */
  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "the operation came too late: pooled")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "it was over before the release: pooled")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "it was under way: closed")
  @Outcome(expect = FORBIDDEN, desc = "the connection was idle under an operation")
  @State
  public static class ReleaseAgainstOperation extends Leased {
    @Actor
    public void releases() {
      lease.release();
    }

    @Actor
    public void operates(III_Result result) {
      try {
        lease.begin(FailurePhase.READ);
      } catch (IOException ended) {
        return; // 0
      }
      int idle = 0;
      for (int i = 0; i < 100; i++) { // long enough for a whole release to come between
        idle += isIdle();
      }
      lease.done();
      result.r1 = idle == 0 ? 1 : -1;
    }

    @Arbiter
    public void later(III_Result result) {
      result.r2 = isIdle();
      result.r3 = cleared();
    }
  }
}
