package io.trunkline;

import io.trunkline.config.RetrySettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.pool.RetryBudget;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** Runs exchanges over leases, and repeats them where {@link RetryRule} says so. Thread-safe. */
final class Calls {
  private final ConnectionPools pools;
  private final RetrySettings settings;
  private final ToLongFunction<Endpoint> acquireTimeoutNanos;
  private final ConnectionListener listener;

  Calls(
      ConnectionPools pools,
      RetrySettings settings,
      ToLongFunction<Endpoint> acquireTimeoutNanos,
      ConnectionListener listener) {
    this.listener = listener;
    this.pools = pools;
    this.settings = settings;
    this.acquireTimeoutNanos = acquireTimeoutNanos;
  }

  <T> T call(Endpoint endpoint, boolean idempotent, Exchange<T> exchange) throws IOException {
    RetryBudget budget = pools.retryBudget(endpoint);
    budget.called();
    Deadline deadline =
        Deadline.afterNanos(Ticker.SYSTEM, acquireTimeoutNanos.applyAsLong(endpoint));
    IOException earlier = null;
    for (int attempt = 1; ; attempt++) {
      Attempt<T> tried = attempt(endpoint, idempotent, exchange, deadline);
      if (tried.failure() == null) {
        return tried.result();
      }
      if (earlier != null && earlier != tried.failure()) {
        tried.failure().addSuppressed(earlier);
      }
      earlier = tried.failure();
      long pause = tried.rule() == RetryRule.AFTER_BACKOFF ? backoffNanos(attempt) : 0;
      if (tried.rule() == RetryRule.GIVE_UP
          || attempt >= settings.maxAttempts()
          || deadline.remainingNanos() <= pause
          || !budget.tryRetry()) {
        throw tried.failure();
      }
      pause(endpoint, pause, tried.failure());
      listener.retried(endpoint, tried.kind());
    }
  }

  /**
   * @param failure null if it went well; then there is a result, which may be null
   * @param kind null if it is not known; then nothing is repeated
   */
  private record Attempt<T>(T result, IOException failure, FailureKind kind, RetryRule rule) {}

  private <T> Attempt<T> attempt(
      Endpoint endpoint, boolean idempotent, Exchange<T> exchange, Deadline deadline)
      throws IOException {
    Lease lease;
    try {
      lease = new Lease(pools.acquire(endpoint, deadline.remainingNanos()), false);
    } catch (IOException failed) {
      return failed instanceof ConnectionFailure failure
          ? new Attempt<>(null, failed, failure.kind(), RetryRule.withoutLease(failure))
          : new Attempt<>(null, failed, null, RetryRule.GIVE_UP);
    }
    long sentBefore = lease.bytesSent();
    try (lease) {
      T result = exchange.run(lease);
      lease.release();
      return new Attempt<>(result, null, null, RetryRule.GIVE_UP);
    } catch (IOException failed) {
      Optional<ConnectionFailure> failure = failureOf(endpoint, lease, failed);
      boolean sent =
          lease.bytesSent() != sentBefore || failure.map(Calls::mayHaveSent).orElse(true);
      RetryRule.Seen seen = new RetryRule.Seen(lease.isReused(), sent, lease.isAnswered());
      return new Attempt<>(
          null,
          failed,
          failure.map(ConnectionFailure::kind).orElse(null),
          failure
              .map(known -> RetryRule.onLease(known, seen, idempotent))
              .orElse(RetryRule.GIVE_UP));
    }
  }

  /**
   * What happened to the connection: the failure in what the exchange threw, or the end of the
   * stream, which only the exchange can call a failure.
   */
  private static Optional<ConnectionFailure> failureOf(
      Endpoint endpoint, Lease lease, IOException thrown) {
    Optional<ConnectionFailure> told = Failures.find(thrown);
    if (told.isPresent()) {
      return told.filter(it -> it.endpoint().filter(endpoint::equals).isPresent());
    }
    FailureDetails end = FailureDetails.of(FailureKind.PEER_CLOSED, FailurePhase.READ);
    return lease.sawEnd() ? Optional.of(() -> end) : Optional.empty();
  }

  /**
   * The jdk transport does not tell how much of a failed write left. The native one counts each
   * byte.
   */
  private static boolean mayHaveSent(ConnectionFailure failure) {
    return failure.phase() == FailurePhase.WRITE
        && failure.errno() == Errno.NONE
        && failure.requestBytesSent();
  }

  /** Doubles with each attempt, less a random part of up to a half. */
  private long backoffNanos(int attempt) {
    long longest = settings.longestBackoff().toNanos();
    long pause = settings.firstBackoff().toNanos();
    for (int i = 1; i < attempt && pause < longest; i++) {
      pause *= 2;
    }
    pause = Math.min(pause, longest);
    return pause - (long) (pause / 2.0 * ThreadLocalRandom.current().nextDouble());
  }

  private static void pause(Endpoint endpoint, long nanos, IOException failure) throws IOException {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw Failures.exception(
          FailureDetails.of(FailureKind.INTERRUPTED, FailurePhase.ACQUIRE)
              .withEndpoint(endpoint)
              .withNote("while waiting to repeat an exchange that had failed"),
          failure);
    }
  }
}
