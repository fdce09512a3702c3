package io.trunkline.okhttp;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Gives a kind to exceptions that OkHttp throws of its own: it stays as it is, for callers look at
 * its type, and {@link Failures#find} finds the failure among what it suppressed.
 */
final class CallFailures {
  private CallFailures() {}

  /** Adds the failure to an exception that has none. */
  static void attach(IOException thrown, CallState call, boolean isCancelled) {
    FailureKind found = found(thrown);
    FailureKind kind = kind(thrown, call, isCancelled);
    boolean isKnown = found != null && (found != FailureKind.CLOSED || kind == FailureKind.CLOSED);
    if (!isKnown) {
      IOException explained = Failures.exception(details(kind, thrown, call));
      explained.setStackTrace(new StackTraceElement[0]); // the other one has it
      thrown.addSuppressed(explained);
    }
  }

  /** The failure in an exception, or what it means. */
  static IOException explain(IOException thrown, CallState call) {
    return Failures.find(thrown)
        .filter(IOException.class::isInstance)
        .map(IOException.class::cast)
        .orElseGet(
            () -> Failures.exception(details(kind(thrown, call, false), thrown, call), thrown));
  }

  private static FailureKind found(IOException thrown) {
    return Failures.find(thrown).map(ConnectionFailure::kind).orElse(null);
  }

  private static FailureDetails details(FailureKind kind, IOException thrown, CallState call) {
    CallStep step = call.step();
    return FailureDetails.of(kind, step.phase)
        .withEndpoint(call.endpoint())
        .withAddress(call.remote().orElse(null))
        .withElapsedNanos(call.elapsedNanos())
        .withRequestBytesSent(call.hasSent())
        .withNote(thrown.getMessage());
  }

  private static FailureKind kind(IOException thrown, CallState call, boolean isCancelled) {
    if (thrown instanceof SSLPeerUnverifiedException) {
      return FailureKind.CERTIFICATE_NAME_MISMATCH; // or its pin: the message says which
    }
    if (thrown instanceof SSLException) {
      return FailureKind.TLS_FAILED;
    }
    if (thrown instanceof InterruptedIOException) { // SocketTimeoutException among them
      boolean interrupted =
          thrown.getClass() == InterruptedIOException.class
              && Thread.currentThread().isInterrupted();
      return interrupted ? FailureKind.INTERRUPTED : call.step().timeout;
    }
    if (isCancelled) {
      return FailureKind.CLOSED;
    }
    if (thrown instanceof EOFException || thrown.getCause() instanceof EOFException) {
      return FailureKind.PEER_CLOSED;
    }
    if (found(thrown) == FailureKind.CLOSED) {
      return FailureKind.CLOSED;
    }
    FailureKind byType = FailureClassifier.ofException(thrown, call.step().phase);
    // Of a response that was cut off OkHttp says that the protocol is hurt. A stream that was reset
    // on a connection that has ended as well counts as its end: OkHttp itself resets the streams of
    // such a connection, and only a text would tell the two apart.
    boolean isPeers = call.hasPeerClosed() || isShutDown(thrown, call);
    return byType == FailureKind.OTHER && isPeers ? FailureKind.PEER_CLOSED : byType;
  }

  /**
   * Where a connection of HTTP/2 ended between the choice of it and the stream of this call, OkHttp
   * throws an exception without a word. Of all else that ends a stream it says something.
   */
  private static boolean isShutDown(IOException thrown, CallState call) {
    return call.isOnSharedConnection() && thrown.getMessage() == null && thrown.getCause() == null;
  }
}
