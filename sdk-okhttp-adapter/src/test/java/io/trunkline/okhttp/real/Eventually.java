package io.trunkline.okhttp.real;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Bounded waits for what has no event to wait for. */
final class Eventually {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Eventually() {}

  static void isTrue(String goal, Callable<Boolean> reached) throws Exception {
    long start = System.nanoTime();
    while (!reached.call()) {
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new AssertionError("not reached: " + goal);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }
}
