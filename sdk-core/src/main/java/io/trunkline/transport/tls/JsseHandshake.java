package io.trunkline.transport.tls;

import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A TLS handshake of JSSE, which may be left and run on. */
final class JsseHandshake implements TlsLayer.Handshake {
  private final TransportSocket raw;
  private final RawInput in;
  private final RawOutput out;
  private final RawView view;
  private final TlsFailures failures;
  private final SSLSocket ssl;
  private final int writeLimitMillis;
  private long startNanos;

  /**
   * @param parameters gives JSSE's own parameters those of the settings
   */
  JsseHandshake(
      TransportSocket raw,
      Endpoint endpoint,
      SSLSocketFactory factory,
      String host,
      UnaryOperator<SSLParameters> parameters)
      throws IOException {
    this.raw = raw;
    in = new RawInput(raw);
    out = new RawOutput(raw);
    view = new RawView(raw, in, out);
    failures = new TlsFailures(raw, endpoint, in, out);
    writeLimitMillis = raw.getWriteTimeout();
    // Host and port are the key of JSSE's session cache.
    ssl = (SSLSocket) factory.createSocket(view, host, endpoint.port(), true);
    ssl.setSSLParameters(parameters.apply(ssl.getSSLParameters()));
  }

  /** JSSE's own socket. */
  SSLSocket ssl() {
    return ssl;
  }

  @Override
  public Optional<TransportSocket> run(Deadline until) throws IOException {
    if (startNanos == 0) {
      startNanos = System.nanoTime();
    }
    if (until.hasPassed()) {
      return Optional.empty();
    }
    in.until(until);
    out.until(until);
    try {
      ssl.startHandshake();
      HostCheck.check(ssl);
      return Optional.of(established());
    } catch (SocketTimeoutException limitPassed) {
      if (out.failure() == null && in.failure() == null) {
        return Optional.empty(); // JSSE keeps its state, in the middle of a record too
      }
      throw failures.inHandshake(limitPassed, startNanos);
    } catch (IOException failed) {
      throw failures.inHandshake(failed, startNanos);
    }
  }

  private TransportSocket established() throws IOException {
    in.handshakeDone();
    out.handshakeDone(writeLimitMillis);
    failures.handshakeDone();
    return new TlsSocket(raw, ssl, view, in, out, failures);
  }
}
