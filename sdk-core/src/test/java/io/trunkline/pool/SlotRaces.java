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

/** Searches for idle connections against releases, evictions and each other. */
final class SlotRaces {
  private SlotRaces() {}

  private static int count(PooledConnection found) {
    return found == null ? 0 : 1;
  }

  /** A bitmap that says «may be idle», and one connection that is leased. */
  @State
  public static class OneConnection {
    final Slots slots = new Slots(2);
    final PooledConnection connection = RaceFixtures.alone(1);

    public OneConnection() {
      slots.put(connection);
      slots.becameIdle(connection); // as a lease leaves it: the bit stays set
    }

    void release() {
      connection.becomeIdle();
      slots.becameIdle(connection);
    }

    void end() {
      connection.closeSocket();
    }
  }

  /** The search clears the bit that it finds wrong while the release sets it. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = "found now, or by the next search")
  @Outcome(expect = FORBIDDEN, desc = "an idle connection that nobody finds, or two who have it")
  @State
  public static class ReleaseAgainstSearch extends OneConnection {
    @Actor
    public void releases() {
      release();
    }

    @Actor
    public void searches(II_Result result) {
      result.r1 = count(slots.claim());
    }

    @Arbiter
    public void later(II_Result result) {
      result.r2 = count(slots.claim());
      end();
    }
  }

  @JCStressTest
  @Outcome(
      id = {"1, 0, 0", "0, 1, 0", "0, 0, 1"},
      expect = ACCEPTABLE,
      desc = "one has it, or the next search finds it")
  @Outcome(expect = FORBIDDEN, desc = "lost, or with two at once")
  @State
  public static class ReleaseAgainstTwoSearches extends OneConnection {
    @Actor
    public void releasesAndSearches(III_Result result) {
      release();
      result.r1 = count(slots.claim());
    }

    @Actor
    public void searches(III_Result result) {
      result.r2 = count(slots.claim());
    }

    @Arbiter
    public void later(III_Result result) {
      result.r3 = count(slots.claim());
      end();
    }
  }

  /** What one owner wrote without a lock the next one reads. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not found")
  @Outcome(id = "42, 7", expect = ACCEPTABLE, desc = "found, with all that was written")
  @Outcome(expect = FORBIDDEN, desc = "found, and stale")
  @State
  public static class OwnershipCarriesPlainFields extends OneConnection {
    @Actor
    public void writesAndReleases() {
      connection.attach(42);
      connection.idleSinceNanos = 7;
      release();
    }

    @Actor
    public void reads(II_Result result) {
      PooledConnection found = slots.claim();
      if (found != null) {
        Object attached = found.attachment();
        result.r1 = attached == null ? -1 : (int) attached;
        result.r2 = (int) found.idleSinceNanos;
      }
    }

    @Arbiter
    public void ends(II_Result result) {
      end();
    }
  }

  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = "one owner")
  @Outcome(expect = FORBIDDEN, desc = "leased and closed at once, or neither")
  @State
  public static class LeaseAgainstEviction extends OneConnection {
    public LeaseAgainstEviction() {
      release();
    }

    @Actor
    public void leases(II_Result result) {
      result.r1 = count(slots.claim());
    }

    @Actor
    public void evicts(II_Result result) {
      result.r2 = connection.tryEvict() ? 1 : 0;
    }

    @Arbiter
    public void ends(II_Result result) {
      end();
    }
  }
}
