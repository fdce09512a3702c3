package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets that pass through callbacks, endpoints and requests are in nothing that is written. */
class SecretsTest {
  @ParameterizedTest
  @ValueSource(strings = {"AUTO", "JDK"})
  void noSecretIsInMessagesLogsMetersEventsOrSnapshots(String transport) throws Exception {
    String said =
        ChildJvm.of(SecretsMain.class)
            .option("-Dorg.slf4j.simpleLogger.log.io.trunkline=trace")
            .run(transport)
            .successful();

    // Every place where it could be has been written to, else this proves nothing.
    assertThat(said)
        .contains("heard: endpoint", "heard: initializer", "heard: unchecked", "heard: policy")
        .contains("heard: resolver", "heard: unchecked-resolver", "heard: tls", "heard: exchange")
        .contains("heard: background", "heard: background-unchecked")
        .contains("message: ", "safe: ", "meter: ", "event: ", "snapshot: ", "lease: ", "done")
        .contains("WARN io.trunkline.events")
        .contains("DEBUG io.trunkline.pool.BackgroundDials")
        .contains("WARN io.trunkline.pool.BackgroundDials")
        .contains("the initializer threw java.io.IOException")
        .contains("the address policy failed: java.lang.IllegalStateException")
        .contains("RESOLUTION_FAILED");
    assertThat(said.lines().filter(line -> line.contains(SecretsMain.SECRET))).isEmpty();
  }
}
