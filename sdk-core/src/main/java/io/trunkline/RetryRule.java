package io.trunkline;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.RetryAdvice;

/**
 * Whether an exchange may be repeated after a failure, and when. The advice of the failure says
 * what a repetition could do; this adds what is known of the request.
 */
enum RetryRule {
  /** It is not repeated. */
  GIVE_UP,
  /** It is repeated on another connection now. */
  AT_ONCE,
  /** It is repeated after a pause. */
  AFTER_BACKOFF;

  /**
   * What a lease saw of the exchange that failed on it.
   *
   * @param reused whether the connection had served before
   * @param sent whether the kernel may have taken any byte of the request
   * @param answered whether a byte of the answer came
   */
  record Seen(boolean reused, boolean sent, boolean answered) {}

  /** There was no lease, so nothing of the request was sent, and any request may be repeated. */
  static RetryRule withoutLease(ConnectionFailure failure) {
    if (failure.phase() == FailurePhase.ACQUIRE) {
      return GIVE_UP; // it has waited, or is told not to: more load is no help
    }
    return switch (failure.advice()) {
      // A dial has tried each address before it fails: there is no other one left.
      case NEVER, ANOTHER_ADDRESS -> GIVE_UP;
      // A new connection that dies before its first use is a server that does not want it now.
      case SAME_ADDRESS_AFTER_BACKOFF, NEW_CONNECTION_NOW -> AFTER_BACKOFF;
    };
  }

  /** The exchange failed on its lease. */
  static RetryRule onLease(ConnectionFailure failure, Seen seen, boolean idempotent) {
    boolean safe = !seen.answered() && (idempotent || !seen.sent());
    if (!safe) {
      return GIVE_UP;
    }
    RetryAdvice advice = failure.advice();
    if (failure.phase() == FailurePhase.CONNECT && !seen.reused()) {
      // With Fast Open the first write makes the handshake, and one address was tried, not all.
      return switch (advice) {
        case ANOTHER_ADDRESS -> AT_ONCE;
        case SAME_ADDRESS_AFTER_BACKOFF -> AFTER_BACKOFF;
        case NEVER, NEW_CONNECTION_NOW -> GIVE_UP;
      };
    }
    if (failure.phase() != FailurePhase.READ && failure.phase() != FailurePhase.WRITE) {
      return GIVE_UP;
    }
    if (advice == RetryAdvice.NEW_CONNECTION_NOW) {
      // A new connection that dies on a request may do so because of the request.
      return seen.reused() ? AT_ONCE : GIVE_UP;
    }
    return advice == RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF ? AFTER_BACKOFF : GIVE_UP;
  }
}
