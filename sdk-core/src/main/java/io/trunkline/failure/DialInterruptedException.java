package io.trunkline.failure;

import java.io.InterruptedIOException;

/** The thread was interrupted while it acquired or dialled. Its interrupt flag is set. */
public final class DialInterruptedException extends InterruptedIOException
    implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  DialInterruptedException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
