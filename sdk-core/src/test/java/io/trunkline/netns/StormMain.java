package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Many callers at once on a cold endpoint: each acquires, has one byte echoed, and releases.
 * Virtual threads where the JDK has them, else platform threads with small stacks. Answers with one
 * line when all have their end, and ends with standard input.
 *
 * <p>Arguments: transport, endpoint, callers, guard, cap.
 */
public final class StormMain {
  private static final Duration LIMIT = Duration.ofSeconds(25);
  private static final int STACK_BYTES = 256 * 1024;

  private final ConnectionManager manager;
  private final Endpoint endpoint;
  private final InFlight inFlight;
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private StormMain(ConnectionManager manager, Endpoint endpoint, InFlight inFlight) {
    this.manager = manager;
    this.endpoint = endpoint;
    this.inFlight = inFlight;
  }

  public static void main(String[] args) throws Exception {
    int callers = Integer.parseInt(args[2]);
    InFlight inFlight = new InFlight();
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
            .listener(inFlight)
            .build()) {
      System.out.println(new StormMain(manager, Endpoint.parse(args[1]), inFlight).storm(callers));
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
    long start = System.nanoTime();
    gate.countDown();
    for (Thread each : threads) {
      each.join();
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    EndpointSnapshot now = manager.snapshot().endpoint(endpoint).orElseThrow();
    return String.join(
        "\t",
        "ok",
        "served=" + served,
        "millis=" + millis,
        "mostInFlight=" + inFlight.most,
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

  /** Counts handshakes that have begun and not ended, as they begin and end. */
  private static final class InFlight implements ConnectionListener {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @Override
    public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
    }

    @Override
    public void connected(
        Endpoint endpoint,
        InetSocketAddress address,
        long elapsedNanos,
        Optional<TcpInfo> tcpInfo) {
      now.decrementAndGet();
    }

    @Override
    public void connectFailed(
        Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
      now.decrementAndGet();
    }

    @Override
    public void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {
      now.decrementAndGet();
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
