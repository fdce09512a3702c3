package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import io.trunkline.testing.Descriptors;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many threads acquire, exchange, release, discard, give up and are interrupted, while the server
 * ends connections. Each answer must be its own request's; the caps must hold; nothing may be left
 * behind.
 */
class PoolStressTest {
  private static final int THREADS = 48;
  private static final int CAP = 12;
  private static final Duration RUN = Duration.ofSeconds(3);

  private final AtomicInteger exchanges = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void onPlatformThreads(TransportMode transport) throws Exception {
    stress(transport, Thread::new);
  }

  @Test
  void onVirtualThreads() throws Exception {
    ThreadFactory virtual = virtualThreads();
    assumeThat(virtual).as("this JDK has no virtual threads").isNotNull();
    stress(TransportMode.NATIVE, virtual);
  }

  private static ThreadFactory virtualThreads() {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      return (ThreadFactory)
          Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
    } catch (ReflectiveOperationException before21) {
      return null;
    }
  }

  private void stress(TransportMode transport, ThreadFactory factory) throws Exception {
    assumeThat(Descriptors.canCount()).as("/proc is there to count descriptors").isTrue();
    warmUpDescriptors(transport);
    long descriptorsBefore = Descriptors.open();
    try (EchoServer server = new EchoServer();
        ConnectionManager manager =
            ConnectionManager.builder()
                .transport(transport)
                .pool(p -> p.maxPerEndpoint(CAP).maxDialsInFlight(4).maxUses(500))
                .build()) {
      long end = System.nanoTime() + RUN.toNanos();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int seed = i;
        Thread thread = factory.newThread(() -> work(manager, server, new Random(seed), end));
        thread.start();
        threads.add(thread);
      }
      disturb(threads, manager, server, end);
      for (Thread thread : threads) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as("every caller comes back").isFalse();
      }
      assertThat(broken.get()).isNull();
      // Who had little patience has left its dial to a worker.
      Await.until("no dial is left", () -> isAtRest(manager, server));
      EndpointSnapshot after = manager.snapshot().endpoint(server.endpoint()).orElseThrow();
      assertThat(after.active()).as("every lease ended").isZero();
      assertThat(after.waiting()).isZero();
      assertThat(after.leaked()).isZero();
      assertThat(manager.snapshot().openConnections()).isEqualTo(after.idle());
    }
    assertThat(exchanges.get()).isGreaterThan(1_000);
    Descriptors.awaitCount(descriptorsBefore);
  }

  private static boolean isAtRest(ConnectionManager manager, EchoServer server) {
    return manager.snapshot().endpoint(server.endpoint()).orElseThrow().dialling() == 0;
  }

  /** What the JVM opens once and keeps. */
  private static void warmUpDescriptors(TransportMode transport) throws Exception {
    EchoServer server = new EchoServer();
    try (server;
        ConnectionManager manager = ConnectionManager.builder().transport(transport).build()) {
      manager.acquire(server.endpoint()).release();
    }
    Await.until("the server's connections are closed", () -> server.open() == 0);
  }

  private void work(ConnectionManager manager, EchoServer server, Random random, long end) {
    while (System.nanoTime() < end && broken.get() == null) {
      try {
        once(manager, server, random);
      } catch (IOException failed) {
        failures.incrementAndGet();
        if (!(failed instanceof ConnectionFailure) && !(failed instanceof EndOfAnswer)) {
          broken.compareAndSet(null, failed);
        }
      } catch (RuntimeException | AssertionError wrong) {
        broken.compareAndSet(null, wrong);
      } finally {
        Thread.interrupted();
      }
    }
  }

  private static final class EndOfAnswer extends IOException {
    private static final long serialVersionUID = 1;
  }

  private void once(ConnectionManager manager, EchoServer server, Random random)
      throws IOException {
    Duration patience = Duration.ofMillis(random.nextInt(20) == 0 ? 1 : 2_000);
    try (Lease lease = manager.acquire(server.endpoint(), patience)) {
      int length = 8 * (1 + random.nextInt(random.nextInt(10) == 0 ? 4_000 : 16));
      byte[] request = new byte[length];
      random.nextBytes(request);
      ByteBuffer.wrap(request).putLong(ThreadLocalRandom.current().nextLong());
      lease.output().write(request);
      if (random.nextInt(50) == 0) {
        return; // leaves the answer unread: the connection must not serve another
      }
      byte[] answer = lease.input().readNBytes(length);
      if (answer.length < length) {
        throw new EndOfAnswer();
      }
      assertThat(answer).as("the answer is to this request").isEqualTo(request);
      exchanges.incrementAndGet();
      lease.release();
    }
  }

  /** Interrupts callers and ends connections at the server, all the time; looks at the cap. */
  private static void disturb(
      List<Thread> threads, ConnectionManager manager, EchoServer server, long end)
      throws Exception {
    Random random = new Random(4711);
    while (System.nanoTime() < end) {
      Thread.sleep(5);
      threads.get(random.nextInt(threads.size())).interrupt();
      if (random.nextInt(20) == 0) {
        server.closeAll();
      }
      // The places under the total cap, which is far away: those of sockets that are still open.
      assertThat(manager.snapshot().openConnections()).as("open").isLessThanOrEqualTo(CAP);
    }
  }
}
