package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Checks that waits end at their limits. */
public final class Limits {
  private Limits() {}

  /**
   * Never early; late by no more than the tolerance in at least one attempt, for another process
   * may take the processor in any single one.
   *
   * @param measured runs the operation once and returns how long it took
   */
  public static void assertEndsAt(
      Duration limit, Duration tolerance, int attempts, Callable<Duration> measured)
      throws Exception {
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < attempts && best.compareTo(limit.plus(tolerance)) > 0; i++) {
      Duration taken = measured.call();
      assertThat(taken).as("ends no earlier than its limit").isGreaterThanOrEqualTo(limit);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).as("best of %d attempts", attempts).isLessThanOrEqualTo(limit.plus(tolerance));
  }
}
