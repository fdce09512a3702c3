package io.trunkline.okhttp;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;

/** Why a call got no leave. */
final class Refusals {
  private final int perEndpoint;
  private final int inAll;

  Refusals(int perEndpoint, int inAll) {
    this.perEndpoint = perEndpoint;
    this.inAll = inAll;
  }

  IOException of(Endpoint endpoint, FailureKind kind, long waitedNanos) {
    return Failures.exception(
        FailureDetails.of(kind, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withElapsedNanos(waitedNanos)
            .withNote(
                "at most "
                    + perEndpoint
                    + " connections to it and "
                    + inAll
                    + " in all may be in use"));
  }

  static IOException cancelled(Endpoint endpoint) {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withNote("the call was cancelled"));
  }
}
