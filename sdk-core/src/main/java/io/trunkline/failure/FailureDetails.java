package io.trunkline.failure;

import io.trunkline.net.Endpoint;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * All that is known of a failure. Immutable and thread-safe; {@code with} methods give changed
 * copies.
 */
public final class FailureDetails implements Serializable {
  private static final long serialVersionUID = 1;

  /** The count of unanswered SYNs where the kernel was not or could not be asked. */
  public static final int UNKNOWN = -1;

  private final FailureKind kind;
  private final FailurePhase phase;
  private final Endpoint endpoint;
  private final InetSocketAddress address;
  private final int errno;
  private final Duration elapsed;
  private final int unansweredSyns;
  private final boolean requestBytesSent;
  private final String note;

  private FailureDetails(
      FailureKind kind,
      FailurePhase phase,
      Endpoint endpoint,
      InetSocketAddress address,
      int errno,
      Duration elapsed,
      int unansweredSyns,
      boolean requestBytesSent,
      String note) {
    this.kind = Objects.requireNonNull(kind);
    this.phase = Objects.requireNonNull(phase);
    this.endpoint = endpoint;
    this.address = address;
    this.errno = errno;
    this.elapsed = elapsed;
    this.unansweredSyns = unansweredSyns;
    this.requestBytesSent = requestBytesSent;
    this.note = note;
  }

  /** A failure of which only kind and phase are known yet. */
  public static FailureDetails of(FailureKind kind, FailurePhase phase) {
    return new FailureDetails(kind, phase, null, null, Errno.NONE, null, UNKNOWN, false, null);
  }

  /** A failure that the kernel gave an errno for; its kind follows from it. */
  public static FailureDetails ofErrno(int errno, FailurePhase phase) {
    return of(FailureClassifier.ofErrno(errno, phase), phase).withErrno(errno);
  }

  public FailureDetails withKind(FailureKind value) {
    return new FailureDetails(
        value, phase, endpoint, address, errno, elapsed, unansweredSyns, requestBytesSent, note);
  }

  public FailureDetails withPhase(FailurePhase value) {
    return new FailureDetails(
        kind, value, endpoint, address, errno, elapsed, unansweredSyns, requestBytesSent, note);
  }

  public FailureDetails withEndpoint(Endpoint value) {
    return new FailureDetails(
        kind, phase, value, address, errno, elapsed, unansweredSyns, requestBytesSent, note);
  }

  public FailureDetails withAddress(InetSocketAddress value) {
    return new FailureDetails(
        kind, phase, endpoint, value, errno, elapsed, unansweredSyns, requestBytesSent, note);
  }

  public FailureDetails withErrno(int value) {
    return new FailureDetails(
        kind, phase, endpoint, address, value, elapsed, unansweredSyns, requestBytesSent, note);
  }

  /** Nanoseconds from the beginning of the operation to its failure. */
  public FailureDetails withElapsedNanos(long nanos) {
    return new FailureDetails(
        kind,
        phase,
        endpoint,
        address,
        errno,
        Duration.ofNanos(nanos),
        unansweredSyns,
        requestBytesSent,
        note);
  }

  public FailureDetails withUnansweredSyns(int value) {
    return new FailureDetails(
        kind, phase, endpoint, address, errno, elapsed, value, requestBytesSent, note);
  }

  public FailureDetails withRequestBytesSent(boolean value) {
    return new FailureDetails(
        kind, phase, endpoint, address, errno, elapsed, unansweredSyns, value, note);
  }

  /** What this very case adds to the words of its kind, such as the state of a pool. */
  public FailureDetails withNote(String value) {
    return new FailureDetails(
        kind, phase, endpoint, address, errno, elapsed, unansweredSyns, requestBytesSent, value);
  }

  public FailureKind kind() {
    return kind;
  }

  public FailurePhase phase() {
    return phase;
  }

  /** What was asked for; empty for a socket that was connected without a manager. */
  public Optional<Endpoint> endpoint() {
    return Optional.ofNullable(endpoint);
  }

  /** The address that was tried; empty if it never came to one. */
  public Optional<InetSocketAddress> address() {
    return Optional.ofNullable(address);
  }

  /**
   * The raw errno, 0 where the kernel gave none: own deadlines, and everything on the jdk
   * transport.
   */
  public int errno() {
    return errno;
  }

  /** How long the failed operation took, zero if it was not timed. */
  public Duration elapsed() {
    return elapsed == null ? Duration.ZERO : elapsed;
  }

  /** SYNs sent without an answer, {@link #UNKNOWN} where the kernel could not be asked. */
  public int unansweredSyns() {
    return unansweredSyns;
  }

  /** Whether the kernel had accepted any byte of the request, so that the peer may have seen it. */
  public boolean requestBytesSent() {
    return requestBytesSent;
  }

  /** What this very case adds to the words of its kind; empty if nothing. */
  public Optional<String> note() {
    return Optional.ofNullable(note);
  }

  public RetryAdvice advice() {
    return kind.advice(phase);
  }

  /** One line: what happened, to whom, after how long, and what to look at. */
  public String message() {
    StringBuilder line = new StringBuilder(256);
    if (endpoint != null) {
      line.append(endpoint);
      if (address != null && !addressText().equals(endpoint.toString())) {
        line.append(" (").append(addressText()).append(')');
      }
      line.append(": ");
    } else if (address != null) {
      line.append(addressText()).append(": ");
    }
    line.append(kind.title()).append(", ").append(phase.words());
    if (elapsed != null) {
      line.append(", after ").append(millis(elapsed)).append(" ms");
    }
    appendFacts(line);
    if (note != null) {
      line.append("; ").append(note);
    }
    return line.append("; ")
        .append(kind.hint())
        .append("; advice: ")
        .append(advice().words())
        .toString();
  }

  /** A few words, for a list of failures: the address, and what happened there. */
  public String brief() {
    StringBuilder words = new StringBuilder();
    if (address != null) {
      words.append(addressText()).append(' ');
    }
    words.append(kind.title());
    if (phase == FailurePhase.TLS_HANDSHAKE) {
      words.append(' ').append(phase.words());
    }
    return words.toString();
  }

  private void appendFacts(StringBuilder line) {
    String opening = " [";
    if (errno != Errno.NONE) {
      line.append(opening).append(Errno.name(errno));
      opening = ", ";
    } else if (kind == FailureKind.TIMED_OUT) {
      line.append(opening).append("own deadline");
      opening = ", ";
    }
    if (unansweredSyns > 0) {
      line.append(opening)
          .append(unansweredSyns)
          .append(unansweredSyns == 1 ? " SYN unanswered" : " SYNs unanswered");
      opening = ", ";
    }
    if (requestBytesSent) {
      line.append(opening).append("request bytes were sent");
      opening = ", ";
    }
    if (!opening.equals(" [")) {
      line.append(']');
    }
  }

  private String addressText() {
    String ip =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip) + ":" + address.getPort();
  }

  /**
   * Without Formatter, which takes a lock of the whole JVM for fractions: thousands may fail at
   * once.
   */
  private static String millis(Duration time) {
    long nanos = time.toNanos();
    int decimals = nanos < 1_000_000 ? 2 : nanos < 10_000_000 ? 1 : 0;
    return BigDecimal.valueOf(nanos, 6).setScale(decimals, RoundingMode.HALF_UP).toPlainString();
  }

  @Override
  public String toString() {
    return message();
  }
}
