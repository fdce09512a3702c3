package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.VirtualThreadsForTests;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Virtual threads that wait on native sockets, in child JVMs that have a single carrier: a native
 * call that held it while it waits would stop everything.
 */
@Timeout(60)
class JniVirtualThreadsTest {
  @BeforeEach
  void needsVirtualThreads() {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    TestTransports.jni().close(); // skips where there is no library
  }

  @ParameterizedTest
  @EnumSource(VirtualThreadScenarios.Scenario.class)
  void onOneCarrier(VirtualThreadScenarios.Scenario scenario) throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(VirtualThreadScenarios.class)
            .measured()
            .option("-Djdk.virtualThreadScheduler.parallelism=1")
            .option("-Djdk.virtualThreadScheduler.maxPoolSize=1")
            .run(scenario.name());
    assertThat(result.successful()).contains("passed " + scenario.name());
  }
}
