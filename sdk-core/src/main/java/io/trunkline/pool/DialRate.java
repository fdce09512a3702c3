package io.trunkline.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * At most so many dials a second, spread over it: the generic cell rate algorithm. Each dial has a
 * moment of its own, one interval after the one before, and a tenth of a second's worth may come
 * together after a pause. Whoever reserves a moment may begin its dial then; so several pools that
 * share a rate take turns. Thread-safe, never blocks.
 */
final class DialRate {
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int BURSTS_A_SECOND = 10;

  private final long intervalNanos;
  private final long toleranceNanos;

  /** The moment of the next dial if the dials had come evenly. */
  private final AtomicLong next;

  /**
   * @param perSecond 0 for no limit
   */
  DialRate(int perSecond, long now) {
    intervalNanos = perSecond == 0 ? 0 : SECOND_NANOS / perSecond;
    // What comes at once is at least the one dial whose moment it is.
    toleranceNanos = intervalNanos * Math.max(0, perSecond / BURSTS_A_SECOND - 1);
    next = new AtomicLong(now);
  }

  boolean isLimited() {
    return intervalNanos > 0;
  }

  /** Takes the next moment for a dial: now or later, on the clock that now is of. */
  long reserve(long now) {
    if (!isLimited()) {
      return now;
    }
    for (; ; ) {
      long seen = next.get();
      long even = seen - now < 0 ? now : seen;
      if (next.compareAndSet(seen, even + intervalNanos)) {
        return even - now <= toleranceNanos ? now : even - toleranceNanos;
      }
    }
  }
}
