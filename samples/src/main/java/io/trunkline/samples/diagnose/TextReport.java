package io.trunkline.samples.diagnose;

import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Page;
import java.util.Locale;

/** The report for people, printed as it comes to be known. */
final class TextReport {
  private static final int BAR_COLUMNS = 50;

  private final Page page;
  private Plan plan;
  private boolean isNative;

  TextReport(Page page) {
    this.page = page;
  }

  void begin(Plan looked, TransportInfo transport) {
    plan = looked;
    isNative = transport.isNative();
    page.line(page.bold("DIAGNOSIS OF " + plan.endpoint()));
    if (!isNative) {
      page.paragraph(
          "  ",
          "Over the jdk transport ("
              + transport.reason()
              + "), which knows less: no errno, no round trip times of the kernel, no options, no"
              + " SYNs, no Fast Open.");
    }
    page.flush();
  }

  void unresolved(FailureFacts failure) {
    page.line("  " + page.red("FAILED: " + failure.title()));
    failure(failure);
    page.flush();
  }

  void resolved(double millis, int addresses) {
    page.paragraph(
        "  ",
        addresses == 1
            ? "1 address, found in " + Page.millis(millis) + "."
            : addresses
                + " addresses, found in "
                + Page.millis(millis)
                + ", in the order in which Trunkline tries them.");
    page.flush();
  }

  // ---- one address ----

  void address(int number, Report.Address address) {
    page.line("");
    page.line(
        page.bold("  " + number + ". " + address.address() + " (" + address.family() + ")")
            + " "
            + (address.answers() ? "answers" : page.red("FAILED: " + address.failure().title())));
    waterfall(address.waterfall());
    if (address.failure() != null) {
      failure(address.failure());
    }
    if (address.statusLine() != null) {
      page.labelled("answer", address.statusLine());
    }
    if (address.greeting() != null) {
      page.labelled("greeting", address.greeting());
    } else if (!plan.isHttp() && address.answers()) {
      page.labelled(
          "greeting",
          "none within "
              + Sampler.GREETING_MILLIS
              + " ms: this server lets the client speak first");
    }
    spread("connect", address.connect());
    spread("TLS", address.tls());
    spread("first byte", address.firstByte());
    if (address.tcpInfo() != null) {
      kernel(address.tcpInfo(), address.synRetransmits());
    }
    if (address.fastOpen() != null) {
      page.labelled("Fast Open", address.fastOpen().words());
    }
    tls(address);
    page.flush();
  }

  private void waterfall(Report.Waterfall waterfall) {
    double total = waterfall.totalMillis();
    double start = 0;
    for (Report.Step each : waterfall.steps()) {
      bar(each.name(), each.millis(), start, total, each.failed());
      start += each.millis();
    }
    page.line(String.format(Locale.ROOT, "    %-12s %10s", "in all", Page.millis(total)));
  }

  private void bar(String name, double millis, double start, double total, boolean failed) {
    int length = Math.max(1, (int) Math.round(millis / total * BAR_COLUMNS));
    int from = Math.min(BAR_COLUMNS - length, (int) Math.round(start / total * BAR_COLUMNS));
    String drawn = (failed ? "x" : "#").repeat(length);
    page.line(
        String.format(
            Locale.ROOT,
            "    %-12s %10s  |%s%s%s|%s",
            name,
            Page.millis(millis),
            " ".repeat(from),
            failed ? page.red(drawn) : drawn,
            " ".repeat(BAR_COLUMNS - from - length),
            failed ? " failed" : ""));
  }

  private void failure(FailureFacts failure) {
    page.labelled("kind", failure.inOneLine());
    if (failure.isOfTheConnect()) {
      page.labelled("on the wire", failure.syns());
    }
    page.labelled(
        "it means", failure.title() + (failure.note() == null ? "" : ": " + failure.note()));
    page.labelled("check", failure.hint());
    page.labelled("advice", failure.adviceInWords());
    page.labelled("more in", failure.explained());
  }

  private void spread(String what, Report.Spread spread) {
    if (spread != null && spread.count() > 1) {
      page.labelled(
          what,
          spread.count()
              + " times: min "
              + Page.millis(spread.minMillis())
              + ", median "
              + Page.millis(spread.medianMillis())
              + ", max "
              + Page.millis(spread.maxMillis())
              + ", jitter "
              + Page.millis(spread.jitterMillis()));
    }
  }

  private void kernel(TcpInfo info, Long synRetransmits) {
    page.labelled(
        "kernel RTT",
        Page.millis(info.rttMicros() / 1e3)
            + ", mean deviation "
            + Page.millis(info.rttVarianceMicros() / 1e3)
            + "; SYNs repeated: "
            + synRetransmits);
    page.labelled(
        "options",
        "MSS "
            + info.sendMss()
            + (info.windowScaling()
                ? ", window scale "
                    + info.receiveWindowScale()
                    + " here and "
                    + info.sendWindowScale()
                    + " there"
                : ", no window scale")
            + option("SACK", info.selectiveAcks())
            + option("timestamps", info.timestamps())
            + option("ECN", info.explicitCongestion()));
  }

  private static String option(String name, boolean negotiated) {
    return (negotiated ? ", " : ", no ") + name;
  }

  private void tls(Report.Address address) {
    Report.Tls tls = address.tlsSession();
    if (tls != null) {
      page.labelled(
          "agreed",
          tls.protocol()
              + ", "
              + tls.cipherSuite()
              + (tls.applicationProtocol() == null
                  ? ", no ALPN"
                  : ", ALPN " + tls.applicationProtocol()));
    }
    Report.Certificate certificate = address.certificate();
    if (certificate == null) {
      return;
    }
    page.labelled(
        "certificate",
        certificate.subject()
            + (certificate.names().isEmpty()
                ? ", for no name"
                : ", for " + String.join(", ", certificate.names())));
    page.labelled(
        "issued by",
        (certificate.selfSigned() ? "itself" : certificate.issuer())
            + "; the server sent "
            + (certificate.chainLength() == 1
                ? "1 certificate"
                : certificate.chainLength() + " certificates"));
    long days = certificate.daysLeft();
    page.labelled(
        days < 0 ? "expired" : "expires",
        certificate.notAfter()
            + (days < 0 ? ", " + Findings.days(-days) + " ago" : ", in " + Findings.days(days)));
  }

  // ---- the end ----

  void end(Report report) {
    page.line("");
    for (String each : report.differences()) {
      page.paragraph("  ", "Different: " + each);
    }
    for (String each : report.warnings()) {
      page.paragraph("  ", "Warning: " + each);
    }
    page.line(report.exitCode() == 0 ? page.bold(report.verdict()) : page.red(report.verdict()));
    page.flush();
  }
}
