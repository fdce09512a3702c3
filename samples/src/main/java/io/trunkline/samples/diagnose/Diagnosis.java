package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.ProbeReport;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The whole look at an endpoint: all addresses once, then those that answer more closely. */
final class Diagnosis {
  private final Plan plan;
  private final Trust trust;
  private final Progress progress;
  private final TextReport text;

  Diagnosis(Plan plan, Trust trust, Progress progress, TextReport text) {
    this.plan = plan;
    this.trust = trust;
    this.progress = progress;
    this.text = text;
  }

  Report run() {
    Managers managers = new Managers(plan, trust);
    Recorder recorder =
        new Recorder(
            trust.seen(),
            address -> progress.step("First handshake with " + AddressText.of(address)));
    try (ConnectionManager manager = managers.forAll(recorder)) {
      TransportInfo transport = manager.transport();
      progress.step("Resolving " + plan.endpoint().host());
      ProbeReport probe;
      try {
        probe = manager.probe(plan.endpoint());
      } catch (IOException failed) {
        return unresolved(transport, failed);
      }
      return resolved(transport, managers, recorder, probe);
    }
  }

  private Report unresolved(TransportInfo transport, IOException failed) {
    FailureFacts facts = AddressExamination.facts(failed);
    progress.clear();
    text.begin(plan, transport);
    text.unresolved(facts);
    return ended(transport, null, facts, List.of());
  }

  private Report resolved(
      TransportInfo transport, Managers managers, Recorder recorder, ProbeReport probe) {
    double resolveMillis = probe.resolveTime().toNanos() / 1e6;
    progress.clear();
    text.begin(plan, transport);
    text.resolved(resolveMillis, probe.addresses().size());
    List<Report.Address> addresses = new ArrayList<>();
    for (ProbeReport.Address each : probe.addresses()) {
      InetSocketAddress address = each.address();
      if (each.failure().isEmpty()) {
        progress.step(plan.samples() + " connections to " + AddressText.of(address));
      }
      Report.Address examined =
          new AddressExamination(
                  plan, managers, trust.seen(), transport.isNative(), address, resolveMillis)
              .run(each, recorder.with(address));
      addresses.add(examined);
      progress.clear();
      text.address(addresses.size(), examined);
    }
    return ended(transport, resolveMillis, null, List.copyOf(addresses));
  }

  private Report ended(
      TransportInfo transport,
      Double resolveMillis,
      FailureFacts failure,
      List<Report.Address> addresses) {
    Report report =
        new Report(
            plan.endpoint().toString(),
            new Report.Transport(transport.name(), transport.reason()),
            resolveMillis,
            failure,
            addresses,
            Findings.differences(addresses),
            Findings.warnings(addresses),
            Findings.verdict(failure, addresses),
            exitCode(failure, addresses));
    text.end(report);
    return report;
  }

  /** Of the first address that failed, in the order of the report. */
  private static int exitCode(FailureFacts failure, List<Report.Address> addresses) {
    if (failure != null) {
      return ExitCodes.of(FailureKind.valueOf(failure.kind()));
    }
    return addresses.stream()
        .filter(each -> !each.answers())
        .findFirst()
        .map(each -> ExitCodes.of(FailureKind.valueOf(each.failure().kind())))
        .orElse(0);
  }
}
