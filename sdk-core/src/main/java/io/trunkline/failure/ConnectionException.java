package io.trunkline.failure;

import java.net.SocketException;

/** Any other failure of a dial, and every fatal failure of an established connection. */
public final class ConnectionException extends SocketException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  ConnectionException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
