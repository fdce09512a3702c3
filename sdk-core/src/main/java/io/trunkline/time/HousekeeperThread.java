package io.trunkline.time;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that keeps time: a daemon, started by the first work, asleep between works, gone
 * after close.
 */
public final class HousekeeperThread implements Housekeeper, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HousekeeperThread.class);

  private final ScheduledThreadPoolExecutor executor;
  private volatile Thread thread;

  public HousekeeperThread() {
    executor =
        new ScheduledThreadPoolExecutor(1, work -> thread = daemon(work, "trunkline-housekeeper"));
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public Runnable schedule(long delayNanos, Runnable work) {
    try {
      Future<?> scheduled =
          executor.schedule(() -> runLogged(work), delayNanos, TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  static void runLogged(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException bug) {
      // A future that nobody asks would swallow it.
      LOG.error("Background work failed; this is a defect in Trunkline or in a callback", bug);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
