package io.trunkline.pool;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.FailedDial;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** What a pool says to those whom it cannot serve, and the dial that failed last. Thread-safe. */
final class PoolFailures {
  private final EndpointPool pool;
  private final AtomicReference<Last> last = new AtomicReference<>();

  /** A failed dial, when it failed, and whether the endpoint has answered since. */
  private record Last(IOException failure, long atNanos, boolean recovered) {}

  PoolFailures(EndpointPool pool) {
    this.pool = pool;
  }

  void dialFailed(IOException failure) {
    last.set(new Last(failure, pool.shared().ticker().nanoTime(), false));
  }

  void dialSucceeded() {
    Last latest = last.get();
    if (latest != null && !latest.recovered()) {
      // A failure that comes meanwhile is a later one.
      last.compareAndSet(latest, new Last(latest.failure(), latest.atNanos(), true));
    }
  }

  /**
   * A probe was answered, or somebody closed the breaker: that says nothing of TLS, nor of what an
   * initializer does.
   */
  void probeAnswered() {
    Last latest = last.get();
    if (latest != null && phaseOf(latest.failure()).compareTo(FailurePhase.CONNECT) <= 0) {
      dialSucceeded();
    }
  }

  private static FailurePhase phaseOf(IOException failure) {
    return Failures.find(failure)
        .map(ConnectionFailure::phase)
        .orElse(FailurePhase.INITIALIZE); // as what an initializer threw has none
  }

  /** The latest dial that failed. */
  Optional<FailedDial> last(long now) {
    return Optional.ofNullable(last.get())
        .map(
            it ->
                new FailedDial(
                    described(it.failure()),
                    Duration.ofNanos(Math.max(0, now - it.atNanos())),
                    it.recovered()));
  }

  /** What an initializer threw has no kind of its own, and its text is not for everybody. */
  private IOException described(IOException failure) {
    if (failure instanceof ConnectionFailure) {
      return failure;
    }
    FailureKind kind =
        Failures.find(failure)
            .map(ConnectionFailure::kind)
            .orElseGet(() -> FailureClassifier.ofException(failure, FailurePhase.INITIALIZE));
    return Failures.exception(
        FailureDetails.of(kind, FailurePhase.INITIALIZE)
            .withEndpoint(pool.endpoint())
            .withNote("the initializer threw " + failure.getClass().getName()),
        failure);
  }

  IOException managerClosed() {
    return Failures.exception(of(FailureKind.CLOSED).withNote("the connection manager is closed"));
  }

  IOException queueFull() {
    return Failures.exception(of(FailureKind.QUEUE_FULL).withNote(situation()), recent());
  }

  IOException acquireTimedOut(long elapsedNanos) {
    return Failures.exception(
        of(FailureKind.ACQUIRE_TIMED_OUT).withElapsedNanos(elapsedNanos).withNote(situation()),
        recent());
  }

  private FailureDetails of(FailureKind kind) {
    return FailureDetails.of(kind, FailurePhase.ACQUIRE).withEndpoint(pool.endpoint());
  }

  /** The failure of the latest dial, unless the endpoint has answered since. */
  private IOException recent() {
    Last latest = last.get();
    return latest == null || latest.recovered() ? null : latest.failure();
  }

  /** Joined, for Formatter takes a lock of the JVM and here thousands may fail at once. */
  private String situation() {
    int idle = pool.idle();
    TotalCap total = pool.shared().total();
    return (pool.room().open() - idle)
        + (" of " + pool.settings().maxPerEndpoint() + " connections leased, ")
        + (idle + " idle, ")
        + (pool.room().dialling() + " being dialled, ")
        + (pool.room().waiting() + " callers waiting, ")
        + (total.taken() + " of " + total.max() + " connections in all")
        + (pool.breaker().refuses() ? ", circuit breaker open" : "");
  }
}
