package io.trunkline.net;

import java.io.IOException;
import java.time.Duration;

/**
 * A dial that failed.
 *
 * @param failure why; it implements {@code io.trunkline.failure.ConnectionFailure}
 * @param ago time since then
 */
public record FailedDial(IOException failure, Duration ago) {}
