package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A connect timeout that one lost SYN makes fail is said when the manager is built. */
class ShortConnectTimeoutTest {
  /** What building a manager writes to the log, which the tests have on standard error. */
  private static String logOf(Duration connectTimeout) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      ConnectionManager.builder()
          .transport(TransportMode.JDK)
          .connect(c -> c.timeout(connectTimeout))
          .build()
          .close();
    } finally {
      System.setErr(before);
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  @Test
  void oneLostSynMustNotFailAConnectUnsaid() {
    assertThat(logOf(Duration.ofMillis(1_000)))
        .contains("WARN", "connect.timeout is 1000 ms", "use at least 1100 ms");
  }

  @Test
  void aTimeoutThatSurvivesALostSynIsNothingToSay() {
    assertThat(logOf(Duration.ofMillis(1_100))).doesNotContain("WARN");
  }
}
