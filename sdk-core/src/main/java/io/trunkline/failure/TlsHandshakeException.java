package io.trunkline.failure;

import javax.net.ssl.SSLHandshakeException;

/** The TLS handshake failed, for a reason of TLS: certificate, name, protocol, alert. */
public final class TlsHandshakeException extends SSLHandshakeException
    implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  TlsHandshakeException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
