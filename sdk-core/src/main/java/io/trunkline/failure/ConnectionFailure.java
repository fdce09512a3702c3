package io.trunkline.failure;

import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * What every exception of Trunkline says of itself. The exceptions extend what Java code already
 * catches ({@link java.net.ConnectException}, {@link java.net.SocketTimeoutException} and so on);
 * this interface tells the rest. {@link Failures#find} gets it out of whatever another library
 * wrapped around it.
 */
public interface ConnectionFailure {
  /** All that is known of the failure. */
  FailureDetails details();

  /** What really happened. */
  default FailureKind kind() {
    return details().kind();
  }

  /** How far the request had come. */
  default FailurePhase phase() {
    return details().phase();
  }

  /** What was asked for; empty for a socket that was connected without a manager. */
  default Optional<Endpoint> endpoint() {
    return details().endpoint();
  }

  /** The address that was tried; empty if it never came to one. */
  default Optional<InetSocketAddress> address() {
    return details().address();
  }

  /**
   * The raw errno, 0 where the kernel gave none: own deadlines, and everything on the jdk
   * transport.
   */
  default int errno() {
    return details().errno();
  }

  /** How long the failed operation took. */
  default Duration elapsed() {
    return details().elapsed();
  }

  /**
   * SYNs sent without an answer, {@link FailureDetails#UNKNOWN} where the kernel could not be
   * asked.
   */
  default int unansweredSyns() {
    return details().unansweredSyns();
  }

  /** Whether the kernel had accepted any byte of the request, so that the peer may have seen it. */
  default boolean requestBytesSent() {
    return details().requestBytesSent();
  }

  /** What a repetition could do about it. */
  default RetryAdvice advice() {
    return details().advice();
  }
}
