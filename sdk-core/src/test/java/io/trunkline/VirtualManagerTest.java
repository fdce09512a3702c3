package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.VirtualThreadsForTests;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A caller that waits never holds the one carrier that all others need. */
class VirtualManagerTest {
  @ParameterizedTest
  @ValueSource(strings = {"AUTO", "JDK"})
  void whoeverWaitsLetsTheOthersRunOnOneCarrier(String transport) throws Exception {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    ChildJvm.Result result =
        ChildJvm.of(VirtualManagerMain.class)
            .measured()
            .option("-Djdk.virtualThreadScheduler.parallelism=1")
            .option("-Djdk.virtualThreadScheduler.maxPoolSize=1")
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
            .run(transport);
    assertThat(result.successful()).contains("passed 2000 exchanges");
  }
}
