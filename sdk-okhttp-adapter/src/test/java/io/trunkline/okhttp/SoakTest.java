package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls for a long time through a proxy that is slow, and ends each connection badly; cancelled and
 * interrupted at random. Each answer must be the call's own, each failure must have a kind, no call
 * may outlive its limit, and the fixture sees that nothing is left.
 */
@Tag("proof")
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SoakTest extends Fixture {
  private static final int CALLERS = 16;
  private static final Duration CALL_LIMIT = Duration.ofSeconds(1);
  private static final Duration READ_LIMIT = Duration.ofMillis(250);
  private static final long LATE_MILLIS = 50;
  private static final double SHARE = 0.06; // of each of four

  private static final AtomicLong NEXT = new AtomicLong();

  private final LongAdder answered = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final Map<FailureKind, LongAdder> failures = new ConcurrentHashMap<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private final ConcurrentLinkedQueue<Long> lateNanos = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> controlLateNanos = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  /** Answers with the body that it gets. */
  private static final class Echo extends Dispatcher {
    @Override
    public MockResponse dispatch(RecordedRequest request) {
      MockResponse.Builder response = new MockResponse.Builder();
      response.addHeader("number", String.valueOf(request.getHeaders().get("number")));
      return response.body(new Buffer().write(request.getBody())).build();
    }
  }

  private final class Caller implements Runnable {
    final OkHttpClient client;
    final List<String> urls;
    final SplittableRandom random;
    volatile Call current;

    Caller(OkHttpClient client, List<String> urls, long seed) {
      this.client = client;
      this.urls = urls;
      this.random = new SplittableRandom(seed);
    }

    @Override
    public void run() {
      while (!over && broken.get() == null) {
        long start = System.nanoTime();
        try {
          once();
          answered.increment();
        } catch (IOException failed) {
          count(failed);
        } catch (Throwable wrong) {
          broken.compareAndSet(null, wrong);
        } finally {
          lateNanos.add(Math.max(0, System.nanoTime() - start - CALL_LIMIT.toNanos()));
          Thread.interrupted();
        }
      }
    }

    private void once() throws IOException {
      String number = Long.toString(NEXT.incrementAndGet());
      byte[] bytes = new byte[random.nextInt(random.nextInt(20) == 0 ? 60_000 : 400)];
      random.nextBytes(bytes);
      Request request =
          new Request.Builder()
              .url(urls.get(random.nextInt(urls.size())) + number)
              .header("number", number)
              .post(body(bytes))
              .build();
      Call call = client.newCall(request);
      current = random.nextInt(10) == 0 ? call : null;
      try (Response response = call.execute()) {
        assertThat(response.header("number")).isEqualTo(number);
        assertThat(response.body().bytes()).as("of request %s", number).isEqualTo(bytes);
      }
    }

    private void count(IOException failed) {
      ConnectionFailure failure = Failures.find(failed).orElse(null);
      if (current != null && current.isCanceled()) {
        cancelled.increment();
      } else if (failure == null
          || failure.kind() == FailureKind.OTHER && !isResetOfADial(failure)) {
        broken.compareAndSet(null, new AssertionError("a failure without a kind", failed));
      } else {
        failures.computeIfAbsent(failure.kind(), kind -> new LongAdder()).increment();
      }
    }
  }

  /**
   * At an outage the listener's kernel resets what waits to be accepted; if that comes before the
   * dial returns, the JDK throws a bare SocketException.
   */
  private boolean isResetOfADial(ConnectionFailure failure) {
    return transport == TransportMode.JDK && failure.phase() == FailurePhase.CONNECT;
  }

  @ParameterizedTest
  @EnumSource(
      value = Protocol.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void eachAnswerIsTheCallsOwnAndEachFailureHasAKind(Protocol protocol) throws Exception {
    boolean tls = protocol == Protocol.HTTP_2;
    MockWebServer server = server(protocol, tls);
    server.setDispatcher(new Echo());
    long seed = System.nanoTime();
    FaultProxies proxies =
        closing(new FaultProxies(seed, server.getPort(), server.getPort(), server.getPort()));
    OkHttpClient client =
        client(
            b ->
                b.pool(p -> p.maxPerEndpoint(6).acquireTimeout(Duration.ofMillis(500)))
                    .connect(c -> c.timeout(Duration.ofMillis(500)))
                    .tls(t -> t.timeout(Duration.ofMillis(500)))
                    .circuitBreaker(
                        c ->
                            c.firstProbeAfter(Duration.ofMillis(50))
                                .longestProbeInterval(Duration.ofMillis(200))),
            each -> each,
            b ->
                speaking(protocol)
                    .apply(b)
                    .callTimeout(CALL_LIMIT)
                    .connectTimeout(Duration.ofMillis(500))
                    .writeTimeout(READ_LIMIT)
                    .readTimeout(READ_LIMIT));
    List<String> urls =
        proxies.ports.stream()
            .map(port -> (tls ? "https" : "http") + "://localhost:" + port + "/")
            .toList();

    Duration time = share();
    run(client, urls, seed, time, server);

    List<String> told = proxies.end();
    System.out.printf(
        "[INFO] OkHttp soak, %s, %s, seed %d: %d answered, %d cancelled, failed %s;"
            + " late at 99.99 %%: %.1f ms, control sleeper %.1f ms%n[INFO] %s%n",
        transport,
        protocol,
        seed,
        answered.sum(),
        cancelled.sum(),
        new TreeMap<>(failures),
        lateMillis(lateNanos),
        lateMillis(controlLateNanos),
        told);
    assertThat(broken.get()).isNull();
    assertThat(answered.sum()).isGreaterThan(time.toSeconds() * 20);
    assertThat(failures).isNotEmpty();
    assertThat(lateMillis(lateNanos) - lateMillis(controlLateNanos)).isLessThan(LATE_MILLIS);
  }

  /** As in the proof suites of sdk-core: a fifth of the time is kept back. */
  private static Duration share() {
    long seconds = Long.getLong("trunkline.proof.seconds", 300);
    return Duration.ofMillis((long) (seconds * 1_000 * 0.8 * SHARE));
  }

  private void run(
      OkHttpClient client, List<String> urls, long seed, Duration time, MockWebServer server)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Caller> callers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    Thread control = daemon(this::sleep);
    for (int i = 0; i < CALLERS; i++) {
      Caller caller = new Caller(client, urls, random.nextLong());
      callers.add(caller);
      threads.add(daemon(caller));
    }
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end && broken.get() == null) {
      TimeUnit.MICROSECONDS.sleep(1_000 + random.nextInt(20_000));
      Call victim = callers.get(random.nextInt(CALLERS)).current;
      if (random.nextBoolean()) {
        threads.get(random.nextInt(CALLERS)).interrupt();
      } else if (victim != null) {
        victim.cancel();
      }
      while (server.takeRequest(0, TimeUnit.NANOSECONDS) != null) {
        // It keeps each request until it is taken.
      }
    }
    over = true;
    for (Thread each : threads) {
      each.join(10_000);
      assertThat(each.isAlive()).as(() -> Arrays.toString(each.getStackTrace())).isFalse();
    }
    control.join();
  }

  private void sleep() {
    long limit = TimeUnit.MILLISECONDS.toNanos(2);
    while (!over) {
      long start = System.nanoTime();
      try {
        TimeUnit.NANOSECONDS.sleep(limit);
      } catch (InterruptedException nobodyDoes) {
        throw new IllegalStateException(nobodyDoes);
      }
      controlLateNanos.add(System.nanoTime() - start - limit);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "soak");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static double lateMillis(ConcurrentLinkedQueue<Long> late) {
    long[] sorted = late.stream().mapToLong(Long::longValue).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length - 1 - sorted.length / 10_000] / 1e6;
  }
}
