package io.trunkline.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Work on a thread of its own, whose outcome is waited for with a bound. */
public final class Background<T> {
  private final FutureTask<T> task;
  private final Thread thread;
  private volatile long endedNanos;

  private Background(Callable<T> work) {
    task =
        new FutureTask<>(
            () -> {
              try {
                return work.call();
              } finally {
                endedNanos = System.nanoTime();
              }
            });
    thread = new Thread(task, "test-background");
    thread.setDaemon(true);
  }

  public static <T> Background<T> start(Callable<T> work) {
    Background<T> background = new Background<>(work);
    background.thread.start();
    return background;
  }

  /** Starts work of which only the failure matters, and returns once it blocks. */
  public static Background<Throwable> failing(Action work) throws Exception {
    Background<Throwable> background = start(() -> thrownBy(work));
    Await.untilBlocked(background.thread);
    return background;
  }

  /** What the work threw, null if nothing. */
  public static Throwable thrownBy(Action work) {
    try {
      work.run();
      return null;
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  /** Interrupts a thread as others do, the calling one included, and returns when that is done. */
  public static void interruptFromElsewhere(Thread victim) {
    Background<Throwable> other = start(() -> thrownBy(victim::interrupt));
    while (!other.isDone()) {
      Thread.onSpinWait(); // a wait would be interrupted
    }
  }

  public Thread thread() {
    return thread;
  }

  public boolean isDone() {
    return task.isDone();
  }

  /** {@link System#nanoTime} of its end. */
  public long endedNanos() {
    return endedNanos;
  }

  public T get() throws Exception {
    return get(20);
  }

  public T get(long limitSeconds) throws Exception {
    try {
      return task.get(limitSeconds, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (failed.getCause() instanceof Error cause) {
        throw cause;
      }
      throw failed;
    }
  }

  /** Something that may throw anything. */
  @FunctionalInterface
  public interface Action {
    void run() throws Throwable;
  }
}
