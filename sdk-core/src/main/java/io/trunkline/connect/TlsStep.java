package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** The TLS handshake of a dial, over the connection that won the race. */
final class TlsStep {
  private final Connector connector;
  private final Endpoint endpoint;
  private final Attempt attempt;
  private final Deadline deadline;
  private final long startNanos;
  private TlsLayer.Handshake handshake;

  /** Its time runs from now. */
  TlsStep(Connector connector, Endpoint endpoint, Attempt attempt) {
    this.connector = connector;
    this.endpoint = endpoint;
    this.attempt = attempt;
    this.startNanos = connector.ticker().nanoTime();
    this.deadline = connector.after(connector.tlsTimeoutNanos(endpoint));
  }

  /**
   * Works on the handshake until it ends or the caller's time does.
   *
   * @return the socket that speaks TLS; null if the caller's time ended first
   * @throws java.nio.channels.ClosedByInterruptException if the thread was interrupted
   */
  TransportSocket run(Deadline until) throws IOException {
    if (handshake == null) {
      handshake = connector.tls(endpoint).begin(attempt.socket(), endpoint);
    }
    Deadline limit = until.orEarlier(deadline);
    attempt.limitFirstFlight(limit);
    Optional<TransportSocket> secured =
        new InterruptibleWait(attempt).run(() -> handshake.run(limit));
    if (secured.isPresent()) {
      String protocol = secured.get().tlsSession().map(SSLSession::getProtocol).orElse("TLS");
      connector.listener().tlsEstablished(endpoint, attempt.address, elapsedNanos(), protocol);
      return secured.get();
    }
    if (deadline.hasPassed()) {
      throw Failures.exception(about(FailureKind.TIMED_OUT));
    }
    return null;
  }

  long elapsedNanos() {
    return connector.ticker().nanoTime() - startNanos;
  }

  /**
   * Tells of the failure, unless it is that of the TCP handshake, which Fast Open left to the first
   * write and which has told of itself; the dial goes on with the addresses that remain.
   */
  IOException failed(IOException thrown) {
    if (attempt.flightFailure().isPresent()) {
      return attempt.flightFailure().get();
    }
    IOException failure =
        thrown instanceof ConnectionFailure
            ? thrown
            : Failures.exception(about(FailureKind.TLS_FAILED).withNote(thrown.toString()), thrown);
    connector.listener().tlsFailed(endpoint, attempt.address, elapsedNanos(), failure);
    return failure;
  }

  private FailureDetails about(FailureKind kind) {
    return FailureDetails.of(kind, FailurePhase.TLS_HANDSHAKE)
        .withEndpoint(endpoint)
        .withAddress(attempt.address)
        .withElapsedNanos(elapsedNanos());
  }
}
