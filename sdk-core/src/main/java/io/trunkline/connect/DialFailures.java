package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The failures of the addresses of one dial, and the one exception that they become. */
final class DialFailures {
  private final List<IOException> failures = new ArrayList<>(1);

  /** Keeps the failure of an address; it implements {@link ConnectionFailure}. */
  void add(IOException failure) {
    failures.add(failure);
  }

  /**
   * The exception of the dial. Where several addresses failed it has the kind, errno and address of
   * the most telling failure, names all of them in its message, and has the others suppressed in
   * it, in the order in which they came.
   *
   * @param untried addresses that it did not come to
   */
  IOException asOne(int untried) {
    IOException telling = mostTelling();
    if (failures.size() == 1 && untried == 0) {
      return telling;
    }
    FailureDetails details = details(telling);
    IOException whole =
        Failures.exception(
            details.withNote(details.note().map(own -> own + "; ").orElse("") + listed(untried)));
    // An exception of another type may know more than its details.
    Throwable cause = whole.getClass() == telling.getClass() ? telling.getCause() : telling;
    if (cause != null) {
      whole.initCause(cause);
    }
    for (IOException each : failures) {
      if (each != telling) {
        whole.addSuppressed(each);
      }
    }
    return whole;
  }

  private String listed(int untried) {
    String all =
        failures.stream()
            .map(each -> details(each).brief())
            .collect(Collectors.joining(", ", "tried ", ""));
    return untried == 0 ? all : all + "; not tried: " + untried + " more";
  }

  private IOException mostTelling() {
    IOException best = failures.get(0);
    for (IOException each : failures) {
      if (rank(details(each)) >= rank(details(best))) {
        best = each;
      }
    }
    return best;
  }

  /** Whether another address may do better, so that this one should come after it for a while. */
  static boolean isOfAddress(FailureKind kind) {
    return switch (kind) {
      case REFUSED,
          TIMED_OUT,
          HOST_UNREACHABLE,
          NETWORK_UNREACHABLE,
          RESET,
          PEER_CLOSED,
          DENIED,
          ADDRESS_UNUSABLE,
          CERTIFICATE_EXPIRED,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_NAME_MISMATCH,
          TLS_PROTOCOL,
          TLS_FAILED ->
          true;
      default -> false;
    };
  }

  private static FailureDetails details(IOException failure) {
    return ((ConnectionFailure) failure).details();
  }

  /**
   * What says most about the service: how far a dial came with an address. An answer of its host
   * says more than silence, silence more than the lack of a way there, and that more than what lies
   * on this side alone. Only where nothing at all can be dialled from here does that come first.
   * Among equals the last one is told.
   */
  private static int rank(FailureDetails details) {
    if (details.phase() == FailurePhase.TLS_HANDSHAKE) {
      return 6;
    }
    return switch (details.kind()) {
      case DESCRIPTORS_EXHAUSTED, OUT_OF_BUFFERS -> 7;
      case REFUSED, RESET, PEER_CLOSED -> 5;
      case DENIED -> 4;
      case TIMED_OUT -> 3;
      case HOST_UNREACHABLE, LOCAL_PORTS_EXHAUSTED, OTHER -> 2;
      case NETWORK_UNREACHABLE -> 1;
      default -> 0; // no source address, a policy
    };
  }
}
