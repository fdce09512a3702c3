package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ExitCodesTest {
  @Test
  void everyKindHasACodeOfItsOwnThatMeansNothingElse() {
    assertThat(Arrays.stream(FailureKind.values()).map(ExitCodes::of).toList())
        .doesNotHaveDuplicates()
        // 0 to 2 are taken, a shell takes those from 126 on.
        .allMatch(code -> code >= 10 && code < 126);
  }

  @Test
  void theHelpListsAll() {
    Command command = Command.run(TransportMode.AUTO, "--help");

    assertThat(command.exitCode()).isZero();
    for (FailureKind kind : FailureKind.values()) {
      assertThat(command.out()).containsPattern("\\b" + ExitCodes.of(kind) + " " + kind + "\\b");
    }
    assertThat(command.out().lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void theDocumentListsAll() throws Exception {
    String document = Files.readString(Path.of("..", "docs", "diagnose.md"));

    for (FailureKind kind : FailureKind.values()) {
      assertThat(document)
          .contains(
              "| "
                  + ExitCodes.of(kind)
                  + " | [`"
                  + kind
                  + "`](failures.md#"
                  + kind.name().toLowerCase(Locale.ROOT)
                  + ") |");
    }
  }
}
