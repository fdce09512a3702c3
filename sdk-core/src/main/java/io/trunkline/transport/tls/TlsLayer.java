package io.trunkline.transport.tls;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Puts TLS on connected sockets. Thread-safe. */
public interface TlsLayer {
  /** No TLS: refuses every endpoint that wants it, so that nothing is ever sent in the clear. */
  TlsLayer REFUSING =
      new TlsLayer() {
        @Override
        public Duration timeout() {
          return Duration.ZERO;
        }

        @Override
        public Handshake begin(TransportSocket connected, Endpoint endpoint) throws IOException {
          throw Failures.exception(
              FailureDetails.of(FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE)
                  .withEndpoint(endpoint)
                  .withNote("this manager speaks no TLS"));
        }
      };

  /** The limit of a TLS handshake, counted from the end of the TCP handshake. */
  Duration timeout();

  /**
   * Prepares a TLS handshake, and sends nothing yet.
   *
   * @param connected the socket to speak over. The dial closes it, from any thread, to end a
   *     handshake that nobody waits for any more
   * @throws IOException if TLS cannot be spoken with this endpoint at all
   */
  Handshake begin(TransportSocket connected, Endpoint endpoint) throws IOException;

  /** One TLS handshake. One thread at a time runs it; another may run it on. */
  interface Handshake {
    /**
     * Works on the handshake until it ends or the time does. May be called again after it returned
     * empty, by any thread: JSSE goes on with a handshake that a read limit cut short (measured on
     * JDK 17 and 25, in the middle of a record, too).
     *
     * @return the socket that speaks TLS; empty only if the time ended first
     * @throws IOException why the handshake failed; a {@link
     *     io.trunkline.failure.ConnectionFailure} of phase {@link FailurePhase#TLS_HANDSHAKE}
     */
    Optional<TransportSocket> run(Deadline until) throws IOException;
  }
}
