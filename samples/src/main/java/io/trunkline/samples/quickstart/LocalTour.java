package io.trunkline.samples.quickstart;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The whole quickstart, against servers in a second process. */
final class LocalTour {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int ECHO_BYTES = 64;

  private final Effort effort;
  private final TransportMode mode;
  private final Progress progress;
  private final TextReport text;
  private final Verdicts verdicts = new Verdicts();

  LocalTour(Effort effort, TransportMode mode, Progress progress, TextReport text) {
    this.effort = effort;
    this.mode = mode;
    this.progress = progress;
    this.text = text;
  }

  Report run() throws IOException, InterruptedException {
    progress.expect(3 + Provocations.COUNT);
    progress.step("Starting a second process with the servers");
    try (PeerProcess peers = PeerProcess.start();
        ConnectionManager manager = ConnectionManager.builder().transport(mode).build()) {
      progress.clear();
      text.comparisons(
          effort, "One caller, one request after another, to a server in a second process");
      List<Report.Comparison> comparisons = new ArrayList<>();
      comparisons.add(compare("TCP echo, " + ECHO_BYTES + " bytes", 0, peers, manager));
      comparisons.add(
          compare("HTTP GET, " + PeerHandlers.BODY_BYTES + " bytes", 1, peers, manager));
      text.comparisonsNote(
          "Loopback hides what a handshake really costs: one more round trip to the server. At 20 ms"
              + " to the server, the new connection alone takes those 20 ms; the pool still takes"
              + " none.");

      text.failuresHeading();
      List<Report.Failure> failures =
          new Provocations(peers, mode, verdicts, progress, text::failure).run();

      TransportInfo transport = manager.transport();
      TcpInfo tcpInfo = tcpInfo(manager, peers.echo()).orElse(null);
      verdicts.expect(
          tcpInfo != null || !transport.isNative(), "TCP_INFO: a native connection had none");
      progress.clear();
      text.transport(transport, tcpInfo);
      Report report =
          Report.of(transport, comparisons, failures, tcpInfo, verdicts.notAsAnnounced());
      text.end(report);
      return report;
    }
  }

  private Report.Comparison compare(
      String title, int server, PeerProcess peers, ConnectionManager manager)
      throws IOException, InterruptedException {
    progress.step(title + ": pooled against new connections");
    Endpoint endpoint = server == 0 ? peers.echo() : peers.http();
    Exchange exchange = server == 0 ? Exchange.echo(ECHO_BYTES) : Exchange.httpGet(endpoint.host());
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.port());
    long acceptedBefore = peers.accepted()[server];
    Report.Comparison result;
    // A manager counts what it dials and what it pools together, so each has one of its own.
    try (ConnectionManager dialling = ConnectionManager.builder().transport(mode).build()) {
      result =
          new Comparison(
                  title,
                  "requests",
                  effort,
                  List.of(
                      new Variant.NewSocket(address, CONNECT_MILLIS, exchange),
                      new Variant.Dialled(dialling, endpoint, exchange),
                      new Variant.Pooled(manager, endpoint, exchange)),
                  progress)
              .run()
              .withServerHandshakes(peers.accepted()[server] - acceptedBefore);
    }
    judge(result);
    progress.clear();
    text.comparison(result);
    return result;
  }

  private void judge(Report.Comparison result) {
    long claimed = result.variants().stream().mapToLong(Report.Variant::handshakes).sum();
    judgePool(result, verdicts);
    verdicts.expect(
        claimed == result.serverHandshakes(),
        result.title()
            + ": this side made "
            + claimed
            + " handshakes, but the server counted "
            + result.serverHandshakes());
  }

  /** What holds for a pool on any endpoint. */
  static void judgePool(Report.Comparison result, Verdicts verdicts) {
    Report.Variant pooled = result.pooled();
    verdicts.expect(
        pooled.handshakes() <= 3,
        result.title()
            + ": one caller needs one pooled connection, but there were handshakes: "
            + pooled.handshakes());
    verdicts.expect(
        pooled.reuseRatio() > 0.9,
        result.title()
            + ": more than 90 % of the pooled requests reuse a connection, but it was "
            + Math.round(pooled.reuseRatio() * 100)
            + " %");
    // The median, which a busy machine moves least.
    verdicts.expect(
        pooled.p50Micros() < result.baseline().p50Micros(),
        result.title()
            + ": pooled is faster than a new connection each, but p50 was "
            + pooled.p50Micros()
            + " us against "
            + result.baseline().p50Micros()
            + " us");
  }

  private static Optional<TcpInfo> tcpInfo(ConnectionManager manager, Endpoint endpoint)
      throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      Optional<TcpInfo> info = lease.tcpInfo();
      lease.release();
      return info;
    }
  }
}
