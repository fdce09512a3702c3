package io.trunkline.spring;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what happens on another thread. */
public final class Await {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private Await() {}

  public static void until(String what, Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - start > LONGEST.toNanos()) {
        throw new AssertionError("not within " + LONGEST + ": " + what);
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
