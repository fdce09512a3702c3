package io.trunkline.failure;

import java.net.SocketTimeoutException;

/**
 * A read or write limit passed. The socket stays usable; {@code bytesTransferred} tells how much
 * was written.
 */
public final class TransferTimedOutException extends SocketTimeoutException
    implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  TransferTimedOutException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
