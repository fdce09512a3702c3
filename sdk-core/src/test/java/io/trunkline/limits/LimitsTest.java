package io.trunkline.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.Descriptors;
import io.trunkline.transport.TestTransports;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * As many connections, endpoints and waiters as one process may want: all of them work, and cost
 * what docs/architecture.md says. The server is in this JVM, the manager in one of its own.
 */
@Tag("proof")
class LimitsTest {
  private static final int MANY = 10_000;
  private static final int MOST_CONNECTIONS = 15_000;

  /** Of the limit of descriptors, for all else that is open. */
  private static final int SPARED = 2_000;

  @BeforeEach
  void needsProc() {
    Assumptions.assumeTrue(Descriptors.canCount(), "no /proc to count descriptors");
  }

  private static void run(String what, String transport, int count) throws Exception {
    if (transport.equals("NATIVE")) {
      TestTransports.jni().close(); // skipped where there is none
    }
    try (ManyServer server = new ManyServer()) {
      String said =
          ChildJvm.of(LimitsMain.class)
              .after("ulimit -n $(ulimit -H -n)")
              .option("-XX:+UseSerialGC")
              .option("-Xmx512m")
              .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
              .limitSeconds(150)
              .run(what, transport, Integer.toString(server.port()), Integer.toString(count))
              .successful();
      System.out.printf(
          "[INFO] %,d %s over %s:%n%s%n", count, what, transport.toLowerCase(Locale.ROOT), said);
      assertThat(said).contains("limits ended");
    }
  }

  /** 15,000, or what the limit of descriptors of this process and of its child lets there be. */
  private static int connections() {
    long limit =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    return (int) Math.min(MOST_CONNECTIONS, limit - SPARED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NATIVE", "JDK"})
  void thousandsOfConnectionsAreOpenAtOnce(String transport) throws Exception {
    run("connections", transport, connections());
  }

  @ParameterizedTest
  @ValueSource(strings = {"NATIVE", "JDK"})
  void tenThousandEndpointsShareAThousandConnectionsAndAreForgotten(String transport)
      throws Exception {
    run("endpoints", transport, MANY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NATIVE", "JDK"})
  void tenThousandCallersWaitAndAllAreServedOrTimeOut(String transport) throws Exception {
    run("waiters", transport, MANY);
  }
}
