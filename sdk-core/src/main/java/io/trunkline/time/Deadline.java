package io.trunkline.time;

import java.time.Duration;

/** A point in monotonic time that bounds a wait. Immutable and thread-safe. */
public final class Deadline {
  /** About 146 years: far enough to mean never, near enough that differences do not overflow. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

  private final Ticker ticker;
  private final long atNanos;

  private Deadline(Ticker ticker, long atNanos) {
    this.ticker = ticker;
    this.atNanos = atNanos;
  }

  /** The moment that is the given time from now. A negative time counts as none left. */
  public static Deadline after(Ticker ticker, Duration time) {
    return afterNanos(ticker, saturatedNanos(time));
  }

  /** The moment that is the given number of nanoseconds from now. */
  public static Deadline afterNanos(Ticker ticker, long nanos) {
    return afterNanos(ticker, ticker.nanoTime(), nanos);
  }

  /**
   * The same for who has just looked at the clock.
   *
   * @param nowNanos what it said
   */
  public static Deadline afterNanos(Ticker ticker, long nowNanos, long nanos) {
    return new Deadline(ticker, nowNanos + Math.min(Math.max(nanos, 0), FOREVER_NANOS));
  }

  /** A duration in nanoseconds, cut off where a long would overflow. */
  public static long saturatedNanos(Duration time) {
    if (time.compareTo(Duration.ofNanos(FOREVER_NANOS)) >= 0) {
      return FOREVER_NANOS;
    }
    return time.compareTo(Duration.ofNanos(-FOREVER_NANOS)) <= 0 ? -FOREVER_NANOS : time.toNanos();
  }

  /** Nanoseconds left, 0 when it has passed. */
  public long remainingNanos() {
    return remainingNanos(ticker.nanoTime());
  }

  /**
   * The same for who has just looked at the clock.
   *
   * @param nowNanos what it said
   */
  public long remainingNanos(long nowNanos) {
    return Math.max(0, atNanos - nowNanos);
  }

  /** Whether no time is left. */
  public boolean hasPassed() {
    return remainingNanos() == 0;
  }

  /** When it is, on the clock it was made with. */
  public long atNanos() {
    return atNanos;
  }

  /** The moment that is so many nanoseconds after this one. */
  public Deadline plusNanos(long nanos) {
    return new Deadline(ticker, atNanos + Math.min(nanos, FOREVER_NANOS));
  }

  /** The earlier of the two; both must be of the same clock. */
  public Deadline orEarlier(Deadline other) {
    return atNanos - other.atNanos <= 0 ? this : other;
  }
}
