package io.trunkline.failure;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Dials to the endpoint kept failing and are refused for now: nothing was sent, and nothing is
 * tried for this caller. The cause is the failure that opened the circuit breaker, where there is
 * one. A probe in the background finds out when the endpoint answers again.
 */
public final class CircuitOpenException extends IOException implements ConnectionFailure {
  private static final long serialVersionUID = 1;

  private final FailureDetails details;
  private final Duration openFor;
  private final Duration nextProbeIn;

  /**
   * @param openFor how long the breaker has been open
   * @param nextProbeIn when the endpoint is tried again; empty if no probe is due
   * @param why the failure that opened it, or null
   */
  public CircuitOpenException(
      FailureDetails details, Duration openFor, Optional<Duration> nextProbeIn, IOException why) {
    super(details.message());
    if (why != null) {
      initCause(why);
    }
    this.details = details;
    this.openFor = openFor;
    this.nextProbeIn = nextProbeIn.orElse(null);
  }

  @Override
  public FailureDetails details() {
    return details;
  }

  /** How long the breaker had been open when this was thrown. */
  public Duration openFor() {
    return openFor;
  }

  /**
   * When, from the moment this was thrown, the endpoint is tried again, zero if that is being done;
   * empty if the breaker was opened by hand and is not probed.
   */
  public Optional<Duration> nextProbeIn() {
    return Optional.ofNullable(nextProbeIn);
  }
}
