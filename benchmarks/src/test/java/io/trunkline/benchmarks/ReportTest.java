package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import io.trunkline.benchmarks.Scenario.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir Path directory;

  /** The second round was disturbed, for all alike. */
  private final Results results =
      new Results(
          Map.of("cpu", "some CPU"),
          List.of(
              new ScenarioResult(
                  "Suite",
                  "case",
                  List.of(subject("ours", 100, 500, 110), subject("theirs", 120, 650, 121)),
                  List.of(new Goal("ours", "theirs", 1.25), new Goal("ours", null, 150)))));

  private static SubjectResult subject(String name, double... nanos) {
    return SubjectResult.of(
        name, DoubleStream.of(nanos).mapToObj(n -> new Cost(n, n / 2, 1, 24)).toList());
  }

  @Test
  void aRatioIsTheMedianOfTheRatiosOfTheRounds() {
    assertThat(Report.lines(results))
        .containsExactly("ratio Suite.case.ours/theirs 1.200", "nanos Suite.case.ours 110.0");
  }

  @Test
  void aMissedGoalIsShown() {
    assertThat(Report.markdown(results))
        .contains(
            "| Suite case | ours | theirs | 1.20 | 1.10 | 1.30 | 1.20 | ≥ 1.25 | **missed** |")
        .contains("| Suite case | ours | (ns) | 110 | 100 | 500 |  | ≤ 150 | met |")
        .contains("| case | theirs | 121.0 | 120.0 | 650.0 | 60.5 | 1.00 | 24 |");
  }

  @Test
  void aFileHoldsAllOfIt() throws IOException {
    Path file = directory.resolve("results.json");
    results.write(file);
    assertThat(Results.read(file)).isEqualTo(results);
  }

  @Test
  void thePageKeepsWhatIsAroundTheTables() throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "before\n<!-- results:begin -->\nold\n<!-- results:end -->\nafter\n");
    Report.intoPage(results, page);
    assertThat(page)
        .content()
        .startsWith("before\n<!-- results:begin -->\n")
        .endsWith("\n<!-- results:end -->\nafter\n")
        .contains("some CPU")
        .doesNotContain("old\n");
  }
}
