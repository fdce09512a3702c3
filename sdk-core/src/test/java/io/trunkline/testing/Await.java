package io.trunkline.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Bounded waits for what has no event to wait for. */
public final class Await {
  /** Longer than anything here takes on a busy machine. */
  public static final Duration LONG = Duration.ofSeconds(10);

  private static final long PAUSE_MILLIS = 2;

  private Await() {}

  /** Looks every few milliseconds; an AssertionError that names the goal if it is never reached. */
  public static void until(String goal, Callable<Boolean> reached) throws Exception {
    until(goal, LONG, reached);
  }

  public static void until(String goal, Duration limit, Callable<Boolean> reached)
      throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!reached.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not reached within " + limit + ": " + goal);
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  /** Waits until the thread stands still in a wait of Java or in a system call. */
  public static void untilBlocked(Thread thread) throws Exception {
    int[] looks = {0};
    StackTraceElement[][] last = {null};
    until(
        thread.getName() + " blocks",
        () -> {
          StackTraceElement[] now = thread.getStackTrace();
          boolean same =
              now.length > 0
                  && last[0] != null
                  && now.length == last[0].length
                  && now[0].equals(last[0][0])
                  && (now[0].isNativeMethod() || thread.getState() != Thread.State.RUNNABLE);
          last[0] = now;
          looks[0] = same ? looks[0] + 1 : 0;
          return looks[0] >= 10;
        });
  }
}
