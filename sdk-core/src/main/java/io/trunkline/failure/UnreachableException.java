package io.trunkline.failure;

import java.net.NoRouteToHostException;

/** There is no way to the host or to its network. */
public final class UnreachableException extends NoRouteToHostException
    implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;

  UnreachableException(FailureDetails details) {
    super(details.message());
    this.details = details;
  }

  @Override
  public FailureDetails details() {
    return details;
  }
}
