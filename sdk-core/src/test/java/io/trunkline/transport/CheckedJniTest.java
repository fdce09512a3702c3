package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract of the transport under -Xcheck:jni; all tests are so under -Pchecked-jni. */
@Timeout(150)
class CheckedJniTest {
  @BeforeEach
  void needsTheLibrary() {
    TestTransports.jni().close();
  }

  @Test
  void contractUsesJniWithoutAWarning() throws Exception {
    String said =
        ChildJvm.of(ContractMain.class)
            .option("-Xcheck:jni")
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
            .limitSeconds(120)
            .run()
            .successful();
    assertThat(said)
        .containsPattern("contract: [0-9]{3} succeeded, 0 failed")
        .doesNotContain("in native method", "WARNING: JNI");
  }
}
