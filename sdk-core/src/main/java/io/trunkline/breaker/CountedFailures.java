package io.trunkline.breaker;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.Set;

/** Which failed dials speak against an endpoint. Immutable and thread-safe. */
final class CountedFailures {
  /** A SYN that is not answered is repeated after this time, and so counted twice by the kernel. */
  private static final Duration SYN_REPEATED_AFTER = Duration.ofSeconds(1);

  private static final int SYN_AND_REPETITION = 2;

  private final Set<FailureKind> kinds;

  CountedFailures(Set<FailureKind> kinds) {
    this.kinds = kinds;
  }

  /**
   * Whether a dial that failed on one address or several speaks against the endpoint: one address
   * that does is enough, as no other took the handshake.
   *
   * @param cutShort whether the caller gave it less time than the connect timeout
   */
  boolean count(IOException failure, boolean cutShort) {
    if (failure instanceof ConnectionFailure one && counts(one, cutShort)) {
      return true;
    }
    for (Throwable other : failure.getSuppressed()) {
      if (other instanceof IOException io && count(io, cutShort)) {
        return true;
      }
    }
    return false;
  }

  private boolean counts(ConnectionFailure failure, boolean cutShort) {
    if (failure.phase() != FailurePhase.CONNECT && failure.phase() != FailurePhase.TLS_HANDSHAKE) {
      return false;
    }
    return switch (failure.kind()) {
      // Who gave up had its reason, and the endpoint may have none to blame.
      case INTERRUPTED, CLOSED -> false;
      case TIMED_OUT ->
          kinds.contains(FailureKind.TIMED_OUT) && (!cutShort || synWentUnanswered(failure));
      case DENIED -> kinds.contains(FailureKind.DENIED) && synMayHaveLeft(failure);
      default -> kinds.contains(failure.kind());
    };
  }

  private static boolean synWentUnanswered(ConnectionFailure failure) {
    return failure.unansweredSyns() == FailureDetails.UNKNOWN
        ? failure.elapsed().compareTo(SYN_REPEATED_AFTER) >= 0
        : failure.unansweredSyns() >= SYN_AND_REPETITION;
  }

  /**
   * EPERM is a firewall of this host; no errno is a policy of this process. EACCES is an ICMPv6
   * message «administratively prohibited», or a rule of this host; with IPv4, where the message
   * becomes EHOSTUNREACH, only the latter.
   */
  private static boolean synMayHaveLeft(ConnectionFailure failure) {
    return failure.errno() == Errno.EACCES
        && failure.address().map(it -> it.getAddress() instanceof Inet6Address).orElse(false);
  }
}
