package io.trunkline.samples.diagnose;

import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Page;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the figures of a report mean when they are seen together. */
final class Findings {
  private static final int DAYS_TO_RENEW = 30;

  /** Less than this is noise, however large the ratio. */
  private static final double SLOWER_BY_MILLIS = 5;

  private static final double SLOWER_TIMES = 3;

  private Findings() {}

  // ---- differences ----

  /** In what the addresses of one name are not the same. */
  static List<String> differences(List<Report.Address> addresses) {
    List<String> differences = new ArrayList<>();
    List<Report.Address> up = addresses.stream().filter(Report.Address::answers).toList();
    if (!up.isEmpty() && up.size() < addresses.size()) {
      addresses.stream()
          .filter(each -> !each.answers())
          .forEach(
              each ->
                  differences.add(
                      each.address()
                          + " does not answer ("
                          + each.failure().title()
                          + "), "
                          + (up.size() == 1 ? up.get(0).address() + " does" : "others do")));
    }
    slow(up, differences);
    unequal("certificates", up, each -> certificate(each.certificate()), differences);
    unequal(
        "TLS protocols",
        up,
        each -> each.tlsSession() == null ? null : each.tlsSession().protocol(),
        differences);
    unequal("answers to the request", up, Report.Address::statusLine, differences);
    return List.copyOf(differences);
  }

  private static void slow(List<Report.Address> up, List<String> differences) {
    List<Report.Address> measured = up.stream().filter(each -> each.connect() != null).toList();
    if (measured.isEmpty()) {
      return;
    }
    Report.Address fastest =
        measured.stream()
            .min(Comparator.comparingDouble(each -> each.connect().medianMillis()))
            .get();
    double best = fastest.connect().medianMillis();
    for (Report.Address each : measured) {
      double median = each.connect().medianMillis();
      if (median > best * SLOWER_TIMES && median - best > SLOWER_BY_MILLIS) {
        differences.add(
            each.address()
                + " connects in "
                + Page.millis(median)
                + ", "
                + fastest.address()
                + " in "
                + Page.millis(best));
      }
    }
  }

  private static String certificate(Report.Certificate certificate) {
    return certificate == null ? null : certificate.subject() + " until " + certificate.notAfter();
  }

  private static void unequal(
      String what,
      List<Report.Address> up,
      Function<Report.Address, String> property,
      List<String> differences) {
    Map<String, List<String>> byValue = new TreeMap<>();
    for (Report.Address each : up) {
      if (property.apply(each) != null) {
        byValue.computeIfAbsent(property.apply(each), key -> new ArrayList<>()).add(each.address());
      }
    }
    if (byValue.size() > 1) {
      differences.add(
          what
              + " differ: "
              + byValue.entrySet().stream()
                  .map(each -> String.join(", ", each.getValue()) + " has " + each.getKey())
                  .collect(Collectors.joining("; ")));
    }
  }

  // ---- warnings ----

  /** What works, and is not as it should be. */
  static List<String> warnings(List<Report.Address> addresses) {
    List<String> warnings = new ArrayList<>();
    for (Report.Address each : addresses) {
      if (each.answers()) {
        certificateWarning(each, warnings);
      }
      if (each.answers() && each.failedSamples() > 0) {
        warnings.add(
            each.address()
                + ": "
                + each.failedSamples()
                + " of "
                + each.samples()
                + " connections failed, though the last one did not");
      }
      if (each.synRetransmits() != null && each.synRetransmits() > 0) {
        warnings.add(
            each.address()
                + ": "
                + each.synRetransmits()
                + (each.synRetransmits() == 1 ? " SYN" : " SYNs")
                + " had to be repeated: packets get lost, or the accept queue is full at times");
      }
      if (each.statusLine() != null && each.statusLine().matches("HTTP/\\S+ 5.*")) {
        warnings.add(each.address() + ": the server answers with an error: " + each.statusLine());
      }
    }
    return List.copyOf(warnings);
  }

  private static void certificateWarning(Report.Address address, List<String> warnings) {
    Report.Certificate certificate = address.certificate();
    if (certificate != null && certificate.daysLeft() < DAYS_TO_RENEW) {
      warnings.add(
          address.address()
              + ": the certificate expires in "
              + days(certificate.daysLeft())
              + ": renew it");
    }
  }

  static String days(long count) {
    return count == 1 ? "1 day" : count + " days";
  }

  // ---- verdict ----

  /** All of it in one sentence. */
  static String verdict(FailureFacts unresolved, List<Report.Address> addresses) {
    if (unresolved != null) {
      return "No address is known: " + unresolved.title() + ".";
    }
    List<Report.Address> down = addresses.stream().filter(each -> !each.answers()).toList();
    int up = addresses.size() - down.size();
    String failures =
        down.stream()
            .filter(each -> Objects.nonNull(each.failure()))
            .map(each -> each.address() + ": " + each.failure().title())
            .collect(Collectors.joining(", "));
    if (down.isEmpty()) {
      return up == 1 ? "The one address answers." : "All " + up + " addresses answer.";
    }
    if (up == 0) {
      return (addresses.size() == 1
              ? "The one address cannot be used; "
              : "None of " + addresses.size() + " addresses can be used; ")
          + failures
          + ".";
    }
    return up + " of " + addresses.size() + " addresses can be used; " + failures + ".";
  }
}
