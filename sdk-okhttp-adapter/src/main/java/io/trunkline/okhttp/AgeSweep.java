package io.trunkline.okhttp;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/**
 * Ends connections that are too old while nobody uses them. One sweep over all is ahead as long as
 * any of them has an age limit, at the earliest end of one. Thread-safe.
 */
final class AgeSweep {
  /** What a sweep says where nothing has an age limit. */
  static final long NONE = Long.MAX_VALUE;

  private static final long LEAST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LongUnaryOperator sweep;
  private final LongSupplier clock;
  private final Later later;

  /** Guards the plan. Nothing is called under it. */
  private final ReentrantLock lock = new ReentrantLock();

  private boolean isPlanned;
  private long plannedNanos;

  /** Runs an action after some nanoseconds. */
  interface Later {
    void run(long delayNanos, Runnable action);
  }

  /**
   * @param sweep ends what has expired at the time that it is given, and returns in how many
   *     nanoseconds the next one does, or {@link #NONE}
   */
  AgeSweep(LongUnaryOperator sweep, LongSupplier clock, Later later) {
    this.sweep = sweep;
    this.clock = clock;
    this.later = later;
  }

  /** Something expires in so many nanoseconds: there is a sweep soon after that. */
  void expiresIn(long nanos) {
    long delay = Math.max(nanos, LEAST_DELAY_NANOS);
    long at = clock.getAsLong() + delay;
    lock.lock();
    try {
      if (isPlanned && at - plannedNanos >= 0) {
        return;
      }
      isPlanned = true;
      plannedNanos = at; // one that was planned for later finds that it is not wanted any more
    } finally {
      lock.unlock();
    }
    later.run(delay, () -> sweep(at));
  }

  private void sweep(long at) {
    lock.lock();
    try {
      if (!isPlanned || plannedNanos != at) {
        return;
      }
      isPlanned = false; // what comes while we look plans its own
    } finally {
      lock.unlock();
    }
    long next = sweep.applyAsLong(clock.getAsLong());
    if (next != NONE) {
      expiresIn(next);
    }
  }
}
