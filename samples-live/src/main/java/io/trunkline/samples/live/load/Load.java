package io.trunkline.samples.live.load;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.web.client.RestClientException;

/**
 * Users who do not wait for each other: so many calls a second to each backend, however long the
 * answers take. It begins when the application is up, and ends first of all.
 */
public final class Load implements SmartLifecycle {
  /** More calls at once than this to one backend are not begun: users give up, too. */
  private static final int MOST_AT_ONCE = 60;

  private static final Logger LOG = LoggerFactory.getLogger(Load.class);

  private final List<Backend> backends;
  private final int callsPerSecond;
  private volatile Running running;

  private record Running(ScheduledExecutorService clock, ThreadPoolExecutor users) {}

  public Load(List<Backend> backends, int callsPerSecond) {
    this.backends = List.copyOf(backends);
    this.callsPerSecond = callsPerSecond;
  }

  @Override
  public synchronized void start() {
    if (running != null || callsPerSecond == 0) {
      return;
    }
    Running started =
        new Running(
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "load clock")),
            new ThreadPoolExecutor(
                0,
                MOST_AT_ONCE * backends.size(),
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> daemon(task, "load user")));
    long period = TimeUnit.SECONDS.toMicros(1) / callsPerSecond;
    for (Backend each : backends) {
      AtomicInteger underWay = new AtomicInteger();
      ScheduledFuture<?> unused =
          started
              .clock()
              .scheduleAtFixedRate(
                  () -> call(each, underWay, started.users()),
                  period,
                  period,
                  TimeUnit.MICROSECONDS);
    }
    running = started;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static void call(Backend backend, AtomicInteger underWay, ThreadPoolExecutor users) {
    if (underWay.get() >= MOST_AT_ONCE) {
      return;
    }
    underWay.incrementAndGet();
    try {
      users.execute(
          () -> {
            try {
              backend.ask();
            } catch (RestClientException expected) {
              // Kept by the backend, for the page.
            } catch (RuntimeException defect) {
              LOG.error("A call of {} failed in a way nobody expects", backend.name(), defect);
            } finally {
              underWay.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException stopped) {
      underWay.decrementAndGet();
    }
  }

  @Override
  public synchronized void stop() {
    if (running == null) {
      return;
    }
    running.clock().shutdownNow();
    running.users().shutdown();
    try {
      // The longest call: waiting for a connection, then for an answer.
      if (!running.users().awaitTermination(5, TimeUnit.SECONDS)) {
        running.users().shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    running = null;
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }
}
