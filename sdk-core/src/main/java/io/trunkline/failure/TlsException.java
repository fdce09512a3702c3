package io.trunkline.failure;

import javax.net.ssl.SSLException;

/** TLS failed on an established connection, which is dead. */
public final class TlsException extends SSLException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  TlsException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
