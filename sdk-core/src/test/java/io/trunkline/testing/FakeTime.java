package io.trunkline.testing;

import io.trunkline.time.Housekeeper;
import io.trunkline.time.Ticker;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that stands still until it is moved, and the housekeeper that lives by it. */
public final class FakeTime implements Ticker, Housekeeper {
  private record Due(long atNanos, long order, Runnable work) {}

  private final PriorityQueue<Due> scheduled =
      new PriorityQueue<>(Comparator.comparingLong(Due::atNanos).thenComparingLong(Due::order));
  private long now = 1_000_000_007L; // not zero: nothing may rely on where a clock begins
  private long order;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Runnable schedule(long delayNanos, Runnable work) {
    Due due = new Due(now + delayNanos, order++, work);
    scheduled.add(due);
    return () -> scheduled.remove(due);
  }

  /** Lets time pass, doing what falls due on the way, each at its time. */
  public void advance(Duration time) {
    long end = now + time.toNanos();
    while (!scheduled.isEmpty() && scheduled.peek().atNanos() <= end) {
      Due due = scheduled.poll();
      now = Math.max(now, due.atNanos());
      due.work().run();
    }
    now = end;
  }

  public int scheduledCount() {
    return scheduled.size();
  }
}
