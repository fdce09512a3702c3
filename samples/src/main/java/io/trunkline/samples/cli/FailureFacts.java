package io.trunkline.samples.cli;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.util.Locale;

/**
 * What a failure says of itself, as any program may read it that catches an IOException.
 *
 * @param exception its class
 * @param caughtAs the class of the JDK that it extends
 * @param title the kind in words
 * @param errno 0 where the kernel gave none
 * @param unansweredSyns null where the kernel could not be asked
 * @param note what this case adds; null if nothing
 * @param explained where docs/failures.md has more
 */
public record FailureFacts(
    String exception,
    String caughtAs,
    String kind,
    String title,
    String phase,
    int errno,
    String errnoName,
    double elapsedMillis,
    Integer unansweredSyns,
    boolean requestBytesSent,
    String advice,
    String adviceInWords,
    String hint,
    String note,
    String message,
    String explained) {

  public static FailureFacts of(IOException thrown, ConnectionFailure failure) {
    return new FailureFacts(
        thrown.getClass().getSimpleName(),
        thrown.getClass().getSuperclass().getName(),
        failure.kind().name(),
        failure.kind().title(),
        failure.phase().name(),
        failure.errno(),
        Errno.name(failure.errno()),
        failure.elapsed().toNanos() / 1e6,
        failure.unansweredSyns() == FailureDetails.UNKNOWN ? null : failure.unansweredSyns(),
        failure.requestBytesSent(),
        failure.advice().name(),
        failure.advice().words(),
        failure.kind().hint(),
        failure.details().note().orElse(null),
        thrown.getMessage(),
        "docs/failures.md#" + failure.kind().name().toLowerCase(Locale.ROOT));
  }

  /** Kind, phase, errno and time, in one line for people. */
  public String inOneLine() {
    return kind
        + " in phase "
        + phase
        + (errno == 0 ? ", no errno" : ", errno " + errno + " " + errnoName)
        + ", after "
        + Page.millis(elapsedMillis);
  }

  /** Whether it says anything of SYNs. */
  public boolean isOfTheConnect() {
    return phase.equals(FailurePhase.CONNECT.name());
  }

  /** How many SYNs had no answer, for people. */
  public String syns() {
    if (unansweredSyns == null) {
      return "unanswered SYNs not known";
    }
    return unansweredSyns + (unansweredSyns == 1 ? " SYN unanswered" : " SYNs unanswered");
  }
}
