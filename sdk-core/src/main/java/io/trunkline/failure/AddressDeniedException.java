package io.trunkline.failure;

import java.io.IOException;

/** The address policy refused an address; no socket was opened to it. */
public final class AddressDeniedException extends IOException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  AddressDeniedException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
