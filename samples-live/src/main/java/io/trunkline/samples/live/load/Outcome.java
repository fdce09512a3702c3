package io.trunkline.samples.live.load;

import io.trunkline.failure.FailureKind;
import java.util.EnumSet;
import java.util.Set;

/** What became of a call. */
enum Outcome {
  OK,

  /** The network, or the peer, let it down. */
  FAILED,

  /** It ended on this side, before anything was sent: breaker, cap or queue. */
  SHED;

  private static final Set<FailureKind> ON_THIS_SIDE =
      EnumSet.of(FailureKind.BREAKER_OPEN, FailureKind.ACQUIRE_TIMED_OUT, FailureKind.QUEUE_FULL);

  static Outcome of(FailureKind kind) {
    return ON_THIS_SIDE.contains(kind) ? SHED : FAILED;
  }
}
