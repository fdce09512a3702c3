package io.trunkline.samples.quickstart;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import java.io.IOException;

/** Reads what a failure says of itself, as any program may that catches an IOException. */
final class FailureFacts {
  private FailureFacts() {}

  static Report.Facts of(IOException thrown, ConnectionFailure failure) {
    return new Report.Facts(
        thrown.getClass().getSimpleName(),
        thrown.getClass().getSuperclass().getName(),
        failure.kind().name(),
        failure.phase().name(),
        failure.errno(),
        Errno.name(failure.errno()),
        failure.elapsed().toNanos() / 1e6,
        failure.unansweredSyns() == FailureDetails.UNKNOWN ? null : failure.unansweredSyns(),
        failure.requestBytesSent(),
        failure.advice().name(),
        failure.advice().words(),
        failure.kind().hint(),
        thrown.getMessage());
  }
}
