package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DialRateTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** The clock of System.nanoTime may begin anywhere, and pass zero. */
  private static final long START = -SECOND / 2;

  @Test
  void withoutALimitEachMayDialNow() {
    DialRate rate = new DialRate(0, START);
    for (int i = 0; i < 1_000; i++) {
      assertThat(rate.reserve(START)).isEqualTo(START);
    }
  }

  @Test
  void aFewASecondAreSpreadEvenly() {
    DialRate rate = new DialRate(4, START);
    for (int i = 0; i < 20; i++) {
      assertThat(rate.reserve(START)).isEqualTo(START + i * SECOND / 4);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 10, 11, 100, 1_000, 1_000_000})
  void noSecondHasMoreThanTheLimitAndATenth(int perSecond) {
    DialRate rate = new DialRate(perSecond, START);
    int wanted = perSecond * 2 + 10;
    long[] moments = new long[wanted];
    for (int i = 0; i < wanted; i++) {
      moments[i] = rate.reserve(START);
    }
    int most = perSecond + Math.max(1, perSecond / 10);
    for (int i = 0; i + most < wanted; i++) {
      assertThat(moments[i + most] - moments[i]).as("%d dials", most).isGreaterThan(0);
      assertThat(moments[i + most] - moments[i])
          .as("%d dials from the %dth", most + 1, i)
          .isGreaterThanOrEqualTo(SECOND - SECOND / perSecond);
    }
    assertThat(moments[wanted - 1] - START)
        .as("and the limit is reached")
        .isLessThanOrEqualTo(wanted * SECOND / perSecond);
  }

  @Test
  void aPauseSavesNothingUpButATenth() {
    DialRate rate = new DialRate(100, START);
    long later = START + 60 * SECOND;
    int now = 0;
    for (int i = 0; i < 200; i++) {
      now += rate.reserve(later) == later ? 1 : 0;
    }
    assertThat(now).isEqualTo(10);
  }
}
