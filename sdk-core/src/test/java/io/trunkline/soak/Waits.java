package io.trunkline.soak;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * How late those waits ended that reached their limit, in steps of 100 µs. The others cannot be
 * late: they would only make the share of the late ones look small.
 */
final class Waits {
  private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final int STEPS = 50_000;

  private final AtomicLongArray counts = new AtomicLongArray(STEPS + 1);
  private final AtomicLong worstNanos = new AtomicLong();
  private final LongAdder early = new LongAdder();

  /** A wait that had a limit, and took so long. */
  void add(long takenNanos, long limitNanos) {
    if (takenNanos < limitNanos) {
      early.increment();
      return;
    }
    long late = takenNanos - limitNanos;
    counts.incrementAndGet((int) Math.min(STEPS, late / STEP_NANOS));
    worstNanos.accumulateAndGet(late, Math::max);
  }

  void addAll(Waits others) {
    for (int i = 0; i <= STEPS; i++) {
      counts.addAndGet(i, others.counts.get(i));
    }
    worstNanos.accumulateAndGet(others.worstNanos.get(), Math::max);
    early.add(others.early.sum());
  }

  /** Those that ended before their limit. */
  long early() {
    return early.sum();
  }

  /** Those that reached their limit. */
  long count() {
    long sum = 0;
    for (int i = 0; i <= STEPS; i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  /** Milliseconds by which all but one in so many were late at most. */
  double lateMillis(int allButOneIn) {
    long above = 0;
    long allowed = count() / allButOneIn;
    for (int i = STEPS; i >= 0; i--) {
      above += counts.get(i);
      if (above > allowed) {
        return Math.min((i + 1) * STEP_NANOS, worstNanos.get()) / 1e6;
      }
    }
    return 0;
  }

  double worstMillis() {
    return worstNanos.get() / 1e6;
  }

  /**
   * A thread that does nothing but wait, and so is late only by what the machine and the JVM are.
   */
  static final class Control implements AutoCloseable {
    final Waits waits = new Waits();
    private final Thread thread = new Thread(this::sleep, "control-sleeper");
    private volatile boolean closed;

    Control() {
      thread.setDaemon(true);
      thread.start();
    }

    private void sleep() {
      SplittableRandom random = new SplittableRandom(1);
      while (!closed) {
        long limit = TimeUnit.MICROSECONDS.toNanos(random.nextInt(200, 5_000));
        long start = System.nanoTime();
        while (System.nanoTime() - start < limit) {
          LockSupport.parkNanos(limit - (System.nanoTime() - start));
        }
        waits.add(System.nanoTime() - start, limit);
      }
    }

    @Override
    public void close() throws InterruptedException {
      closed = true;
      thread.join();
    }
  }
}
