package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.testing.ChildJvm;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand calls on virtual threads, with one carrier and no way to get another. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VirtualThreadsTest {
  private static final int LIMIT_SECONDS = 80;

  /** Each has a connection and waits for its answer; or most of them wait for a connection. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 20})
  void noneHoldsTheCarrierWhileItWaits(int connections) throws Exception {
    assumeTrue(
        Runtime.version().feature() >= 24,
        "before JDK 24 OkHttp's own locks pin virtual threads (JEP 491)");
    assumeTrue(isNative(), "for native sockets");
    assertThat(run("1000", Integer.toString(connections))).contains("answered 1000, pinned 0");
  }

  private static boolean isNative() {
    try (Subject.Side side = Subject.JNI.start()) {
      return !side.isPlain();
    }
  }

  private static String run(String... arguments) throws Exception {
    return ChildJvm.of(VirtualThreadsMain.class)
        .option("-Djdk.virtualThreadScheduler.parallelism=1")
        .option("-Djdk.virtualThreadScheduler.maxPoolSize=1")
        .option("-Xmx512m")
        .limitSeconds(LIMIT_SECONDS)
        .run(arguments)
        .output();
  }
}
