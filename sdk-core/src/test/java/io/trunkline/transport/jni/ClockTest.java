package io.trunkline.transport.jni;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClockTest {
  @BeforeAll
  static void nativeLibraryIsThere() throws NativeUnavailableException {
    NativeLibrary.load(Optional.empty());
  }

  @Test
  void aDeadlineIsThatFarAwayOnTheNativeClock() {
    long closest = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 100; attempt++) {
      long limit = Duration.ofSeconds(3).toNanos();
      long deadline = Clock.deadline(System.nanoTime(), limit);
      closest = Math.min(closest, Math.abs(deadline - NativeCalls.monotonicNanos() - limit));
    }
    assertThat(closest).isLessThan(Duration.ofMillis(1).toNanos());
  }

  @Test
  void noLimitIsNoDeadline() {
    assertThat(Clock.deadline(System.nanoTime(), 0)).isEqualTo(NativeCalls.NO_DEADLINE);
    assertThat(Clock.deadline(System.nanoTime(), Long.MAX_VALUE))
        .isEqualTo(NativeCalls.NO_DEADLINE);
  }
}
