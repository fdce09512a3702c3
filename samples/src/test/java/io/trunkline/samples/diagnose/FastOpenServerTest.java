package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trunkline.config.TransportMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server whose kernel takes data in a SYN: in a network namespace of its own, where that is
 * switched on for all listeners. Skipped where none can be made.
 */
@Timeout(60)
class FastOpenServerTest {
  private static final String NAMESPACE = "tl" + ProcessHandle.current().pid() + "d";

  /** Run in the namespace: prints the report on a server of its own as JSON. */
  static final class Inside {
    /** Client, server, and the latter for listeners without a socket option (ip-sysctl.rst). */
    private static final int ALL = 0x403;

    private Inside() {}

    public static void main(String[] args) throws Exception {
      Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), ALL + "\n");
      try (LocalServer server = LocalServer.tcp(LocalServer.HTTP)) {
        String[] words = {server.target(), "--json", "--http=/health?full=1", "--samples=1"};
        System.out.println(Command.run(TransportMode.NATIVE, words).out());
      }
    }
  }

  @Test
  void dataInTheSynIsTakenOnceTheServerHasGivenACookie() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "needs network namespaces");
    assumeTrue(Command.isNative(TransportMode.AUTO), "needs the native transport");
    assumeTrue(works("ip", "netns", "add", NAMESPACE), "may not make network namespaces");
    try {
      assertThat(works("ip", "-n", NAMESPACE, "link", "set", "lo", "up")).isTrue();

      JsonNode json = new ObjectMapper().readTree(diagnosedInside());

      JsonNode fastOpen = json.at("/addresses/0/fastOpen");
      assertThat(json.path("exitCode").intValue()).as(json.toString()).isZero();
      assertThat(fastOpen.path("kernelClient").booleanValue()).isTrue();
      assertThat(fastOpen.path("tried").toString()).isEqualTo("[\"NO_COOKIE\",\"ACCEPTED\"]");
      assertThat(fastOpen.path("supported").booleanValue()).isTrue();
      assertThat(fastOpen.path("words").textValue())
          .isEqualTo(
              "works: the server took the request in the SYN (on the first try it gave a cookie)");
    } finally {
      assertThat(works("ip", "netns", "del", NAMESPACE)).isTrue();
    }
  }

  private static String diagnosedInside() throws Exception {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", NAMESPACE));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Inside.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      process.getOutputStream().close();
      String out =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(out).isZero();
      return out;
    } finally {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException notThere) {
      return false;
    }
  }
}
