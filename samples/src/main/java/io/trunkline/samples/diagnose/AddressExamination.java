package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.config.FastOpen;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.ProbeReport;
import io.trunkline.net.TcpInfo;
import io.trunkline.samples.cli.FailureFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Looks at one address that the probe has tried: closer if it answered. */
final class AddressExamination {
  /** Each may cost the whole timeout, and two say enough. */
  private static final int MOST_FAILURES = 2;

  private final Plan plan;
  private final Managers managers;
  private final SeenChain seen;
  private final boolean isNative;
  private final InetSocketAddress address;
  private final List<Report.Step> steps = new ArrayList<>();

  AddressExamination(
      Plan plan,
      Managers managers,
      SeenChain seen,
      boolean isNative,
      InetSocketAddress address,
      double resolveMillis) {
    this.plan = plan;
    this.managers = managers;
    this.seen = seen;
    this.isNative = isNative;
    this.address = address;
    steps.add(new Report.Step("resolve", resolveMillis, false));
  }

  /**
   * @param probed what the probe says of this address
   * @param first what was recorded of the probe's handshake
   */
  Report.Address run(ProbeReport.Address probed, Recorder.Handshake first) {
    if (probed.failure().isPresent()) {
      return report(
          List.of(),
          new Sample(first, null, first.tcpInfo(), null, null, probed.failure().get()),
          first.synRetransmits(),
          null);
    }
    List<Sample> samples = samples();
    long retransmits =
        first.synRetransmits()
            + samples.stream().mapToLong(each -> each.handshake().synRetransmits()).sum();
    Sample last = samples.get(samples.size() - 1);
    Report.FastOpen fastOpen =
        last.failed() ? null : new FastOpenTrial(plan, managers).towards(address, isNative, seen);
    return report(samples, last, retransmits, fastOpen);
  }

  private List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    Recorder recorder = new Recorder(seen, each -> {});
    try (ConnectionManager manager = managers.forOne(address, recorder, FastOpen.OFF)) {
      Sampler sampler = new Sampler(plan, address, manager, recorder);
      int failures = 0;
      while (samples.size() < plan.samples() && failures < MOST_FAILURES) {
        Sample sample = sampler.take(samples.size() == plan.samples() - 1);
        samples.add(sample);
        failures += sample.failed() ? 1 : 0;
      }
    }
    return samples;
  }

  private Report.Address report(
      List<Sample> samples, Sample last, long synRetransmits, Report.FastOpen fastOpen) {
    addSteps(last);
    TcpInfo info = last.tcpInfo() != null ? last.tcpInfo() : last.handshake().tcpInfo();
    return new Report.Address(
        AddressText.of(address),
        address.getAddress() instanceof Inet6Address ? "IPv6" : "IPv4",
        !last.failed(),
        new Report.Waterfall(List.copyOf(steps)),
        spread(samples, each -> each.handshake().connectMillis()),
        spread(samples, each -> each.tls() == null ? null : each.handshake().tlsMillis()),
        plan.isHttp() ? spread(samples, Sample::firstByteMillis) : null,
        samples.size(),
        (int) samples.stream().filter(Sample::failed).count(),
        info,
        isNative ? synRetransmits : null,
        last.tls(),
        Certificates.of(last.handshake().chain(), Instant.now()),
        fastOpen,
        plan.isHttp() ? null : last.line(),
        plan.isHttp() ? last.line() : null,
        last.failed() ? facts(last.failure()) : null);
  }

  private static Report.Spread spread(List<Sample> samples, Function<Sample, Double> time) {
    return Report.Spread.of(
        samples.stream()
            .filter(each -> !each.failed())
            .map(time)
            .filter(Objects::nonNull)
            .toList());
  }

  private void addSteps(Sample sample) {
    FailurePhase failedIn = sample.failed() ? failure(sample.failure()).phase() : null;
    Recorder.Handshake handshake = sample.handshake();
    if (handshake.connectMillis() == null) {
      if (sample.failed()) {
        add("connect", failureMillis(sample), true);
      }
      return;
    }
    add("connect", handshake.connectMillis(), false);
    if (handshake.tlsMillis() != null) {
      boolean failed = failedIn == FailurePhase.TLS_HANDSHAKE;
      add("TLS", failed ? failureMillis(sample) : handshake.tlsMillis(), failed);
    }
    if (sample.firstByteMillis() != null) {
      add(plan.isHttp() ? "first byte" : "greeting", sample.firstByteMillis(), sample.failed());
    }
  }

  private static double failureMillis(Sample sample) {
    return failure(sample.failure()).elapsed().toNanos() / 1e6;
  }

  private void add(String name, double millis, boolean failed) {
    steps.add(new Report.Step(name, millis, failed));
  }

  static FailureFacts facts(IOException thrown) {
    return FailureFacts.of(thrown, failure(thrown));
  }

  private static ConnectionFailure failure(IOException thrown) {
    return Failures.find(thrown).orElseThrow(() -> new UncheckedIOException(thrown));
  }
}
