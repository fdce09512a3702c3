package io.trunkline.spring;

import io.trunkline.ConnectionManager;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Warms up before the application takes requests, for it starts before the web server; drains after
 * the last request was answered, for it stops after it. Start and stop may be repeated: the manager
 * itself lives as long as the context.
 */
final class TrunklineLifecycle implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(TrunklineLifecycle.class);

  /** The web server has a much higher one: higher phases start later and stop earlier. */
  private static final int PHASE = 0;

  /** A warm-up that ends with the acquire timeout says so itself. */
  private static final Duration TO_TELL = Duration.ofMillis(250);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);

  private final ConnectionManager manager;
  private final EndpointActions actions;
  private final NamedEndpoints endpoints;
  private final Duration drainTimeout;
  private volatile boolean running;

  TrunklineLifecycle(
      ConnectionManager manager,
      EndpointActions actions,
      NamedEndpoints endpoints,
      Duration drainTimeout) {
    this.manager = manager;
    this.actions = actions;
    this.endpoints = endpoints;
    this.drainTimeout = drainTimeout;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  // ---- start ----

  @Override
  public void start() {
    Map<NamedEndpoint, Thread> underWay = new LinkedHashMap<>();
    long start = System.nanoTime();
    for (NamedEndpoint each : endpoints) {
      if (each.warmUp() > 0) {
        underWay.put(each, daemon("trunkline-warm-up-" + each.name(), () -> warmUp(each)));
      }
    }
    try {
      for (Map.Entry<NamedEndpoint, Thread> each : underWay.entrySet()) {
        Duration limit = manager.poolSettings(each.getKey().endpoint()).acquireTimeout();
        join(each.getValue(), limit.plus(TO_TELL), start);
      }
    } catch (InterruptedException interrupted) {
      underWay.values().forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
    }
    running = true;
  }

  /** A warm-up that is not done in its time goes on beside the application. */
  private static void join(Thread thread, Duration limit, long start) throws InterruptedException {
    long left = saturatedNanos(limit) - (System.nanoTime() - start);
    TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, left));
    if (thread.isAlive()) {
      LOG.warn("{} is not done after {} ms, and goes on", thread.getName(), limit.toMillis());
    }
  }

  /** A remote outage does not keep the application from starting. */
  private void warmUp(NamedEndpoint named) {
    try {
      int open = actions.warmUp(named.endpoint(), named.warmUp());
      if (open < named.warmUp()) {
        LOG.warn(
            "Warm-up of {} ({}): {} of {} connections are open",
            named.name(),
            named.endpoint(),
            open,
            named.warmUp());
      }
    } catch (IOException | RuntimeException failed) {
      LOG.warn(
          "Warm-up of {} failed, the application starts without: {}",
          named.name(),
          failed.toString());
    }
  }

  // ---- stop ----

  @Override
  public void stop() {
    running = false;
    drain();
  }

  /** On a thread of its own: others of this phase need not wait for us. */
  @Override
  public void stop(Runnable callback) {
    running = false;
    daemon(
        "trunkline-drain",
        () -> {
          try {
            drain();
          } finally {
            callback.run();
          }
        });
  }

  private void drain() {
    long start = System.nanoTime();
    for (int busy = drainAll(true); busy > 0; busy = drainAll(false)) {
      if (System.nanoTime() - start >= drainTimeout.toNanos()) {
        LOG.warn(
            "{} leases, dials or waiting callers are left after {} ms of draining",
            busy,
            drainTimeout.toMillis());
        return;
      }
      try {
        TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /**
   * Ends idle connections, and sees to it that leased ones end with their lease.
   *
   * @param first whether leased connections do not know yet
   * @return how many are not idle
   */
  private int drainAll(boolean first) {
    int busy = 0;
    for (EndpointSnapshot each : manager.snapshot().endpoints()) {
      if (first || each.idle() > 0) {
        manager.drain(each.endpoint());
      }
      busy += each.active() + each.dialling() + each.waiting();
    }
    return busy;
  }

  private static long saturatedNanos(Duration limit) {
    return limit.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE / 2 : limit.toNanos();
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
