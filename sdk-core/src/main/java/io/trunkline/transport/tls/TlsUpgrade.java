package io.trunkline.transport.tls;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS put on a connected socket by somebody who sets its parameters, and answers for the check of
 * the name. One thread runs it, once; whoever closes the socket ends it.
 */
public final class TlsUpgrade {
  private final TransportSocket connected;
  private final Endpoint endpoint;
  private final JsseHandshake handshake;

  /**
   * @param endpoint named in failures; its host and port are the key of JSSE's session cache
   */
  public TlsUpgrade(TransportSocket connected, Endpoint endpoint, SSLSocketFactory factory)
      throws IOException {
    this.connected = connected;
    this.endpoint = endpoint;
    this.handshake =
        new JsseHandshake(connected, endpoint, factory, endpoint.host(), UnaryOperator.identity());
  }

  /** Where the parameters of the TLS handshake are set, and the session is found after it. */
  public SSLSocket parameters() {
    return handshake.ssl();
  }

  /**
   * Makes the TLS handshake.
   *
   * @return the socket that speaks TLS
   * @throws IOException why it failed; a {@link io.trunkline.failure.ConnectionFailure} of phase
   *     {@link FailurePhase#TLS_HANDSHAKE}. The caller closes the socket
   */
  public TransportSocket run(Deadline until) throws IOException {
    long start = System.nanoTime();
    Optional<TransportSocket> secured = handshake.run(until);
    if (secured.isPresent()) {
      return secured.get();
    }
    throw Failures.exception(
        FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.TLS_HANDSHAKE)
            .withEndpoint(endpoint)
            .withAddress((InetSocketAddress) connected.getRemoteSocketAddress())
            .withElapsedNanos(System.nanoTime() - start));
  }
}
