package io.trunkline.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Times that a long cannot hold in nanoseconds. */
class DeadlineTest {
  private static final Duration LEAST = Duration.ofSeconds(Long.MIN_VALUE);

  @Test
  void noTimeIsTooLong() {
    Deadline deadline = Deadline.after(Ticker.SYSTEM, Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(deadline.hasPassed()).isFalse();
    assertThat(Duration.ofNanos(deadline.remainingNanos())).isGreaterThan(Duration.ofDays(36_500));
  }

  @Test
  void whoHasLookedAtTheClockNeedNotLookAgain() {
    Ticker unread =
        () -> {
          throw new AssertionError("the clock was read");
        };
    Deadline deadline = Deadline.afterNanos(unread, Long.MAX_VALUE - 10, 30);
    assertThat(deadline.remainingNanos(Long.MAX_VALUE - 10)).isEqualTo(30);
    assertThat(deadline.remainingNanos(Long.MIN_VALUE + 9)).as("it has wrapped").isEqualTo(10);
    assertThat(deadline.remainingNanos(Long.MIN_VALUE + 20)).isZero();
  }

  @Test
  void aNegativeTimeIsNoneLeftHoweverLarge() {
    for (Duration negative : new Duration[] {Duration.ofNanos(-1), Duration.ofSeconds(-1), LEAST}) {
      assertThat(Deadline.after(Ticker.SYSTEM, negative).hasPassed()).isTrue();
    }
  }
}
