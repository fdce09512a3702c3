package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.Origin;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

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
                  List.of(
                      subject("theirs", 120, 650, 121),
                      subject("ours", 100, 500, 110),
                      subject("others", 90, 450, 100)),
                  List.of(
                      Goal.ratio("ours", "theirs", 1.25),
                      Goal.ratio("ours", "others", 0.8),
                      Goal.nanos("ours", 150),
                      Goal.addedNanos("ours", "others", 10),
                      Goal.heapBytes("ours", 32)),
                  new Origin("2026-01-02", "abc", "0.20"))));

  private static SubjectResult subject(String name, double... nanos) {
    return SubjectResult.of(
        name,
        DoubleStream.of(nanos)
            .mapToObj(n -> new Cost(n, n / 2, 1, 24, Map.of("more", 7.0)))
            .toList());
  }

  @Test
  void aRatioIsTheMedianOfTheRatiosOfTheRounds() {
    assertThat(Report.lines(results))
        .containsExactly(
            "ratio Suite.case.ours/theirs 1.200",
            "ratio Suite.case.others/theirs 1.333",
            "ratio Suite.case.ours/others 0.900",
            "nanos Suite.case.ours 110.0",
            "added-nanos Suite.case.ours/others 10.0",
            "heap-bytes Suite.case.ours 24.0");
  }

  @Test
  void aMissedGoalIsShown() {
    assertThat(Report.markdown(results))
        .contains(
            "| Suite case | ours | theirs | 1.20 | 1.10 | 1.30 | 1.20 | ≥ 1.25 | **missed** |")
        .contains("| Suite case | ours | others | 0.90 | 0.90 | 0.91 | 0.90 | ≥ 0.80 | met |")
        .contains("| Suite case | ours | (ns) | 110 | 100 | 500 |  | ≤ 150 | met |")
        .contains("| Suite case | ours | others (ns more) | 10 | 10 | 50 |  | ≤ 10 | met |")
        .contains("| Suite case | ours | (B of heap) | 24 | 24 | 24 |  | ≤ 32 | met |");
  }

  @Test
  void whatIsMissedByLessThanADigitShowsIt() {
    ScenarioResult scenario =
        new ScenarioResult(
            "Suite",
            "case",
            List.of(subject("theirs", 968), subject("ours", 1000)),
            List.of(Goal.ratio("ours", "theirs", 0.97)),
            null);
    assertThat(Report.markdown(new Results(Map.of(), List.of(scenario))))
        .contains("| theirs | 0.968 | 0.97 | 0.97 | 0.97 | ≥ 0.97 | **missed** |");
  }

  @Test
  void aPageNamesTheGoalsThatWereNotMeasured() throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "<!-- results:begin -->\n<!-- results:end -->\n");
    Results some = new Results(Map.of(), List.of(measured("ConnectClose", "1B")));
    Report.intoPage(List.of(some), page);
    assertThat(page)
        .content()
        .contains("Not measured:", "| ConnectClose 1B-bare | jni-bare | socket-bare | ≥ 1.30 |")
        .doesNotContain("| ConnectClose 1B | jni |");
    assertThat(Report.markdown(some)).doesNotContain("Not measured");
  }

  @Test
  void eachMachineHasTablesOfItsOwn() throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "<!-- results:begin -->\n<!-- results:end -->\n");
    Results one =
        new Results(
            Map.of("cpu", "one CPU"),
            List.of(measured("ConnectClose", "1B"), measured("FastOpen", "https-20ms")));
    Results other =
        new Results(Map.of("cpu", "other CPU"), List.of(measured("ConnectClose", "1B-bare")));

    Report.intoPage(List.of(one, other), page);

    assertThat(page)
        .content()
        .containsSubsequence(
            "rounds; one CPU,",
            "rounds; other CPU,",
            "### Against the goals\n\nOn one CPU:\n\n|",
            "\nOn other CPU:\n\n|",
            "### ConnectClose\n\nOn one CPU:\n\n|",
            "| 1B |",
            "\nOn other CPU:\n\n|",
            "| 1B-bare |",
            "### FastOpen\n\nOn one CPU:\n\n|",
            "| https-20ms |")
        .doesNotContain("| ConnectClose 1B-bare | jni-bare | socket-bare |");
  }

  @Test
  void eachSubjectIsHeldAgainstTheFirst() {
    assertThat(Report.markdown(results))
        .contains("| case | theirs | 121.0 | 120.0 | 650.0 | 1 |  |  | 60.5 | 1.00 | 24 | 7.0 |")
        .contains(
            "| case | ours | 110.0 | 100.0 | 500.0 | 1.20 | 1.10 | 1.30 | 55.0 | 1.00 | 24 | 7.0 |");
  }

  @Test
  void aFileHoldsAllOfIt() throws IOException {
    Path file = directory.resolve("results.json");
    results.write(file);
    assertThat(Results.read(file)).isEqualTo(results);
  }

  @Test
  void casesThatWereMeasuredBeforeAreKept() {
    ScenarioResult again = measured("Suite", "case");
    Results earlier =
        new Results(
            Map.of("cpu", "some CPU"),
            List.of(again, measured("Suite", "other case"), measured("Other", "case")));

    assertThat(results.besides(earlier).scenarios())
        .doesNotContain(again)
        .extracting(ScenarioResult::suite, ScenarioResult::name)
        .containsExactly(
            tuple("Suite", "case"), tuple("Suite", "other case"), tuple("Other", "case"));
    assertThat(results.differenceFrom(earlier)).isEmpty();
    assertThat(results.differenceFrom(new Results(Map.of("cpu", "another"), List.of())))
        .hasValue("cpu another, now some CPU");
  }

  @Test
  void casesAreInTheirPlaceWheneverTheyWereMeasured() {
    assertThat(empty("TransportPingPong", "64B-ready").besides(empty("FastOpen", "https-20ms")))
        .isEqualTo(
            empty("FastOpen", "https-20ms").besides(empty("TransportPingPong", "64B-ready")));
    assertThat(empty("ConnectClose", "1B-bare").besides(empty("ConnectClose", "1B")).scenarios())
        .extracting(ScenarioResult::name)
        .containsExactly("1B", "1B-bare");
  }

  @Test
  void eachCaseSaysOfWhatItWasMeasured() {
    Results together = results.besides(new Results(Map.of(), List.of(measured("Other", "case"))));
    assertThat(Report.markdown(together))
        .contains("| 2026-01-02 | abc | 0.20 | Suite case |")
        .contains("| 2026-01-01 | def | 0.10 | Other case |");
  }

  private static ScenarioResult measured(String suite, String name) {
    return new ScenarioResult(
        suite, name, List.of(subject("a", 1)), List.of(), new Origin("2026-01-01", "def", "0.10"));
  }

  private static Results empty(String suite, String name) {
    return new Results(
        Map.of(), List.of(new ScenarioResult(suite, name, List.of(), List.of(), null)));
  }

  @Test
  void someCasesOfASuiteCanBeChosen() {
    assertThat(Suites.chosen("HttpClients.http-get-*", true))
        .extracting(Scenario::name)
        .containsExactly("http-get-1-threads", "http-get-16-threads");
    assertThat(Suites.chosen("ConnectClose", true)).hasSameSizeAs(Suites.of("ConnectClose", true));
    assertThatThrownBy(() -> Suites.chosen("ConnectClose.2B", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no case \"ConnectClose.2B\"; there are [1B, 1B-bare]");
  }

  /** Written when a goal had no measure, and a cost nothing more. */
  @Test
  void olderFilesCanBeRead() throws IOException {
    Path file = directory.resolve("older.json");
    Files.writeString(
        file,
        """
        {"environment": {}, "scenarios": [{"suite": "S", "name": "c",
          "subjects": [{"subject": "a", "median": {"nanos": 1, "cpuNanos": 1, "waits": 0, "bytes": 0},
            "rounds": [{"nanos": 1, "cpuNanos": 1, "waits": 0, "bytes": 0}]}],
          "goals": [{"subject": "a", "baseline": null, "bound": 5.0},
            {"subject": "a", "baseline": "a", "bound": 0.5}]}]}
        """);

    assertThat(Report.lines(Results.read(file)))
        .containsExactly("nanos S.c.a 1.0", "ratio S.c.a/a 1.000");
  }

  @Test
  void aPlotIsDrawnForEachSuite() throws Exception {
    Path file = directory.resolve("2026-01-02-some-jdk17.json");

    List<Path> plots = Plot.write(results, file);

    assertThat(plots).containsExactly(directory.resolve("2026-01-02-some-jdk17-Suite.svg"));
    Document plot =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(plots.get(0).toFile());
    assertThat(plot.getElementsByTagName("rect").getLength()).as("bars").isEqualTo(3);
    assertThat(plots.get(0)).content().contains("ours", "110 ns", "(1.20×)", "dark");
  }

  @Test
  void thePageKeepsWhatIsAroundTheTables() throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "before\n<!-- results:begin -->\nold\n<!-- results:end -->\nafter\n");
    Report.intoPage(List.of(results), page);
    assertThat(page)
        .content()
        .startsWith("before\n<!-- results:begin -->\n")
        .endsWith("\n<!-- results:end -->\nafter\n")
        .contains("some CPU")
        .doesNotContain("old\n");
  }
}
