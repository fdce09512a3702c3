package io.trunkline.breaker;

import io.trunkline.connect.Connector;
import io.trunkline.connect.Dial;
import io.trunkline.connect.DialTimings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.net.ProbeReport;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** Dials that are made for the handshakes alone. Thread-safe. */
public final class Handshakes implements Handshake {
  private final Connector connector;
  private final Ticker ticker;

  public Handshakes(Connector connector, Ticker ticker) {
    this.connector = connector;
    this.ticker = ticker;
  }

  @Override
  public void with(Endpoint endpoint) throws IOException {
    closeQuietly(finished(connector.dial(endpoint)));
  }

  /** Its own deadline ends it, connected or with a failure. */
  private static TransportSocket finished(Dial dial) throws IOException {
    Optional<TransportSocket> connected;
    do {
      connected = dial.run(dial.deadline());
    } while (connected.isEmpty());
    return connected.get();
  }

  private static void closeQuietly(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }

  /**
   * Shakes hands with each address of the endpoint in turn. The connect timeout is that of the
   * resolution, and of each handshake.
   *
   * @throws IOException if the name has no address, or the thread was interrupted
   */
  public ProbeReport report(Endpoint endpoint) throws IOException {
    long start = ticker.nanoTime();
    Duration timeout = Duration.ofNanos(connector.timeoutNanos(endpoint));
    Deadline deadline = Deadline.after(ticker, timeout);
    Optional<List<InetSocketAddress>> resolved;
    do {
      resolved = connector.resolve(endpoint, deadline);
    } while (resolved.isEmpty());
    Duration resolveTime = Duration.ofNanos(ticker.nanoTime() - start);
    List<ProbeReport.Address> reports = new ArrayList<>();
    for (InetSocketAddress address : resolved.get()) {
      reports.add(report(endpoint, address, timeout));
    }
    return new ProbeReport(endpoint, resolveTime, List.copyOf(reports));
  }

  private ProbeReport.Address report(Endpoint endpoint, InetSocketAddress address, Duration timeout)
      throws IOException {
    Dial dial = connector.dial(endpoint, address, timeout);
    try {
      TransportSocket socket = finished(dial);
      try {
        DialTimings timings = dial.timings();
        return new ProbeReport.Address(
            address,
            Optional.of(Duration.ofNanos(timings.connectNanos())),
            tlsTime(endpoint, timings),
            socket.tlsSession().map(SSLSession::getProtocol),
            socket.tcpInfo(),
            Optional.empty());
      } finally {
        closeQuietly(socket);
      }
    } catch (IOException failed) {
      if (!(failed instanceof ConnectionFailure failure) || isOwnEnd(failure)) {
        throw failed;
      }
      boolean connected = failure.phase() == FailurePhase.TLS_HANDSHAKE;
      return new ProbeReport.Address(
          address,
          connected
              ? Optional.of(Duration.ofNanos(dial.timings().connectNanos()))
              : Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.of(failed));
    }
  }

  private static Optional<Duration> tlsTime(Endpoint endpoint, DialTimings timings) {
    return endpoint.isTls() ? Optional.of(Duration.ofNanos(timings.tlsNanos())) : Optional.empty();
  }

  /** Of the address it says nothing. */
  private static boolean isOwnEnd(ConnectionFailure failure) {
    return failure.kind() == FailureKind.INTERRUPTED || failure.kind() == FailureKind.CLOSED;
  }
}
