package io.trunkline.samples.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class LiveCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine line = LiveCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return line.execute(args);
  }

  @Test
  void helpNamesTheOptionsAndTheDefaultPort() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("samples/live.sh", "--port", "--address", "--rate", "8090")
        .doesNotContain("--progress-line");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--port=0", "--port=65536", "--port=x", "--rate=-1", "--rate=501", "--nonsense"})
  void aWrongArgumentIsOneLineAndTheUsage(String argument) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString()).startsWith("live: ").contains("Usage: ", "Try --help");
  }

  @Test
  void aPortThatIsTakenIsSaidToBe() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(run("--port=" + taken.getLocalPort())).isEqualTo(1);
      assertThat(err.toString())
          .contains("cannot listen on port " + taken.getLocalPort(), "leave --port out");
    }
  }

  @Test
  void anAddressOfAnotherHostIsSaidToBe() {
    assertThat(run("--address=192.0.2.1")).isEqualTo(1);
    assertThat(err.toString()).contains("no free port of 192.0.2.1");
  }
}
