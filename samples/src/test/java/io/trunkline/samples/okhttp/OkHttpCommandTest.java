package io.trunkline.samples.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.samples.cli.Page;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

@Timeout(60)
class OkHttpCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(TransportMode transport, String... args) {
    CommandLine line = OkHttpCommand.commandLine(transport);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return line.execute(args);
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void everythingTurnsOutAsAnnounced(TransportMode transport) {
    int exit = run(transport);

    assertThat(err.toString()).isEmpty();
    assertThat(exit).isZero();
    assertThat(out.toString())
        .containsPattern("handshakes +1\n")
        .containsPattern("reused +9\n")
        .containsPattern("plain OkHttp +failed: ")
        .containsPattern("Trunkline +answered")
        .containsPattern("thrown +java.net.ConnectException")
        .containsPattern("failure +REFUSED in phase CONNECT")
        .contains("docs/failures.md#refused");
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= Page.COLUMNS);
  }

  @Test
  void wrongArgumentsSayWhatToDo() {
    assertThat(run(TransportMode.AUTO, "--nonsense")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--nonsense").contains("--help");
  }
}
