package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Many callers at once on a cold endpoint: each acquires, has one byte echoed, and releases.
 * Virtual threads where the JDK has them, else platform threads with small stacks. Answers with one
 * line when all have their end, and ends with standard input.
 *
 * <p>Arguments: transport, endpoint, callers, guard, cap.
 */
public final class StormMain {
  private static final Duration LIMIT = Duration.ofSeconds(25);
  private static final int STACK_BYTES = 64 * 1024;
  private static final long LOOK_EVERY_NANOS = 1_000_000;

  private final ConnectionManager manager;
  private final Endpoint endpoint;
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean over;
  private int mostDialling;

  private StormMain(ConnectionManager manager, Endpoint endpoint) {
    this.manager = manager;
    this.endpoint = endpoint;
  }

  public static void main(String[] args) throws Exception {
    int callers = Integer.parseInt(args[2]);
    try (ConnectionManager manager =
        ConnectionManager.builder()
            .transport(TransportMode.valueOf(args[0]))
            .pool(
                p ->
                    p.maxDialsInFlight(Integer.parseInt(args[3]))
                        .maxPerEndpoint(Integer.parseInt(args[4]))
                        .maxPending(callers)
                        .acquireTimeout(LIMIT))
            .connect(c -> c.timeout(LIMIT))
            .socket(s -> s.readTimeout(LIMIT))
            .build()) {
      System.out.println(new StormMain(manager, Endpoint.parse(args[1])).storm(callers));
    }
    while (System.in.read() >= 0) {
      // Until the end.
    }
    System.exit(0);
  }

  private String storm(int callers) throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    ThreadFactory factory = threads();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      threads.add(factory.newThread(() -> call(gate)));
    }
    threads.forEach(Thread::start);
    Thread watch = new Thread(this::watch, "watch");
    watch.start();
    long start = System.nanoTime();
    gate.countDown();
    for (Thread each : threads) {
      each.join();
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    over = true;
    watch.join();
    EndpointSnapshot now = manager.snapshot().endpoint(endpoint).orElseThrow();
    return String.join(
        "\t",
        "ok",
        "served=" + served,
        "millis=" + millis,
        "mostDialling=" + mostDialling,
        "handshakes=" + now.handshakes(),
        "failedDials=" + now.failedDials(),
        "failure=" + failure);
  }

  private void call(CountDownLatch gate) {
    try {
      gate.await();
      manager.call(
          endpoint,
          lease -> {
            lease.output().write('?');
            if (lease.input().read() != '?') {
              throw new IOException("no echo");
            }
            return served.incrementAndGet();
          });
    } catch (IOException | InterruptedException | RuntimeException | Error failed) {
      failure.compareAndSet(null, failed);
    }
  }

  /** What the pool says it has in flight. */
  private void watch() {
    while (!over) {
      manager
          .snapshot()
          .endpoint(endpoint)
          .ifPresent(now -> mostDialling = Math.max(mostDialling, now.dialling()));
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private static ThreadFactory threads() {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      return (ThreadFactory)
          Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
    } catch (ReflectiveOperationException before21) {
      return work -> new Thread(null, work, "caller", STACK_BYTES);
    }
  }
}
