package io.trunkline.soak;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** What became of the exchanges. */
final class Tally {
  /** What the proxy, the resolver, and callers among themselves can bring about, and no other. */
  private static final Set<FailureKind> TO_BE_EXPECTED =
      EnumSet.of(
          FailureKind.RESOLUTION_FAILED,
          FailureKind.REFUSED,
          FailureKind.TIMED_OUT,
          FailureKind.RESET,
          FailureKind.PEER_CLOSED,
          FailureKind.TLS_TRUNCATED,
          FailureKind.READ_TIMED_OUT,
          FailureKind.WRITE_TIMED_OUT,
          FailureKind.ACQUIRE_TIMED_OUT,
          FailureKind.QUEUE_FULL,
          FailureKind.BREAKER_OPEN,
          FailureKind.INTERRUPTED,
          FailureKind.CLOSED);

  private final TransportMode transport;
  private final LongAdder answered = new LongAdder();
  private final LongAdder walkedAway = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();

  Tally(TransportMode transport) {
    this.transport = transport;
  }

  void answered() {
    answered.increment();
  }

  void walkedAway() {
    walkedAway.increment();
  }

  long exchanges() {
    return answered.sum();
  }

  long failed() {
    return failures.values().stream().mapToLong(LongAdder::sum).sum();
  }

  void failed(IOException failed) {
    if (failed instanceof Answers.CutOff) {
      count("cut off");
      return;
    }
    ConnectionFailure failure = Failures.find(failed).orElse(null);
    if (failure == null || !isToBeExpected(failure)) {
      broken(new AssertionError("not of a kind that is to be expected", failed));
      return;
    }
    if (failure.kind() == FailureKind.INTERRUPTED && !Thread.currentThread().isInterrupted()) {
      broken(new AssertionError("interrupted, and the flag is lost", failed));
    }
    count(failure.kind() + " " + failure.phase());
  }

  /**
   * At an outage the listener's kernel resets what waits to be accepted; if that comes before the
   * dial returns, the JDK throws a bare SocketException.
   */
  private boolean isToBeExpected(ConnectionFailure failure) {
    return TO_BE_EXPECTED.contains(failure.kind())
        || transport == TransportMode.JDK
            && failure.kind() == FailureKind.OTHER
            && failure.phase() == FailurePhase.CONNECT;
  }

  /** The lease was closed by somebody else between two things done with it. */
  void cancelled() {
    count("cancelled");
  }

  /** Whether it came at once, and would come again. */
  static boolean isRefusal(IOException failed) {
    FailureKind kind = Failures.find(failed).map(ConnectionFailure::kind).orElse(null);
    return kind == FailureKind.BREAKER_OPEN || kind == FailureKind.QUEUE_FULL;
  }

  private void count(String what) {
    failures.computeIfAbsent(what, name -> new LongAdder()).increment();
  }

  void broken(Throwable why) {
    broken.compareAndSet(null, why);
  }

  boolean isBroken() {
    return broken.get() != null;
  }

  void throwIfBroken() {
    if (isBroken()) {
      throw new IllegalStateException("what must not be", broken.get());
    }
  }

  @Override
  public String toString() {
    return answered
        + " exchanges, "
        + walkedAway
        + " walked away from, "
        + failed()
        + " failed "
        + new TreeMap<>(failures);
  }
}
