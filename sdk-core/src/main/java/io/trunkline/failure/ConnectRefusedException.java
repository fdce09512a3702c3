package io.trunkline.failure;

import java.net.ConnectException;

/** The address answered the handshake with a refusal. See {@link FailureKind#REFUSED}. */
public final class ConnectRefusedException extends ConnectException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  ConnectRefusedException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
