package io.trunkline.transport.jni;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.NativeTools;
import io.trunkline.transport.TestTransports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which lines of the C code the Java tests run, counted by gcov. */
@Tag("proof")
@Timeout(180)
class NativeCoverageTest {
  private static final String TRANSPORT = "io.trunkline.transport.";

  @Test
  void javaTestsRunNearlyEveryLineOfTheLibrary() throws Exception {
    TestTransports.jni().close();
    Path source = Path.of("src", "main", "c").toAbsolutePath();
    Path counted = Path.of("target", "c-test", "coverage").toAbsolutePath();
    String home = "JAVA_HOME=" + System.getProperty("java.home");
    String built = run(source, "rm -f " + counted + "/libtrunkline* && make -s counted " + home);
    Assumptions.assumeTrue(built.endsWith("exit 0"), "no library can be built: " + built);
    Assumptions.assumeTrue(
        run(source, "command -v gcov").endsWith("exit 0"), "needs the program gcov (gcc)");

    counting(ChildJvm.of(Class.forName(TRANSPORT + "LoaderProbe")), counted, "echo");
    try (EchoServer server = new EchoServer()) {
      String port = Integer.toString(server.address().getPort());
      counting(ChildJvm.of(JniFuzzMain.class), counted, "1", "2000", port);
    }
    String faults = NativeTools.faults().toString();
    counting(
        ChildJvm.of(Class.forName(TRANSPORT + "FaultWalkMain")).preload(NativeTools.faults()),
        counted,
        faults,
        "platform");

    String report =
        run(
            counted,
            "gcov --no-output libtrunkline.so-*.gcda | awk -v floor=95 -f "
                + source.resolve("../../test/c/coverage.awk").normalize());
    System.out.println(report);
    assertThat(report).contains("jni_socket.c", "net_socket.c", "together").endsWith("exit 0");
  }

  private static void counting(ChildJvm child, Path library, String... arguments) throws Exception {
    child
        .option("-Djava.library.path=" + library)
        .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
        .limitSeconds(100)
        .run(arguments)
        .successful();
  }

  /** What it said, and its exit code. */
  private static String run(Path folder, String command) throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = read(process);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said + "exit " + process.exitValue();
  }

  private static String read(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
