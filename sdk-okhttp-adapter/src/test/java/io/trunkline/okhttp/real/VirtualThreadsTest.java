package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                VirtualThreadsMain.class.getName()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("virtual-threads-", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      String said = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(ended).as(said).isTrue();
      return said;
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
