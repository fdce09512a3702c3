package io.trunkline.failure;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Makes the exception that fits a failure, and finds the failure in an exception. */
public final class Failures {
  private Failures() {}

  /**
   * The exception whose Java type says what callers already catch: see DESIGN in {@code
   * docs/failures.md}.
   *
   * @param cause what led to it, or null
   */
  public static IOException exception(FailureDetails details, Throwable cause) {
    IOException failure = exception(details);
    if (cause != null) {
      failure.initCause(cause);
    }
    return failure;
  }

  /** The same without a cause. */
  public static IOException exception(FailureDetails details) {
    return switch (details.kind()) {
      case RESOLUTION_FAILED -> new ResolutionException(details);
      case READ_TIMED_OUT, WRITE_TIMED_OUT -> new TransferTimedOutException(details);
      case ACQUIRE_TIMED_OUT, QUEUE_FULL -> new PoolExhaustedException(details);
      case BREAKER_OPEN -> new CircuitOpenException(details, Duration.ZERO, Optional.empty(), null);
      case DENIED_BY_POLICY -> new AddressDeniedException(details);
      case INTERRUPTED -> new DialInterruptedException(details);
      // On an established connection these are fatal, and java.net has SocketException for that.
      case REFUSED ->
          established(details)
              ? new ConnectionException(details)
              : new ConnectRefusedException(details);
      case TIMED_OUT ->
          established(details)
              ? new ConnectionException(details)
              : new ConnectTimedOutException(details);
      case HOST_UNREACHABLE, NETWORK_UNREACHABLE ->
          established(details)
              ? new ConnectionException(details)
              : new UnreachableException(details);
      case CERTIFICATE_EXPIRED,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_NAME_MISMATCH,
          TLS_PROTOCOL,
          TLS_TRUNCATED,
          TLS_FAILED ->
          established(details) ? new TlsException(details) : new TlsHandshakeException(details);
      // What the JDK says of a peer that leaves in the TLS handshake.
      case PEER_CLOSED ->
          details.phase() == FailurePhase.TLS_HANDSHAKE
              ? new TlsHandshakeException(details)
              : new ConnectionException(details);
      default -> new ConnectionException(details);
    };
  }

  /**
   * What to throw of a later attempt at a request, of which an earlier attempt has sent bytes: the
   * same failure, of the same type and with the first one as cause, which says so. Else a refused
   * dial at the end would look as if the peer had never seen the request.
   *
   * @return the throwable itself, if no failure is found in it, or one that says so already
   */
  public static IOException afterSending(IOException thrown) {
    ConnectionFailure last = find(thrown).orElse(null);
    if (last == null || last.requestBytesSent()) {
      return thrown;
    }
    FailureDetails details = last.details().withRequestBytesSent(true);
    return last instanceof CircuitOpenException open
        ? new CircuitOpenException(details, open.openFor(), open.nextProbeIn(), thrown)
        : exception(details, thrown);
  }

  private static boolean established(FailureDetails details) {
    return details.phase().isEstablished();
  }

  /**
   * The failure in a throwable, its causes, or what they suppressed; the outermost one wins, but
   * one of kind CLOSED only if there is no other: whoever gives up on a connection closes it, and
   * what ends by that is not the reason.
   *
   * @param thrown may be null
   */
  public static Optional<ConnectionFailure> find(Throwable thrown) {
    return find(thrown, each -> each.kind() != FailureKind.CLOSED)
        .or(() -> find(thrown, each -> true));
  }

  /**
   * What of a throwable may stand in a message, a line of a log or a recording: the message of the
   * failure that it is or that led to it, else its class alone. The texts of callbacks and of the
   * libraries beneath them may hold what is not to be written down: the JDK puts whole URLs into
   * them, with their queries.
   */
  public static String safeText(Throwable thrown) {
    return (thrown instanceof ConnectionFailure ours ? Optional.of(ours) : find(thrown))
        .map(found -> found.details().message())
        .orElseGet(() -> thrown.getClass().getName());
  }

  /**
   * The same for a log with stack traces: stands for a throwable and its causes, without the texts
   * that are not Trunkline's.
   */
  public static Throwable safeForLog(Throwable thrown) {
    return StandIn.of(thrown);
  }

  /** The first line of one throwable, whatever its causes are. */
  static String shown(Throwable thrown) {
    String name = thrown.getClass().getName();
    return thrown instanceof ConnectionFailure failure
        ? name + ": " + failure.details().message()
        : name;
  }

  private static Optional<ConnectionFailure> find(
      Throwable thrown, Predicate<ConnectionFailure> wanted) {
    return find(thrown, wanted, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static Optional<ConnectionFailure> find(
      Throwable thrown, Predicate<ConnectionFailure> wanted, Set<Throwable> seen) {
    if (thrown == null || !seen.add(thrown)) {
      return Optional.empty();
    }
    if (thrown instanceof ConnectionFailure failure && wanted.test(failure)) {
      return Optional.of(failure);
    }
    Optional<ConnectionFailure> found = find(thrown.getCause(), wanted, seen);
    for (Throwable suppressed : thrown.getSuppressed()) {
      if (found.isPresent()) {
        break;
      }
      found = find(suppressed, wanted, seen);
    }
    return found;
  }
}
