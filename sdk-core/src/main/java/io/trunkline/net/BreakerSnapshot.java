package io.trunkline.net;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The circuit breaker of one endpoint at one moment.
 *
 * @param state what it lets through
 * @param openFor how long it has been open; empty if it is not
 * @param failureRatePercent the part of the dials in its window that failed, 0 to 100; empty where
 *     there were too few to judge
 * @param nextProbeIn when the endpoint is tried again, zero if that is being done; empty if no
 *     probe is due
 * @param lastFailure the latest failure that counted; it implements {@code
 *     io.trunkline.failure.ConnectionFailure}
 */
public record BreakerSnapshot(
    BreakerState state,
    Optional<Duration> openFor,
    OptionalDouble failureRatePercent,
    Optional<Duration> nextProbeIn,
    Optional<IOException> lastFailure) {}
