package io.trunkline.time;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few daemon threads for what can block. Each task bounds its own waits, and none waits for
 * another task of the same workers. Threads come with work and go after ten seconds without.
 */
public final class Workers implements AutoCloseable {
  private static final long KEEP_ALIVE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  /**
   * Makes workers; their first thread starts with the first task.
   *
   * @param name of the threads, a number follows
   */
  public Workers(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            KEEP_ALIVE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> HousekeeperThread.daemon(work, name + "-" + number.incrementAndGet()));
    executor.allowCoreThreadTimeOut(true);
  }

  private record Task(Runnable work, Runnable ifDropped) implements Runnable {
    @Override
    public void run() {
      HousekeeperThread.runLogged(work);
    }
  }

  /**
   * Runs the task on a worker, in the order of submission.
   *
   * @param ifDropped runs instead, here or on the closing thread, if the task will never run: it
   *     gives back what the task would have
   */
  public void execute(Runnable task, Runnable ifDropped) {
    Task submitted = new Task(task, ifDropped);
    try {
      executor.execute(submitted);
    } catch (RejectedExecutionException closed) {
      ifDropped.run();
    } catch (Error noThread) {
      // No thread could be started for it, and no other has it: nobody will run it.
      executor.remove(submitted);
      ifDropped.run();
      throw noThread;
    }
  }

  /** Takes a task back that has not begun, with what it was given; whether it had not. */
  public boolean withdraw(Runnable task, Runnable ifDropped) {
    return executor.remove(new Task(task, ifDropped));
  }

  /**
   * Changes the number of threads from now on. More take up waiting work at once; fewer end when
   * they have nothing to do. Not to be called by two threads at once.
   */
  public void resize(int threads) {
    if (threads > executor.getCorePoolSize()) {
      executor.setMaximumPoolSize(threads);
      executor.setCorePoolSize(threads);
    } else {
      executor.setCorePoolSize(threads);
      executor.setMaximumPoolSize(threads);
    }
  }

  /** Interrupts what runs, drops what waits. */
  @Override
  public void close() {
    for (Runnable dropped : executor.shutdownNow()) {
      ((Task) dropped).ifDropped().run();
    }
  }
}
