package io.trunkline.connect;

import io.trunkline.config.ResolveSettings;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What lookups found out about one endpoint, and what it is worth at a moment. Guarded by the lock
 * of its {@link BookEntry}.
 *
 * <pre>
 *   answered ─────── refresh due ─────── TTL ────────────────────── stale-for
 *     fresh: served      fresh: served,    stale: served while lookups   nothing
 *                        looked up anew    fail or are slow
 * </pre>
 */
final class Knowledge {
  /** Between two lookups that nobody waits for. */
  static final long SHORTEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int MOST_DOUBLINGS = 10;

  private final long ttlNanos;
  private final long negativeTtlNanos;
  private final long staleForNanos;

  private List<InetSocketAddress> addresses = List.of();
  private Throwable failure;
  private int failures;

  // Moments.
  private long refreshNanos;
  private long freshUntilNanos;
  private long staleUntilNanos;
  private long negativeUntilNanos;
  private long retryNanos;

  Knowledge(ResolveSettings settings, long now) {
    this.ttlNanos = settings.ttl().toNanos();
    this.negativeTtlNanos = settings.negativeTtl().toNanos();
    this.staleForNanos = settings.staleFor().toNanos();
    this.refreshNanos = now;
    this.freshUntilNanos = now;
    this.staleUntilNanos = now;
    this.negativeUntilNanos = now;
    this.retryNanos = now;
  }

  /** The last that was found, however old. */
  List<InetSocketAddress> addresses() {
    return addresses;
  }

  boolean isFresh(long now) {
    return now - freshUntilNanos < 0;
  }

  /** Whether the addresses can be used, at least where lookups fail. */
  boolean isUsable(long now) {
    return now - staleUntilNanos < 0;
  }

  boolean lastLookupFailed() {
    return failures > 0;
  }

  /** The failure of the last lookup while it is not worth repeating, else null. */
  Throwable negative(long now) {
    return now - negativeUntilNanos < 0 ? failure : null;
  }

  /** Whether a lookup is due that nobody waits for. */
  boolean isRefreshDue(long now) {
    return now - refreshNanos >= 0 && now - retryNanos >= 0;
  }

  /** Nanoseconds until nothing is worth keeping; not positive if nothing is now. */
  long leftNanos(long now) {
    return Math.max(staleUntilNanos - now, negativeUntilNanos - now);
  }

  /** Nanoseconds until the next lookup that nobody waits for. */
  long succeeded(List<InetSocketAddress> found, long now) {
    addresses = found;
    failure = null;
    failures = 0;
    freshUntilNanos = now + ttlNanos;
    staleUntilNanos = freshUntilNanos + staleForNanos;
    long pause = Math.max(SHORTEST_PAUSE_NANOS, ttlNanos / 5 * 4);
    refreshNanos = now + pause;
    retryNanos = now;
    return pause;
  }

  /**
   * The same after a failed lookup: from the negative TTL, at least a second, doubling up to the
   * TTL.
   */
  long failed(Throwable why, long now) {
    long first = Math.max(SHORTEST_PAUSE_NANOS, negativeTtlNanos);
    long pause = Math.max(first, Math.min(first << Math.min(failures, MOST_DOUBLINGS), ttlNanos));
    failure = why;
    failures++;
    negativeUntilNanos = now + negativeTtlNanos;
    retryNanos = now + pause;
    return pause;
  }

  /** It may be wrong: the next one who asks waits for a lookup, and nothing holds that back. */
  void expire(long now) {
    if (isFresh(now)) {
      freshUntilNanos = now;
    }
    failures = 0;
    refreshNanos = now;
    retryNanos = now;
    negativeUntilNanos = now;
  }
}
