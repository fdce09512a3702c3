package io.trunkline.failure;

import java.net.UnknownHostException;

/** The host name gave no address, or not in time. */
public final class ResolutionException extends UnknownHostException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  ResolutionException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
