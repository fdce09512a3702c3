package io.trunkline.okhttp;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import java.util.Optional;
import okhttp3.Protocol;

/**
 * A call that ended.
 *
 * @param endpoint of its last request: redirects may have led it elsewhere
 * @param elapsedNanos from the moment that the adapter got it until its end, the reading of the
 *     response included
 * @param protocol empty if it had no connection: it was answered by the cache, or failed before
 * @param reused whether its last connection had served before
 * @param failure why it failed; empty if it did not
 */
public record FinishedCall(
    Endpoint endpoint,
    long elapsedNanos,
    Optional<Protocol> protocol,
    boolean reused,
    Optional<FailureKind> failure) {}
