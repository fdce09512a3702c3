package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import io.trunkline.benchmarks.Scenario.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /** {@code ratio <suite>.<case> <value>} lines, and {@code nanos} for goals without baseline. */
  static List<String> lines(Results results) {
    List<String> lines = new ArrayList<>();
    for (ScenarioResult scenario : results.scenarios()) {
      for (Goal goal : scenario.goals()) {
        String name = scenario.suite() + "." + scenario.name() + "." + goal.subject();
        if (goal.baseline() == null) {
          lines.add(
              "nanos %s %s"
                  .formatted(name, fixed(1, scenario.subject(goal.subject()).median().nanos())));
        } else {
          String pair = name + "/" + goal.baseline();
          lines.add(
              "ratio %s %s"
                  .formatted(pair, fixed(3, Results.medianOf(scenario.ratios(goal, Cost::nanos)))));
        }
      }
    }
    return lines;
  }

  private String markdown() {
    Map<String, String> environment = results.environment();
    StringBuilder page = new StringBuilder();
    page.append(
        "\nMeasured %s, %s mode, %s rounds; %s, %s CPUs, Linux %s; JDK %s; load before %s.\n"
            .formatted(
                environment.get("date"),
                environment.get("mode"),
                environment.get("rounds"),
                environment.get("cpu"),
                environment.get("cpus"),
                environment.get("kernel"),
                environment.get("jdk"),
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
        boolean absolute = goal.baseline() == null;
        double[] values =
            absolute
                ? scenario.subject(goal.subject()).series(Cost::nanos)
                : scenario.ratios(goal, Cost::nanos);
        double median = Results.medianOf(values);
        int digits = absolute ? 0 : 2;
        boolean met = absolute ? median <= goal.bound() : median >= goal.bound();
        row(
            table,
            scenario.suite() + " " + scenario.name(),
            goal.subject(),
            absolute ? "(ns)" : goal.baseline(),
            fixed(digits, median),
            fixed(digits, Arrays.stream(values).min().orElseThrow()),
            fixed(digits, Arrays.stream(values).max().orElseThrow()),
            absolute ? "" : fixed(2, Results.medianOf(scenario.ratios(goal, Cost::cpuNanos))),
            (absolute ? "≤ " : "≥ ") + fixed(digits, goal.bound()),
            met ? "met" : "**missed**");
      }
    }
    return table.toString();
  }

  private String suite(String suite) {
    StringBuilder table = new StringBuilder("\n### " + suite + "\n\n");
    row(table, "case", "subject", "ns/op", "min", "max", "CPU ns/op", "waits/op", "B/op");
    row(table, "---", "---", "--:", "--:", "--:", "--:", "--:", "--:");
    for (ScenarioResult scenario : results.scenarios()) {
      if (scenario.suite().equals(suite)) {
        for (SubjectResult subject : scenario.subjects()) {
          double[] nanos = subject.series(Cost::nanos);
          Cost median = subject.median();
          int digits = median.nanos() < 1_000 ? 1 : 0;
          row(
              table,
              scenario.name(),
              subject.subject(),
              fixed(digits, median.nanos()),
              fixed(digits, Arrays.stream(nanos).min().orElseThrow()),
              fixed(digits, Arrays.stream(nanos).max().orElseThrow()),
              fixed(digits, median.cpuNanos()),
              fixed(2, median.waits()),
              fixed(0, median.bytes()));
        }
      }
    }
    return table.toString();
  }

  private static void row(StringBuilder table, String... cells) {
    table.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String fixed(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
