package io.trunkline.time;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets the first of many alike through at once and then at most one in each period, and counts
 * those it holds back. For log lines. Thread-safe, never blocks.
 */
public final class Throttle {
  /** What {@link #tryPass} returns to one that is held back. */
  public static final long HELD_BACK = -1;

  private final Ticker ticker;
  private final long periodNanos;
  private final AtomicLong heldBack = new AtomicLong();
  private final AtomicLong nextNanos;

  public Throttle(Ticker ticker, Duration period) {
    this.ticker = ticker;
    this.periodNanos = period.toNanos();
    this.nextNanos = new AtomicLong(ticker.nanoTime());
  }

  /**
   * Asks for leave.
   *
   * @return how many were held back since the last one that passed; {@link #HELD_BACK} if this one
   *     is
   */
  public long tryPass() {
    long now = ticker.nanoTime();
    long next = nextNanos.get();
    if (now - next >= 0 && nextNanos.compareAndSet(next, now + periodNanos)) {
      return heldBack.getAndSet(0);
    }
    heldBack.incrementAndGet();
    return HELD_BACK;
  }
}
