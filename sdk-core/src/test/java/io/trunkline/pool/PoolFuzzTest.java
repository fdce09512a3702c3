package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that can happen to pools, each repeatable by its seed, checked
 * after every step.
 */
class PoolFuzzTest {
  /** Mutation tests, which run it once for each mutant, want fewer. */
  private static final int SCHEDULES = Integer.getInteger("trunkline.test.schedules", 10_000);

  private static final int STEPS = 120;

  @Test
  void noScheduleBreaksTheRules() {
    long served = 0;
    long waited = 0;
    long evictedForOthers = 0;
    long refused = 0;
    long delayed = 0;
    for (int seed = 0; seed < SCHEDULES; seed++) {
      PoolSchedule schedule = new PoolSchedule(seed);
      try {
        schedule.run(STEPS);
      } catch (RuntimeException | AssertionError broken) {
        fail("Schedule with seed " + seed + " broke a rule:\n" + schedule.log(), broken);
      }
      served += schedule.served();
      waited += schedule.servedAfterWaiting();
      evictedForOthers += schedule.evictedForOthers();
      refused += schedule.refused();
      delayed += schedule.delayed();
    }
    // The schedules must have come to the interesting places, else they prove nothing.
    assertThat(served).isGreaterThan(10L * SCHEDULES);
    assertThat(waited).isGreaterThan(SCHEDULES);
    assertThat(evictedForOthers).isGreaterThan(SCHEDULES / 10);
    assertThat(refused).isGreaterThan(SCHEDULES / 10);
    assertThat(delayed).isGreaterThan(SCHEDULES / 10);
  }
}
