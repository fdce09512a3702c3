package io.trunkline.okhttp;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;

/** Why a call got no leave. */
final class Refusals {
  private final OkHttpSettings settings;

  Refusals(OkHttpSettings settings) {
    this.settings = settings;
  }

  IOException of(Endpoint endpoint, FailureKind kind, long waitedNanos) {
    return Failures.exception(
        FailureDetails.of(kind, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withElapsedNanos(waitedNanos)
            .withNote(
                "at most "
                    + settings.maxConnectionsPerEndpoint(endpoint)
                    + " connections to it and "
                    + settings.maxConnections()
                    + " in all may be in use"));
  }

  static IOException cancelled(Endpoint endpoint) {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withNote("the call was cancelled"));
  }
}
