package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Goal.Measure;
import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.Origin;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
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

  /** One for each machine. */
  private final List<Results> runs;

  private Report(List<Results> runs) {
    this.runs = runs;
  }

  static String markdown(Results results) {
    return new Report(List.of(results)).markdown(List.of());
  }

  /**
   * Puts the tables between the markers of a page. Figures of several machines are never in one
   * table: what holds of all of them is the reader's to judge.
   */
  static void intoPage(List<Results> runs, Path page) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " has no " + BEGIN + " ... " + END);
    }
    Files.writeString(
        page,
        text.substring(0, begin + BEGIN.length())
            + "\n"
            + new Report(runs).page()
            + text.substring(end));
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

  /** With the goals of all cases of a full run, also of those that were not measured. */
  private String page() {
    return markdown(
        Suites.NAMES.stream()
            .flatMap(suite -> Suites.of(suite, true).stream())
            .filter(
                each ->
                    runs.stream().noneMatch(run -> run.scenarios().stream().anyMatch(each::isOf)))
            .toList());
  }

  private String markdown(List<Scenario> notMeasured) {
    StringBuilder page = new StringBuilder();
    runs.forEach(run -> page.append(environment(run)).append(origins(run)));
    page.append("\n### Against the goals\n");
    runs.forEach(run -> page.append(machine(run)).append(goals(run)));
    page.append(goals(notMeasured));
    for (String suite : suites()) {
      page.append("\n### ").append(suite).append('\n');
      for (Results run : runs) {
        List<ScenarioResult> scenarios =
            run.scenarios().stream().filter(each -> each.suite().equals(suite)).toList();
        if (!scenarios.isEmpty()) {
          page.append(machine(run)).append(suite(scenarios));
        }
      }
    }
    return page.append('\n').toString();
  }

  private static String environment(Results run) {
    Map<String, String> environment = run.environment();
    return """

        Measured in %s mode, %s rounds; %s, %s CPUs, Linux %s; JDK %s; client and server on CPU %s.
        """
        .formatted(
            environment.get("mode"),
            environment.get("rounds"),
            environment.get("cpu"),
            environment.get("cpus"),
            environment.get("kernel"),
            environment.get("jdk"),
            environment.get("pinnedTo"));
  }

  /** Heads a table where there is one of another machine too. */
  private String machine(Results run) {
    return runs.size() == 1 ? "" : "\nOn " + run.environment().get("cpu") + ":\n";
  }

  /** All, in the order in which they are run. */
  private List<String> suites() {
    return runs.stream()
        .flatMap(run -> run.scenarios().stream())
        .map(ScenarioResult::suite)
        .distinct()
        .sorted(Comparator.comparingInt(Suites.NAMES::indexOf))
        .toList();
  }

  private static String origins(Results run) {
    Map<Origin, List<String>> cases = new LinkedHashMap<>();
    for (ScenarioResult scenario : run.scenarios()) {
      if (scenario.origin() != null) {
        cases
            .computeIfAbsent(scenario.origin(), origin -> new ArrayList<>())
            .add(scenario.suite() + " " + scenario.name());
      }
    }
    if (cases.isEmpty()) {
      return "";
    }
    StringBuilder table = new StringBuilder("\n");
    row(table, "measured", "revision", "load before", "cases");
    row(table, "---", "---", "---", "---");
    cases.forEach(
        (origin, names) ->
            row(table, origin.date(), origin.revision(), origin.load(), String.join(", ", names)));
    return table.toString();
  }

  private static String goals(Results run) {
    StringBuilder table = new StringBuilder("\n");
    row(table, "case", "subject", "against", "median", "min", "max", "CPU time", "goal", "");
    row(table, "---", "---", "---", "--:", "--:", "--:", "--:", "--:", "---");
    for (ScenarioResult scenario : run.scenarios()) {
      for (Goal goal : scenario.goals()) {
        double[] values = goal.values(scenario);
        double median = Results.medianOf(values);
        boolean ratio = goal.measure() == Measure.RATIO;
        boolean met = goal.isMet(median);
        int digits = goal.measure().digits;
        // What is missed by less than a digit shows it.
        boolean close = !met && fixed(digits, median).equals(fixed(digits, goal.bound()));
        row(
            table,
            scenario.suite() + " " + scenario.name(),
            goal.subject(),
            goal.against(),
            fixed(close ? digits + 1 : digits, median),
            fixed(digits, Arrays.stream(values).min().orElseThrow()),
            fixed(digits, Arrays.stream(values).max().orElseThrow()),
            ratio ? cpuRatio(scenario, goal) : "",
            bound(goal),
            met ? "met" : "**missed**");
      }
    }
    return table.toString();
  }

  private static String goals(List<Scenario> notMeasured) {
    if (notMeasured.stream().allMatch(scenario -> scenario.goals().isEmpty())) {
      return "";
    }
    StringBuilder table = new StringBuilder("\nNot measured:\n\n");
    row(table, "case", "subject", "against", "goal");
    row(table, "---", "---", "---", "--:");
    for (Scenario scenario : notMeasured) {
      String name = scenario.suite() + " " + scenario.name();
      scenario
          .goals()
          .forEach(goal -> row(table, name, goal.subject(), goal.against(), bound(goal)));
    }
    return table.toString();
  }

  private static String bound(Goal goal) {
    return (goal.measure() == Measure.RATIO ? "≥ " : "≤ ")
        + fixed(goal.measure().digits, goal.bound());
  }

  private static String cpuRatio(ScenarioResult scenario, Goal goal) {
    return fixed(
        2, Results.medianOf(scenario.ratios(goal.subject(), goal.baseline(), Cost::cpuNanos)));
  }

  /** The ratio is that to the first subject of a case. */
  private static String suite(List<ScenarioResult> scenarios) {
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
    StringBuilder table = new StringBuilder("\n");
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
