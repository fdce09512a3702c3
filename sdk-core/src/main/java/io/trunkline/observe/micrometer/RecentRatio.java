package io.trunkline.observe.micrometer;

import io.trunkline.time.Ticker;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Which part of what happened lately was good. Counting costs an addition; the window is kept by
 * whoever reads: each read is set against the counts of about five minutes ago. Thread-safe.
 */
final class RecentRatio {
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final long BETWEEN_SAMPLES_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Ticker ticker;
  private final LongAdder good = new LongAdder();
  private final LongAdder bad = new LongAdder();

  /** Guarded by this, the oldest first; that one is about as old as the window. */
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  private record Sample(long atNanos, long good, long bad) {}

  RecentRatio(Ticker ticker) {
    this.ticker = ticker;
    samples.add(new Sample(ticker.nanoTime(), 0, 0));
  }

  void good() {
    good.increment();
  }

  void bad() {
    bad.increment();
  }

  /** How many were good, since ever. */
  long goodCount() {
    return good.sum();
  }

  /** 0 to 1; NaN if nothing happened in the window. */
  synchronized double value() {
    Sample now = new Sample(ticker.nanoTime(), good.sum(), bad.sum());
    while (samples.size() > 1 && now.atNanos() - second().atNanos() >= WINDOW_NANOS) {
      samples.removeFirst();
    }
    Sample base = samples.peekFirst();
    if (now.atNanos() - samples.peekLast().atNanos() >= BETWEEN_SAMPLES_NANOS) {
      samples.addLast(now);
    }
    double newGood = now.good() - base.good();
    double all = newGood + now.bad() - base.bad();
    return all == 0 ? Double.NaN : newGood / all;
  }

  private Sample second() {
    var all = samples.iterator();
    all.next();
    return all.next();
  }
}
