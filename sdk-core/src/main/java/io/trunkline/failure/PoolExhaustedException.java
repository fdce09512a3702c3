package io.trunkline.failure;

import java.io.IOException;

/** No connection could be had in time, or the wait queue is full: kind tells which. */
public final class PoolExhaustedException extends IOException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  PoolExhaustedException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
