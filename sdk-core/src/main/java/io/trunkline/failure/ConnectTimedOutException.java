package io.trunkline.failure;

import java.net.SocketTimeoutException;

/** The handshake had no answer, by the own deadline (errno 0) or by the kernel's (ETIMEDOUT). */
public final class ConnectTimedOutException extends SocketTimeoutException
    implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  ConnectTimedOutException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
