package io.trunkline.benchmarks;

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

/**
 * The times of a suite as bars, one block for each case, in SVG: a bar is the median, the line over
 * it goes from the fastest to the slowest round. Readable on light and on dark ground.
 */
final class Plot {
  private static final int WIDTH = 760;
  private static final int LEFT = 230;
  private static final int RIGHT = 150;
  private static final int BAR = 14;
  private static final int STEP = 20;
  private static final int TITLE = 28;
  private static final int MARGIN = 14;

  private static final String STYLE =
      """
      <style>
        text { font: 12px system-ui, sans-serif; fill: #24292f }
        .head { font-weight: 600; font-size: 15px }
        .case { font-weight: 600 }
        .note { fill: #57606a }
        .bar { fill: #9aa4af }
        .ours { fill: #2f7fd6 }
        .range { stroke: #24292f; stroke-width: 1.5; fill: none }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 }
          .note { fill: #9198a1 }
          .bar { fill: #6a737d }
          .ours { fill: #4c9bef }
          .range { stroke: #e6edf3 }
        }
      </style>
      """;

  private final StringBuilder svg = new StringBuilder();
  private int y = MARGIN;

  private Plot() {}

  /** One file for each suite, named after the file of the results. */
  static List<Path> write(Results results, Path resultsFile) throws IOException {
    String name = resultsFile.getFileName().toString().replaceFirst("\\.json$", "");
    List<Path> written = new ArrayList<>();
    for (String suite :
        new LinkedHashSet<>(results.scenarios().stream().map(ScenarioResult::suite).toList())) {
      Path file = resultsFile.resolveSibling(name + "-" + suite + ".svg");
      Files.writeString(file, of(suite, results));
      written.add(file);
    }
    return written;
  }

  static String of(String suite, Results results) {
    Plot plot = new Plot();
    plot.text("head", MARGIN, 14, "start", suite + ": time per operation, less is better");
    plot.y += STEP;
    plot.text(
        "note",
        MARGIN,
        11,
        "start",
        "Bar: median; line: fastest to slowest round; \u00d7: times as fast as the first of its case."
            + " Blue: Trunkline.");
    plot.y += TITLE;
    results.scenarios().stream().filter(each -> each.suite().equals(suite)).forEach(plot::block);
    int height = plot.y + MARGIN;
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
        <title>%s</title>
        %s%s</svg>
        """
        .formatted(WIDTH, height, WIDTH, height, escaped(suite), STYLE, plot.svg);
  }

  private void block(ScenarioResult scenario) {
    text("case", MARGIN, 14, "start", scenario.name());
    y += STEP;
    double longest =
        scenario.subjects().stream()
            .flatMapToDouble(each -> Arrays.stream(each.series(Cost::nanos)))
            .max()
            .orElseThrow();
    for (SubjectResult subject : scenario.subjects()) {
      bar(scenario, subject, (WIDTH - LEFT - RIGHT) / longest);
    }
    y += STEP / 2;
  }

  private void bar(ScenarioResult scenario, SubjectResult subject, double pixelsPerNano) {
    double[] nanos = subject.series(Cost::nanos);
    double median = subject.median().nanos();
    double least = LEFT + Arrays.stream(nanos).min().orElseThrow() * pixelsPerNano;
    double most = LEFT + Arrays.stream(nanos).max().orElseThrow() * pixelsPerNano;
    double middle = y + BAR / 2.0;
    text("", LEFT - 8, 11, "end", subject.subject());
    add(
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
        isOurs(scenario.suite(), subject.subject()) ? "ours" : "bar",
        LEFT,
        y,
        median * pixelsPerNano,
        BAR);
    add("<path class=\"range\" d=\"M%.1f %.1fv8m0-4H%.1fm0-4v8\"/>", least, middle - 4, most);
    String value = time(median);
    if (!subject.subject().equals(scenario.baseline())) {
      double ratio =
          Results.medianOf(scenario.ratios(subject.subject(), scenario.baseline(), Cost::nanos));
      value += String.format(Locale.ROOT, "  (%.2f\u00d7)", ratio);
    }
    text("note", (int) Math.round(most) + 8, 11, "start", value);
    y += STEP;
  }

  /** Where a case compares ours with ours, none stands out. */
  private static boolean isOurs(String suite, String subject) {
    return subject.startsWith("jni")
        || subject.startsWith("okhttp-trunkline")
        || List.of("native", "pooled", "dial").contains(subject)
        || (subject.equals("jdk") && !suite.equals(HttpClients.class.getSimpleName()));
  }

  private static String time(double nanos) {
    if (nanos < 1e3) {
      return String.format(Locale.ROOT, "%.0f ns", nanos);
    }
    return nanos < 1e6
        ? String.format(Locale.ROOT, "%.1f \u00b5s", nanos / 1e3)
        : String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  private void text(String style, int x, int below, String anchor, String text) {
    add(
        "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>",
        style, x, y + below, anchor, escaped(text));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
