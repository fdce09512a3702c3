package io.trunkline.samples.starter;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.samples.starter.StartupCost.Start;
import io.trunkline.samples.starter.StartupCost.Starts;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prints what the starter costs: mvn verify -Plong -pl samples-live -am. */
@Tag("long")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StartupCostTest {
  @Test
  void theStarterIsASmallPartOfTheStart() throws Exception {
    Starts starts = StartupCost.measure(10);
    System.out.println(starts);
    // The number of classes is the same on every machine. That of the starter is not far from that
    // of the HTTP client that Boot makes without it.
    assertThat(starts.cost(Start::classes)).isBetween(-150L, 150L).isNotZero();
    // Times depend on what else runs.
    assertThat(starts.leastCost(Start::cpuMillis))
        .isLessThan(Starts.least(starts.without(), Start::cpuMillis) / 8);
  }
}
