package io.trunkline.transport.tls;

import io.trunkline.failure.CertificateFailures;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Optional;

/**
 * What happened to one TLS connection: told by the socket under it first, then by the certificates,
 * then by the numbers of alerts that went by in the clear. The texts of JSSE are for people.
 */
final class TlsFailures {
  private final TransportSocket raw;
  private final Endpoint endpoint;
  private final RawInput in;
  private final RawOutput out;
  private volatile long handshakeBytes;

  TlsFailures(TransportSocket raw, Endpoint endpoint, RawInput in, RawOutput out) {
    this.raw = raw;
    this.endpoint = endpoint;
    this.in = in;
    this.out = out;
  }

  /** All that is sent from now on may be of a request. */
  void handshakeDone() {
    handshakeBytes = raw.bytesWritten();
  }

  // ---- the TLS handshake ----

  /** Why the TLS handshake failed. */
  IOException inHandshake(IOException thrown, long startNanos) {
    FailureDetails details =
        of(FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE)
            .withElapsedNanos(System.nanoTime() - startNanos)
            .withNote(thrown.getMessage());
    if (out.failure() instanceof ConnectionFailure failure
        && failure.phase() == FailurePhase.CONNECT) {
      return out.failure(); // the first flight of Fast Open is a connect, and closes what it fails
    }
    if (raw.isClosed()) {
      return Failures.exception(details.withKind(FailureKind.CLOSED).withNote(null), thrown);
    }
    if (out.failure() != null) {
      in.takeLastWords();
    }
    Optional<FailureDetails> byCertificate = CertificateFailures.explain(details, thrown);
    if (byCertificate.isPresent()) {
      return Failures.exception(byCertificate.get(), thrown);
    }
    if (in.watch().isAlien()) {
      return Failures.exception(
          details
              .withKind(FailureKind.TLS_PROTOCOL)
              .withNote("the peer does not speak TLS, it said: " + in.watch().beginning()),
          thrown);
    }
    if (in.watch().hasAlert()) {
      int alert = in.watch().alert();
      return Failures.exception(
          details
              .withKind(Alerts.kind(alert, in.watch().alertCameFirst()))
              .withNote(Alerts.words(alert)),
          thrown);
    }
    IOException lower = in.failure() != null ? in.failure() : out.failure();
    if (lower != null) {
      return ofLower(lower, details);
    }
    RecordWatch sent = out.watch();
    if (sent.isEmpty() || (sent.hasAlert() && Alerts.isOfProtocol(sent.alert()))) {
      return Failures.exception(details.withKind(FailureKind.TLS_PROTOCOL), thrown);
    }
    if (in.hasEnded()) {
      return Failures.exception(
          details
              .withKind(FailureKind.PEER_CLOSED)
              .withNote("in the middle of the TLS handshake, as a port without TLS does"),
          thrown);
    }
    return Failures.exception(details, thrown);
  }

  /** A failure of the socket under TLS, as one of the TLS handshake. */
  private IOException ofLower(IOException lower, FailureDetails details) {
    if (!(lower instanceof ConnectionFailure failure)) {
      return Failures.exception(
          details.withKind(
              lower instanceof SocketTimeoutException
                  ? FailureKind.TIMED_OUT
                  : FailureClassifier.ofException(lower, FailurePhase.READ)),
          lower);
    }
    FailureKind kind =
        switch (failure.kind()) {
          case READ_TIMED_OUT, WRITE_TIMED_OUT -> FailureKind.TIMED_OUT;
          default -> failure.kind();
        };
    return Failures.exception(
        details.withKind(kind).withErrno(failure.errno()).withNote(null), lower);
  }

  // ---- established ----

  /** Why a read or write failed. */
  IOException established(IOException thrown, FailurePhase phase, long startNanos) {
    FailureDetails details =
        of(FailureKind.TLS_FAILED, phase)
            .withElapsedNanos(System.nanoTime() - startNanos)
            .withRequestBytesSent(bytesSent())
            .withNote(thrown.getMessage());
    IOException lower = phase == FailurePhase.READ ? in.failure() : out.failure();
    if (lower == null && thrown instanceof SocketTimeoutException) {
      lower = thrown;
    }
    if (lower == null && raw.isClosed()) {
      return Failures.exception(details.withKind(FailureKind.CLOSED).withNote(null), thrown);
    }
    if (lower == null) {
      return Failures.exception(details, thrown);
    }
    if (lower instanceof ConnectionFailure failure) {
      return Failures.exception(
          failure
              .details()
              .withPhase(phase)
              .withElapsedNanos(System.nanoTime() - startNanos)
              .withRequestBytesSent(bytesSent())
              .withNote(
                  failure.kind() == FailureKind.WRITE_TIMED_OUT
                      ? "a TLS record was cut, so nothing more can be written"
                      : failure.details().note().orElse(null)),
          lower.getCause());
    }
    return Failures.exception(
        details.withKind(FailureClassifier.ofException(lower, phase)).withNote(null), lower);
  }

  /** TCP has ended, and TLS had not. */
  IOException truncated(long startNanos) {
    return Failures.exception(
        of(FailureKind.TLS_TRUNCATED, FailurePhase.READ)
            .withElapsedNanos(System.nanoTime() - startNanos)
            .withRequestBytesSent(bytesSent()));
  }

  /** The same failure, told to whoever asks next. */
  IOException again(IOException fatal, FailurePhase phase) {
    FailureDetails details = ((ConnectionFailure) fatal).details();
    return Failures.exception(
        details.withPhase(phase).withRequestBytesSent(bytesSent()), fatal.getCause());
  }

  IOException peerClosed(FailurePhase phase) {
    return Failures.exception(
        of(FailureKind.PEER_CLOSED, phase)
            .withRequestBytesSent(bytesSent())
            .withNote("it has sent its close_notify"));
  }

  IOException closed(FailurePhase phase) {
    return Failures.exception(of(FailureKind.CLOSED, phase).withRequestBytesSent(bytesSent()));
  }

  // ---- what they have in common ----

  FailureDetails of(FailureKind kind, FailurePhase phase) {
    return FailureDetails.of(kind, phase)
        .withEndpoint(endpoint)
        .withAddress((InetSocketAddress) raw.getRemoteSocketAddress());
  }

  private boolean bytesSent() {
    return raw.bytesWritten() > handshakeBytes;
  }
}
