package io.trunkline.samples.quickstart;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The comparison against an endpoint of the user's. Nothing is known of its protocol, so
 * connections are opened and closed, and nothing is sent.
 */
final class EndpointTour {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int GREETING_MILLIS = 500;
  private static final int QUIET_MILLIS = 20;
  private static final Exchange NOTHING = (input, output) -> {};

  private final Endpoint endpoint;
  private final Effort effort;
  private final TransportMode mode;
  private final Progress progress;
  private final TextReport text;
  private final Verdicts verdicts = new Verdicts();

  EndpointTour(
      Endpoint endpoint, Effort effort, TransportMode mode, Progress progress, TextReport text) {
    this.endpoint = endpoint;
    this.effort = effort.forForeignServer();
    this.mode = mode;
    this.progress = progress;
    this.text = text;
  }

  /** What one first connection showed. */
  private record Probe(InetSocketAddress address, boolean greets) {}

  Report run() throws IOException {
    progress.expect(2);
    try (ConnectionManager first = ConnectionManager.builder().transport(mode).build()) {
      progress.step("Connecting to " + endpoint);
      Probe probe;
      try (Socket socket = first.dial(endpoint)) {
        probe =
            new Probe(
                (InetSocketAddress) socket.getRemoteSocketAddress(),
                readGreeting(socket.getInputStream()));
      } catch (IOException failed) {
        progress.clear();
        return noConnection(first.transport(), failed);
      }
      return compare(probe);
    }
  }

  private Report noConnection(TransportInfo transport, IOException failed) throws IOException {
    if (!(failed instanceof ConnectionFailure failure)) {
      throw failed;
    }
    Report.Failure shown =
        new Report.Failure(
            "no connection",
            "No connection to " + endpoint,
            "dialled " + endpoint,
            FailureFacts.of(failed, failure),
            null,
            List.of());
    text.failure(1, shown);
    text.transport(transport, null);
    verdicts.expect(false, "no connection to " + endpoint + ", so there is nothing to compare");
    return report(transport, List.of(), List.of(shown), null);
  }

  private Report compare(Probe probe) throws IOException {
    progress.step("Comparing on " + endpoint);
    ConnectionManager.Builder builder = ConnectionManager.builder().transport(mode);
    if (probe.greets()) {
      // Bytes that nobody read would make every idle connection unclean.
      builder.onOpen(lease -> readGreeting(lease.input()));
    }
    try (ConnectionManager manager = builder.build()) {
      text.comparisons(
          effort,
          "One caller gets a connection to "
              + probe.address().getAddress().getHostAddress()
              + " and gives it back; nothing is sent");
      Report.Comparison result =
          new Comparison(
                  endpoint + ", connection only",
                  "connections",
                  effort,
                  List.of(
                      new Variant.NewSocket(probe.address(), CONNECT_MILLIS, NOTHING),
                      new Variant.Pooled(manager, endpoint, NOTHING)),
                  progress)
              .run();
      LocalTour.judgePool(result, verdicts);
      progress.clear();
      text.comparison(result);
      text.comparisonsNote(
          probe.greets()
              ? "This server speaks first. Trunkline reads its greeting once, after each handshake"
                  + " (onOpen); the java.net.Socket does not wait for it, which favours it."
              : "A request comes on top of this, and costs the same either way.");
      TcpInfo tcpInfo = tcpInfo(manager);
      text.transport(manager.transport(), tcpInfo);
      return report(manager.transport(), List.of(result), List.of(), tcpInfo);
    }
  }

  private Report report(
      TransportInfo transport,
      List<Report.Comparison> comparisons,
      List<Report.Failure> failures,
      TcpInfo tcpInfo) {
    Report report = Report.of(transport, comparisons, failures, tcpInfo, verdicts.notAsAnnounced());
    text.end(report);
    return report;
  }

  private TcpInfo tcpInfo(ConnectionManager manager) throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      TcpInfo info = lease.tcpInfo().orElse(null);
      lease.release();
      return info;
    }
  }

  /**
   * Reads what the server says unasked, until it says no more; whether it said anything. A read
   * with a limit would do for the first part, but a read that times out makes a lease unfit.
   */
  private static boolean readGreeting(InputStream input) throws IOException {
    boolean any = false;
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GREETING_MILLIS);
    while (System.nanoTime() - until < 0) {
      int available = input.available();
      if (available > 0) {
        input.skipNBytes(available);
        any = true;
        until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS);
      } else {
        pause();
      }
    }
    return any;
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(1);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a greeting");
    }
  }
}
