package io.trunkline.observe;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.net.TransportInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Events as a manager would raise them. */
public final class SampleEvents {
  public static final InetSocketAddress ADDRESS = new InetSocketAddress("192.0.2.77", 5432);
  public static final TransportInfo TRANSPORT = new TransportInfo(TransportInfo.JNI, "for a test");

  private SampleEvents() {}

  public static IOException failure(FailureKind kind) {
    return Failures.exception(FailureDetails.of(kind, FailurePhase.CONNECT).withAddress(ADDRESS));
  }

  public static IOException timedOut(int unansweredSyns) {
    return Failures.exception(
        FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT)
            .withUnansweredSyns(unansweredSyns));
  }

  public static TcpInfo tcpInfo(long rttMicros, long rttVarianceMicros, long totalRetransmits) {
    return new TcpInfo(
        TcpState.ESTABLISHED,
        true,
        true,
        true,
        false,
        7,
        7,
        FastOpenOutcome.NOT_USED,
        204_000,
        1448,
        536,
        0,
        0,
        0,
        0,
        rttMicros,
        rttVarianceMicros,
        10,
        totalRetransmits);
  }

  public static EndpointCounts counts(int active, int idle, int dialling, int waiting) {
    return new EndpointCounts(active, idle, dialling, waiting, 64, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Each event once, so that each meter exists. */
  public static void raiseAll(ConnectionListener listener, Endpoint endpoint) {
    listener.resolved(endpoint, 1_000, List.of(ADDRESS));
    listener.resolveFailed(endpoint, 1_000, failure(FailureKind.RESOLUTION_FAILED));
    listener.connectStarted(endpoint, ADDRESS);
    listener.connected(endpoint, ADDRESS, 1_000, Optional.of(tcpInfo(100, 10, 1)));
    listener.connectFailed(endpoint, ADDRESS, 1_000, failure(FailureKind.REFUSED));
    listener.connectCancelled(endpoint, ADDRESS, 1_000);
    listener.tlsEstablished(endpoint, ADDRESS, 1_000, "TLSv1.3");
    listener.tlsFailed(endpoint, ADDRESS, 1_000, failure(FailureKind.TLS_FAILED));
    listener.acquired(endpoint, 1_000, true);
    listener.acquired(endpoint, 1_000, false);
    listener.acquireFailed(endpoint, 1_000, failure(FailureKind.QUEUE_FULL));
    listener.released(endpoint, 1_000);
    listener.sampled(endpoint, ADDRESS, tcpInfo(100, 10, 3), 2);
    listener.closed(endpoint, ADDRESS, CloseReason.IDLE_TIMEOUT, 1_000);
    listener.leaked(endpoint, Optional.empty());
    listener.drained(endpoint, Optional.empty());
    listener.retried(endpoint, FailureKind.RESET);
    listener.breakerChanged(
        endpoint,
        BreakerState.CLOSED,
        BreakerState.OPEN,
        Optional.of(failure(FailureKind.REFUSED)));
    listener.probed(endpoint, 1_000, Optional.empty());
  }
}
