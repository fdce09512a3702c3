package io.trunkline.samples.quickstart;

import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Page;
import java.util.Locale;

/** The report for people: ASCII, at most 100 columns, printed as it comes to be known. */
final class TextReport {
  private static final int NAME_COLUMNS = 31;
  private static final String ROW = "  %-31s %13s %9s %9s %11s %10s %8s";

  private final Page page;

  TextReport(Page page) {
    this.page = page;
  }

  // ---- comparisons ----

  void comparisons(Effort effort, String setting) {
    page.heading("POOLED AGAINST A NEW CONNECTION PER REQUEST");
    page.paragraph(
        "  ",
        String.format(
            Locale.ROOT,
            "%s. After a warm-up, %d rounds in which each has its turn of %d ms or, where it"
                + " connects each time, at most %,d requests.",
            setting,
            effort.rounds(),
            effort.roundMillis(),
            effort.roundConnections()));
    page.flush();
  }

  void comparison(Report.Comparison comparison) {
    page.line("");
    String title = comparison.title();
    if (title.length() > NAME_COLUMNS) {
      page.line(page.bold("  " + title));
      title = "";
    }
    page.line(
        page.bold(
            String.format(
                ROW,
                title,
                comparison.unit() + "/s",
                "p50 us",
                "p99 us",
                comparison.unit(),
                "handshakes",
                "reused")));
    for (Report.Variant each : comparison.variants()) {
      page.line(
          String.format(
              ROW,
              each.name(),
              String.format(Locale.ROOT, "%,.0f", each.requestsPerSecond()),
              micros(each.p50Micros()),
              micros(each.p99Micros()),
              String.format(Locale.ROOT, "%,d", each.requests()),
              String.format(Locale.ROOT, "%,d", each.handshakes()),
              percent(each.reuseRatio())));
    }
    page.paragraph(
        "  ",
        String.format(
            Locale.ROOT,
            "=> pooled: %s x the %s/s of a new Socket (rounds: %s to %s), p50 %s us shorter",
            ratio(comparison.speedup()),
            comparison.unit(),
            ratio(comparison.speedupLowest()),
            ratio(comparison.speedupHighest()),
            micros(comparison.baseline().p50Micros() - comparison.pooled().p50Micros())));
    if (comparison.serverHandshakes() != null) {
      page.paragraph(
          "     ",
          String.format(
              Locale.ROOT,
              "the server itself counted %,d handshakes: those of all three together",
              comparison.serverHandshakes()));
    }
    page.flush();
  }

  void comparisonsNote(String note) {
    page.line("");
    page.paragraph("  ", "Counts and reuse include the warm-up, rates and times do not. " + note);
    page.flush();
  }

  // ---- failures ----

  void failuresHeading() {
    page.heading("FAILURES, PROVOKED FOR REAL, AND WHAT EACH SAYS OF ITSELF");
  }

  void failure(int number, Report.Failure failure) {
    page.line("");
    page.line(page.bold("  " + number + ". " + failure.title()));
    page.labelled("provoked by", failure.did());
    if (failure.facts() != null) {
      facts(failure.facts());
    }
    if (failure.stale() != null) {
      stale(failure.stale());
    }
    for (String remark : failure.remarks()) {
      page.labelled("note", remark);
    }
    page.flush();
  }

  private void facts(FailureFacts facts) {
    page.labelled("thrown", facts.exception() + ", which is a " + facts.caughtAs());
    page.labelled("message", withoutHint(facts));
    page.labelled("kind, phase", facts.inOneLine());
    page.labelled(
        "on the wire", (facts.isOfTheConnect() ? facts.syns() + ", " : "") + requestBytes(facts));
    page.labelled("advice", facts.advice() + ": " + facts.adviceInWords());
    page.labelled("look at", facts.hint());
  }

  private static String requestBytes(FailureFacts facts) {
    return facts.requestBytesSent()
        ? "bytes of the request: the server may have seen it"
        : "no byte of the request";
  }

  /** The message ends with the hint and the advice, which have lines of their own here. */
  private static String withoutHint(FailureFacts facts) {
    int hint = facts.message().indexOf("; " + facts.hint());
    return hint < 0 ? facts.message() : facts.message().substring(0, hint);
  }

  private void stale(Report.Stale stale) {
    page.labelled("java.net", stale.plainSocket() + "; was the request processed? Nobody can tell");
    page.labelled(
        "Trunkline",
        (stale.pooledAnswered()
                ? "the answer came: the dead connection was found before a byte was sent, and"
                    + " replaced"
                : "no answer came")
            + " (handshakes "
            + stale.handshakesBefore()
            + " -> "
            + stale.handshakesAfter()
            + ", failed dials "
            + stale.failedDials()
            + ", exceptions "
            + (stale.pooledAnswered() ? 0 : 1)
            + ")");
  }

  // ---- the end ----

  void transport(TransportInfo transport, TcpInfo tcpInfo) {
    page.heading("TRANSPORT");
    page.paragraph("  ", transport.name() + ": " + transport.reason());
    if (tcpInfo != null) {
      page.paragraph("  ", "TCP_INFO of a pooled connection: " + tcpInfo.summary());
    } else if (!transport.isNative()) {
      page.paragraph("  ", "no TCP_INFO: it needs native sockets");
    }
    page.flush();
  }

  void end(Report report) {
    page.line("");
    if (report.ok()) {
      page.line("Everything turned out as announced.");
    } else {
      String line = "Not everything turned out as announced: standard error says what.";
      page.line(page.red(line));
    }
    page.line("Read next: " + report.next());
    page.flush();
  }

  // ---- figures ----

  private static String micros(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%,.1f", value);
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  /** Rounded down, so that only what is never new is 100 %. */
  private static String percent(double ratio) {
    double hundredths = Math.floor(ratio * 10_000) / 100;
    return String.format(Locale.ROOT, hundredths == 0 ? "%.0f %%" : "%.2f %%", hundredths);
  }
}
