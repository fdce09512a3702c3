package io.trunkline.net;

import java.io.IOException;
import java.time.Duration;

/**
 * A dial that failed.
 *
 * @param failure why; it implements {@code io.trunkline.failure.ConnectionFailure}
 * @param ago time since then
 * @param recovered whether the endpoint has answered since: a connection was opened, or, where the
 *     handshake had failed, a probe was answered or the circuit breaker closed
 */
public record FailedDial(IOException failure, Duration ago, boolean recovered) {}
