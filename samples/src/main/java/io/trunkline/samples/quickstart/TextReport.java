package io.trunkline.samples.quickstart;

import io.trunkline.failure.FailurePhase;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Locale;

/** The report for people: ASCII, at most 100 columns, printed as it comes to be known. */
final class TextReport {
  static final int COLUMNS = 100;

  private static final String BOLD = "\033[1m";
  private static final String RED = "\033[31m";
  private static final String PLAIN = "\033[m";
  private static final int LABEL_COLUMNS = 17;
  private static final int NAME_COLUMNS = 31;
  private static final String ROW = "  %-31s %13s %9s %9s %11s %10s %8s";

  private final PrintWriter out;
  private final boolean colour;

  TextReport(PrintWriter out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  static TextReport nowhere() {
    return new TextReport(new PrintWriter(Writer.nullWriter()), false);
  }

  // ---- comparisons ----

  void comparisons(Effort effort, String setting) {
    heading("POOLED AGAINST A NEW CONNECTION PER REQUEST");
    paragraph(
        "  ",
        String.format(
            Locale.ROOT,
            "%s. After a warm-up, %d rounds in which each has its turn of %d ms or, where it"
                + " connects each time, at most %,d requests.",
            setting,
            effort.rounds(),
            effort.roundMillis(),
            effort.roundConnections()));
    out.flush();
  }

  void comparison(Report.Comparison comparison) {
    out.println();
    String title = comparison.title();
    if (title.length() > NAME_COLUMNS) {
      out.println(bold("  " + title));
      title = "";
    }
    out.println(
        bold(
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
      out.printf(
          ROW + "%n",
          each.name(),
          String.format(Locale.ROOT, "%,.0f", each.requestsPerSecond()),
          micros(each.p50Micros()),
          micros(each.p99Micros()),
          String.format(Locale.ROOT, "%,d", each.requests()),
          String.format(Locale.ROOT, "%,d", each.handshakes()),
          percent(each.reuseRatio()));
    }
    paragraph(
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
      paragraph(
          "     ",
          String.format(
              Locale.ROOT,
              "the server itself counted %,d handshakes: those of all three together",
              comparison.serverHandshakes()));
    }
    out.flush();
  }

  void comparisonsNote(String note) {
    out.println();
    paragraph("  ", "Counts and reuse include the warm-up, rates and times do not. " + note);
    out.flush();
  }

  // ---- failures ----

  void failuresHeading() {
    heading("FAILURES, PROVOKED FOR REAL, AND WHAT EACH SAYS OF ITSELF");
  }

  void failure(int number, Report.Failure failure) {
    out.println();
    out.println(bold("  " + number + ". " + failure.title()));
    labelled("provoked by", failure.did());
    if (failure.facts() != null) {
      facts(failure.facts());
    }
    if (failure.stale() != null) {
      stale(failure.stale());
    }
    for (String remark : failure.remarks()) {
      labelled("note", remark);
    }
    out.flush();
  }

  private void facts(Report.Facts facts) {
    labelled("thrown", facts.exception() + ", which is a " + facts.caughtAs());
    labelled("message", withoutHint(facts));
    labelled(
        "kind, phase",
        facts.kind()
            + " in phase "
            + facts.phase()
            + (facts.errno() == 0
                ? ", no errno"
                : ", errno " + facts.errno() + " " + facts.errnoName())
            + ", after "
            + millis(facts.elapsedMillis()));
    labelled("on the wire", syns(facts) + requestBytes(facts));
    labelled("advice", facts.advice() + ": " + facts.adviceInWords());
    labelled("look at", facts.hint());
  }

  private static String syns(Report.Facts facts) {
    if (!facts.phase().equals(FailurePhase.CONNECT.name())) {
      return "";
    }
    if (facts.unansweredSyns() == null) {
      return "unanswered SYNs not known, ";
    }
    return facts.unansweredSyns()
        + (facts.unansweredSyns() == 1 ? " SYN unanswered, " : " SYNs unanswered, ");
  }

  private static String requestBytes(Report.Facts facts) {
    return facts.requestBytesSent()
        ? "bytes of the request: the server may have seen it"
        : "no byte of the request";
  }

  /** The message ends with the hint and the advice, which have lines of their own here. */
  private static String withoutHint(Report.Facts facts) {
    int hint = facts.message().indexOf("; " + facts.hint());
    return hint < 0 ? facts.message() : facts.message().substring(0, hint);
  }

  private void stale(Report.Stale stale) {
    labelled("java.net", stale.plainSocket() + "; was the request processed? Nobody can tell");
    labelled(
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
    heading("TRANSPORT");
    paragraph("  ", transport.name() + ": " + transport.reason());
    if (tcpInfo != null) {
      paragraph("  ", "TCP_INFO of a pooled connection: " + tcpInfo.summary());
    } else if (!transport.isNative()) {
      paragraph("  ", "no TCP_INFO: it needs native sockets");
    }
    out.flush();
  }

  void end(List<String> notAsAnnounced, String next) {
    out.println();
    if (notAsAnnounced.isEmpty()) {
      out.println("Everything turned out as announced.");
    } else {
      String line = "Not everything turned out as announced: standard error says what.";
      out.println(colour ? RED + line + PLAIN : line);
    }
    out.println("Read next: " + next);
    out.flush();
  }

  // ---- layout ----

  private void heading(String text) {
    out.println();
    out.println(bold(text));
  }

  private String bold(String text) {
    return colour ? BOLD + text + PLAIN : text;
  }

  private void labelled(String label, String text) {
    String first = String.format("    %-13s", label);
    List<String> lines = Wrapped.lines(text, COLUMNS - LABEL_COLUMNS);
    for (int i = 0; i < lines.size(); i++) {
      out.println((i == 0 ? first : " ".repeat(LABEL_COLUMNS)) + lines.get(i));
    }
  }

  private void paragraph(String indent, String text) {
    for (String line : Wrapped.lines(text, COLUMNS - indent.length())) {
      out.println(indent + line);
    }
  }

  private static String micros(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%,.1f", value);
  }

  private static String millis(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f ms" : "%,.0f ms", value);
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
