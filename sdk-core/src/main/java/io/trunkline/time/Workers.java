package io.trunkline.time;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * At most four daemon threads for what can block: resolution, warm-up, abandoned dials. Each task
 * bounds its own waits. Threads come with work and go after ten seconds without.
 */
public final class Workers implements Executor, AutoCloseable {
  private static final int MAX_THREADS = 4;
  private static final long KEEP_ALIVE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  public Workers() {
    AtomicInteger number = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            KEEP_ALIVE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> HousekeeperThread.daemon(work, "trunkline-worker-" + number.incrementAndGet()));
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs the task on a worker, in the order of submission.
   *
   * @throws java.util.concurrent.RejectedExecutionException after close
   */
  @Override
  public void execute(Runnable task) {
    executor.execute(() -> HousekeeperThread.runLogged(task));
  }

  /** Interrupts what runs, drops what waits. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
