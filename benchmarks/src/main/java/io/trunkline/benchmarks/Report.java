package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Goal.Measure;
import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Results for readers: tables in Markdown, and lines for programs. */
final class Report {
  private static final String BEGIN = "<!-- results:begin -->";
  private static final String END = "<!-- results:end -->";

  private final Results results;

  private Report(Results results) {
    this.results = results;
  }

  static String markdown(Results results) {
    return new Report(results).markdown();
  }

  /** Puts the tables between the markers of a page. */
  static void intoPage(Results results, Path page) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " has no " + BEGIN + " ... " + END);
    }
    Files.writeString(
        page,
        text.substring(0, begin + BEGIN.length()) + "\n" + markdown(results) + text.substring(end));
  }

  /**
   * {@code ratio <suite>.<case>.<subject>/<baseline> <value>} for every subject and the baseline of
   * its case, and for every goal with another one; goals that are no ratio have a word of their own
   * and no baseline in the name if they have none.
   */
  static List<String> lines(Results results) {
    Set<String> lines = new LinkedHashSet<>();
    for (ScenarioResult scenario : results.scenarios()) {
      for (SubjectResult subject : scenario.subjects()) {
        if (!subject.subject().equals(scenario.baseline())) {
          lines.add(line(scenario, Goal.ratio(subject.subject(), scenario.baseline(), 0)));
        }
      }
      scenario.goals().forEach(goal -> lines.add(line(scenario, goal)));
    }
    return List.copyOf(lines);
  }

  private static String line(ScenarioResult scenario, Goal goal) {
    Measure measure = goal.measure();
    return "%s %s.%s.%s%s %s"
        .formatted(
            measure.word,
            scenario.suite(),
            scenario.name(),
            goal.subject(),
            goal.baseline() == null ? "" : "/" + goal.baseline(),
            fixed(measure.digits + 1, Results.medianOf(goal.values(scenario))));
  }

  private String markdown() {
    Map<String, String> environment = results.environment();
    StringBuilder page = new StringBuilder();
    page.append(
        ("\nMeasured %s, %s mode, %s rounds; %s, %s CPUs, Linux %s; JDK %s;"
                + " client and server on CPU %s; revision %s; load before %s.\n")
            .formatted(
                environment.get("date"),
                environment.get("mode"),
                environment.get("rounds"),
                environment.get("cpu"),
                environment.get("cpus"),
                environment.get("kernel"),
                environment.get("jdk"),
                environment.get("pinnedTo"),
                environment.get("revision"),
                environment.get("load")));
    page.append(goals());
    new LinkedHashSet<>(results.scenarios().stream().map(ScenarioResult::suite).toList())
        .forEach(suite -> page.append(suite(suite)));
    return page.append('\n').toString();
  }

  private String goals() {
    StringBuilder table = new StringBuilder("\n### Against the goals\n\n");
    row(table, "case", "subject", "against", "median", "min", "max", "CPU time", "goal", "");
    row(table, "---", "---", "---", "--:", "--:", "--:", "--:", "--:", "---");
    for (ScenarioResult scenario : results.scenarios()) {
      for (Goal goal : scenario.goals()) {
        double[] values = goal.values(scenario);
        double median = Results.medianOf(values);
        boolean ratio = goal.measure() == Measure.RATIO;
        int digits = goal.measure().digits;
        row(
            table,
            scenario.suite() + " " + scenario.name(),
            goal.subject(),
            goal.against(),
            fixed(digits, median),
            fixed(digits, Arrays.stream(values).min().orElseThrow()),
            fixed(digits, Arrays.stream(values).max().orElseThrow()),
            ratio ? cpuRatio(scenario, goal) : "",
            (ratio ? "≥ " : "≤ ") + fixed(digits, goal.bound()),
            goal.isMet(median) ? "met" : "**missed**");
      }
    }
    return table.toString();
  }

  private static String cpuRatio(ScenarioResult scenario, Goal goal) {
    return fixed(
        2, Results.medianOf(scenario.ratios(goal.subject(), goal.baseline(), Cost::cpuNanos)));
  }

  /** The ratio is that to the first subject of a case. */
  private String suite(String suite) {
    List<ScenarioResult> scenarios =
        results.scenarios().stream().filter(each -> each.suite().equals(suite)).toList();
    List<String> more = List.copyOf(scenarios.get(0).subjects().get(0).median().more().keySet());
    List<String> titles =
        new ArrayList<>(
            List.of(
                "case",
                "subject",
                "ns/op",
                "min",
                "max",
                "ratio",
                "min",
                "max",
                "CPU ns/op",
                "waits/op",
                "B/op"));
    titles.addAll(more);
    StringBuilder table = new StringBuilder("\n### " + suite + "\n\n");
    row(table, titles.toArray(String[]::new));
    row(
        table,
        IntStream.range(0, titles.size())
            .mapToObj(column -> column < 2 ? "---" : "--:")
            .toArray(String[]::new));
    for (ScenarioResult scenario : scenarios) {
      for (SubjectResult subject : scenario.subjects()) {
        row(table, cells(scenario, subject, more));
      }
    }
    return table.toString();
  }

  private static String[] cells(ScenarioResult scenario, SubjectResult subject, List<String> more) {
    double[] nanos = subject.series(Cost::nanos);
    Cost median = subject.median();
    int digits = median.nanos() < 1_000 ? 1 : 0;
    List<String> cells =
        new ArrayList<>(
            List.of(
                scenario.name(),
                subject.subject(),
                fixed(digits, median.nanos()),
                fixed(digits, Arrays.stream(nanos).min().orElseThrow()),
                fixed(digits, Arrays.stream(nanos).max().orElseThrow())));
    if (subject.subject().equals(scenario.baseline())) {
      cells.addAll(List.of("1", "", ""));
    } else {
      double[] ratios = scenario.ratios(subject.subject(), scenario.baseline(), Cost::nanos);
      cells.add(fixed(2, Results.medianOf(ratios)));
      cells.add(fixed(2, Arrays.stream(ratios).min().orElseThrow()));
      cells.add(fixed(2, Arrays.stream(ratios).max().orElseThrow()));
    }
    cells.add(fixed(digits, median.cpuNanos()));
    cells.add(fixed(2, median.waits()));
    cells.add(fixed(0, median.bytes()));
    for (String name : more) {
      cells.add(fixed(1, median.more().get(name)));
    }
    return cells.toArray(String[]::new);
  }

  private static void row(StringBuilder table, String... cells) {
    table.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String fixed(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
