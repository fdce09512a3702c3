package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.RetrySettings;
import io.trunkline.testing.FakeTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final FakeTime time = new FakeTime();
  private final RetryBudget budget = new RetryBudget(RetrySettings.builder().build(), time);

  private void call(int times) {
    for (int i = 0; i < times; i++) {
      budget.called();
    }
  }

  private int retries() {
    int allowed = 0;
    while (budget.tryRetry()) {
      allowed++;
    }
    return allowed;
  }

  @Test
  void threeAreAllowedHoweverFewCallsThereWere() {
    call(1);
    assertThat(retries()).isEqualTo(3);
    time.advance(Duration.ofSeconds(9));
    assertThat(retries()).isZero();
    time.advance(Duration.ofSeconds(1));
    assertThat(retries()).isEqualTo(3);
  }

  @Test
  void aFifthOfTheCallsMayBeRepeated() {
    call(1_000);
    assertThat(retries()).isEqualTo(200);
    call(50);
    assertThat(retries()).isEqualTo(10);
  }

  @Test
  void aQuietHourSavesNothingUp() {
    call(1_000_000);
    time.advance(Duration.ofHours(1));
    assertThat(retries()).isEqualTo(3);
  }

  @Test
  void noneIsAllowedWhereTheSettingsSayNone() {
    RetryBudget none =
        new RetryBudget(RetrySettings.builder().budgetPercent(0).minimum(0).build(), time);
    none.called();
    assertThat(none.tryRetry()).isFalse();
  }
}
