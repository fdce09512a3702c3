package io.trunkline.pool;

import io.trunkline.config.RetrySettings;
import io.trunkline.time.InnerLock;
import io.trunkline.time.Ticker;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many exchanges with one endpoint may be repeated: a part of the calls, counted over a window
 * that begins with the first retry. When all calls begin to fail, retries add little to the load.
 * Thread-safe; a call costs one count, and takes no lock.
 */
public final class RetryBudget {
  private static final long WINDOW_NANOS = 10_000_000_000L;
  private static final int PERCENT = 100;

  private final RetrySettings settings;
  private final Ticker ticker;
  private final LongAdder calls = new LongAdder();
  private final ReentrantLock lock = new InnerLock();

  // Guarded by the lock.
  private long windowSinceNanos;
  private long callsBefore;
  private long retries;

  RetryBudget(RetrySettings settings, Ticker ticker) {
    this.settings = settings;
    this.ticker = ticker;
    this.windowSinceNanos = ticker.nanoTime();
  }

  /** A call begins. */
  public void called() {
    calls.increment();
  }

  /** Takes leave to repeat one call; false if there is none. */
  public boolean tryRetry() {
    lock.lock();
    try {
      long now = ticker.nanoTime();
      if (now - windowSinceNanos >= WINDOW_NANOS) {
        windowSinceNanos = now;
        callsBefore = calls.sum();
        retries = 0;
      }
      long allowed = (calls.sum() - callsBefore) * settings.budgetPercent() / PERCENT;
      if (retries >= Math.max(settings.minimum(), allowed)) {
        return false;
      }
      retries++;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
