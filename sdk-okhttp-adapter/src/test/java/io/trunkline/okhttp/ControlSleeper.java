package io.trunkline.okhttp;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps a millisecond again and again, and remembers when that took longer: what the machine took
 * from every thread of this process, and not the code under test.
 */
final class ControlSleeper implements AutoCloseable {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(1);

  private final Queue<Late> late = new ConcurrentLinkedQueue<>();
  private volatile long awakeNanos = System.nanoTime();
  private volatile boolean closed;

  private record Late(long fromNanos, long toNanos) {}

  ControlSleeper() {
    Thread thread = new Thread(this::sleep, "control-sleeper");
    thread.setDaemon(true);
    thread.start();
  }

  private void sleep() {
    while (!closed) {
      long start = System.nanoTime();
      LockSupport.parkNanos(PERIOD);
      long woken = System.nanoTime();
      if (woken - start > 2 * PERIOD) {
        late.add(new Late(start + PERIOD, woken));
      }
      awakeNanos = woken;
    }
  }

  /** Nanoseconds between two moments in which it should have been awake, and was not. */
  long lostNanos(long fromNanos, long toNanos) throws InterruptedException {
    while (awakeNanos - toNanos < 0) {
      Thread.sleep(1);
    }
    long lost = 0;
    for (Late each : late) {
      long begin = Math.max(each.fromNanos(), fromNanos);
      long end = Math.min(each.toNanos(), toNanos);
      lost += Math.max(0, end - begin);
    }
    return lost;
  }

  @Override
  public void close() {
    closed = true;
  }
}
