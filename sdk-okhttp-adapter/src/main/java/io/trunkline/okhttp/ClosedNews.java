package io.trunkline.okhttp;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells of closed connections, in their order, on a thread of its own that ends when there is
 * nothing to tell. They are closed on threads that must not wait, above all on the one of OkHttp's
 * that watches the timeouts of all its clients; who listens may. When all is told the thread sleeps
 * for a moment before it waits for more, so that of many connections in a row not each wakes it.
 * Thread-safe.
 */
final class ClosedNews {
  /** Where the listener is stuck, what comes beyond this is dropped. */
  private static final int MOST_UNTOLD = 10_000;

  private static final long IDLE_SECONDS = 5;

  private static final long PAUSE_MILLIS = 20;

  /** How long an end waits for a listener that is just being told. */
  private static final long LAST_NEWS_MILLIS = 250;

  /** What waits to be told, and what is being told. */
  private final AtomicInteger untold = new AtomicInteger();

  private final ThreadPoolExecutor teller =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MOST_UNTOLD),
          ClosedNews::thread,
          (news, full) -> untold.decrementAndGet()) {
        @Override
        protected void afterExecute(Runnable news, Throwable failure) {
          pauseIfAllIsTold();
        }
      };

  ClosedNews() {
    teller.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "trunkline-okhttp-closed");
    thread.setDaemon(true);
    return thread;
  }

  private void pauseIfAllIsTold() {
    if (teller.getQueue().isEmpty()) {
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException nobodyDoes) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns at once. */
  void tell(Runnable news) {
    untold.incrementAndGet();
    try {
      teller.execute(() -> tellNow(news));
    } catch (OutOfMemoryError noThread) {
      untold.decrementAndGet();
      // The news is lost. The thread of OkHttp's would be, and with it all timeouts.
    }
  }

  private void tellNow(Runnable news) {
    try {
      news.run();
    } finally {
      untold.decrementAndGet();
    }
  }

  /** Tells what is still untold, on the calling thread, and waits for what is being told. */
  void tellRest() {
    for (Runnable next = next(); next != null; next = next()) {
      next.run();
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_NEWS_MILLIS);
    try {
      while (untold.get() > 0 && System.nanoTime() - end < 0) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }

  private Runnable next() {
    return teller.getQueue().poll();
  }
}
