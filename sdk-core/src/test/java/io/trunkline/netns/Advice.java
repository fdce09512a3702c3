package io.trunkline.netns;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;

/** What failures have to advise: written down once more, so that the code does not prove itself. */
final class Advice {
  private Advice() {}

  static String of(FailureKind kind, FailurePhase phase) {
    return switch (kind) {
      case REFUSED, HOST_UNREACHABLE, NETWORK_UNREACHABLE, DENIED, ADDRESS_UNUSABLE ->
          "ANOTHER_ADDRESS";
      case RESET, PEER_CLOSED ->
          phase == FailurePhase.CONNECT ? "ANOTHER_ADDRESS" : "NEW_CONNECTION_NOW";
      case TLS_TRUNCATED -> "NEW_CONNECTION_NOW";
      case TIMED_OUT ->
          phase == FailurePhase.READ || phase == FailurePhase.WRITE
              ? "NEW_CONNECTION_NOW"
              : "SAME_ADDRESS_AFTER_BACKOFF";
      case RESOLUTION_FAILED, LOCAL_PORTS_EXHAUSTED, READ_TIMED_OUT, WRITE_TIMED_OUT ->
          "SAME_ADDRESS_AFTER_BACKOFF";
      case OTHER -> "NEVER";
      default -> throw new AssertionError("no network makes a " + kind);
    };
  }
}
