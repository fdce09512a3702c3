package io.trunkline.net;

/** What a circuit breaker lets through. */
public enum BreakerState {
  /** Dials are made. */
  CLOSED,
  /** Dials are refused; a probe tests the endpoint from time to time. */
  OPEN,
  /** Dials are refused; a probe tests the endpoint now. */
  HALF_OPEN,
  /** Dials are made and not judged. */
  DISABLED
}
