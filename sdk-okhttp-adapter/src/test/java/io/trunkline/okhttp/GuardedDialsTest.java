package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.config.Balance;
import io.trunkline.config.BreakerSettings;
import io.trunkline.failure.CircuitOpenException;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** What guards dials, storm guard and breaker, guards those of OkHttp; and only dials count. */
class GuardedDialsTest extends Fixture {
  private static final List<Path> CONNECTIONS =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String SYN_SENT = "02";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private static InetAddress loopback(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  /** One failed dial of two opens it. */
  private static BreakerSettings.Builder touchy(BreakerSettings.Builder breaker) {
    return breaker.minimumDials(2).failureRatePercent(1).firstProbeAfter(Duration.ofSeconds(20));
  }

  private ConnectionManager.Builder measured(ConnectionManager.Builder builder) {
    return builder
        .circuitBreaker(GuardedDialsTest::touchy)
        .listener(TrunklineMetrics.bindTo(registry));
  }

  // ---- the storm guard ----

  /** What the kernel says: connections to a port that wait for the answer to their SYN. */
  private static long synsInFlight(int port) {
    String there = String.format(Locale.ROOT, ":%04X", port);
    long count = 0;
    for (Path table : CONNECTIONS) {
      try (Stream<String> lines = Files.lines(table)) {
        count +=
            lines
                .map(line -> line.strip().split(" +"))
                .filter(words -> words[2].endsWith(there) && words[3].equals(SYN_SENT))
                .count();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
    return count;
  }

  @Test
  void twentyCallsHaveNoMoreThanTwoSynsInFlight() throws Exception {
    assumeTrue(
        CONNECTIONS.stream().allMatch(Files::isReadable), "the kernel's tables of connections");
    FullBacklog hole = closing(new FullBacklog(loopback(1), 0));
    OkHttpClient client =
        client(
            each ->
                each.pool(pool -> pool.maxDialsInFlight(2))
                    .connect(connect -> connect.timeout(PATIENCE)),
            each -> each,
            each -> each.connectTimeout(PATIENCE));
    String url = "http://127.0.0.1:" + hole.port() + "/";
    List<Call> calls = new ArrayList<>();
    List<CompletableFuture<String>> running = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      calls.add(client.newCall(request(url)));
      running.add(start(calls.get(i)));
    }
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", hole.port());
    eventually("all have leave", () -> adapter.adapter().permits().taken() == 20);
    eventually(
        "and wait for their turn to dial",
        () -> manager.snapshot().endpoint(endpoint).map(EndpointSnapshot::waiting).orElse(0) == 18);
    eventually("two have sent a SYN", () -> synsInFlight(hole.port()) == 2);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
    while (System.nanoTime() < end) {
      assertThat(synsInFlight(hole.port())).isEqualTo(2);
      assertThat(snapshot(endpoint).dialling()).isEqualTo(2);
      Thread.sleep(5);
    }

    // None of those that were cancelled holds the turn of another.
    for (int i = 0; i < calls.size(); i++) {
      int left = calls.size() - i;
      eventually("it goes on", () -> snapshot(endpoint).dialling() == Math.min(2, left));
      calls.get(i).cancel();
    }
    for (CompletableFuture<String> each : running) {
      assertThat(found(failureOf(each)).kind()).isEqualTo(FailureKind.CLOSED);
    }
    eventually("no dial is left", () -> snapshot(endpoint).dialling() == 0);
    eventually("no SYN is left", () -> synsInFlight(hole.port()) == 0);
    assertThat(snapshot(endpoint).failedDials()).isZero();
  }

  // ---- the breaker ----

  @Test
  void aRefusalOfTheBreakerIsAnIoExceptionWithKindAndAdvice() throws Exception {
    int port = closedPort();
    OkHttpClient client = client(this::measured, each -> each, each -> each);
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", port);
    for (String scheme : List.of("http", "https")) {
      String url = scheme + "://127.0.0.1:" + port + "/";
      for (int i = 0; i < 2; i++) {
        FailureKind kind = found(failureOf(() -> get(client, url))).kind();
        assertThat(kind).isIn(FailureKind.REFUSED, FailureKind.BREAKER_OPEN);
      }
      long dialsBefore = snapshot(endpoint).failedDials();
      CompletableFuture<IOException> queued = new CompletableFuture<>();
      client
          .newCall(request(url))
          .enqueue(
              new Callback() {
                @Override
                public void onFailure(Call call, IOException failure) {
                  queued.complete(failure);
                }

                @Override
                public void onResponse(Call call, Response response) {
                  queued.completeExceptionally(new AssertionError(response));
                }
              });

      for (IOException refusal :
          List.of(
              failureOf(() -> get(client, url)),
              failureOf(() -> post(client, url)),
              queued.get(5, TimeUnit.SECONDS))) {
        assertThat(refusal).isInstanceOf(CircuitOpenException.class);
        ConnectionFailure failure = found(refusal);
        assertThat(failure.kind()).isEqualTo(FailureKind.BREAKER_OPEN);
        assertThat(failure.phase()).isEqualTo(FailurePhase.ACQUIRE);
        assertThat(failure.advice()).isEqualTo(RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
        assertThat(failure.requestBytesSent()).isFalse();
      }
      assertThat(snapshot(endpoint).failedDials()).as("nothing was dialled").isEqualTo(dialsBefore);
    }
  }

  // ---- what does not count ----

  private void assertNothingCounted(Endpoint endpoint) throws InterruptedException {
    Thread.sleep(50); // for what would come late
    EndpointSnapshot now = snapshot(endpoint);
    assertThat(now.breaker().orElseThrow().state()).isEqualTo(BreakerState.CLOSED);
    assertThat(now.failedDials()).isZero();
    assertThat(now.lastFailure()).isEmpty();
    assertThat(failuresInMeters()).isEmpty();
  }

  /** All that was timed and did not succeed, and all changes of the breaker. */
  private List<Meter.Id> failuresInMeters() {
    return registry.getMeters().stream()
        .filter(
            each ->
                each instanceof Timer timer
                    && timer.count() > 0
                    && !"success".equals(each.getId().getTag("outcome"))
                    && each.getId().getTag("outcome") != null)
        .map(Meter::getId)
        .toList();
  }

  /** The loser is begun first, answers nobody, and is left behind. */
  @Test
  void losersOfARaceCountForNothing() throws Exception {
    for (boolean tls : List.of(false, true)) {
      HeldName held = new HeldName();
      MockWebServer server =
          server(
              each -> {
                if (tls) {
                  each.useHttps(held.server());
                }
              });
      server.setDispatcher(new Always("x"));
      closing(new FullBacklog(loopback(3), server.getPort()));
      OkHttpClient client =
          client(
              each ->
                  measured(each)
                      .resolve(resolve -> resolve.balance(Balance.NONE))
                      .resolver(
                          endpoint ->
                              List.of(
                                  new InetSocketAddress(loopback(3), endpoint.port()),
                                  new InetSocketAddress(loopback(1), endpoint.port()))),
              each -> each,
              each -> each.sslSocketFactory(held.client(), held.trust()));
      String url = (tls ? "https" : "http") + "://svc.test:" + server.getPort() + "/";
      for (int i = 0; i < 3; i++) {
        long start = System.nanoTime();
        assertThat(get(client, url)).isEqualTo("x");
        assertThat(System.nanoTime() - start)
            .as("the first address was tried, and lost")
            .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(200));
        client.connectionPool().evictAll();
      }
      assertNothingCounted(Endpoint.tcp("svc.test", server.getPort()));
    }
  }

  @Test
  void cancelledDialsCountForNothing() throws Exception {
    FullBacklog hole = closing(new FullBacklog(loopback(1), 0));
    ServerSocket silent = silent();
    OkHttpClient client = client(this::measured, each -> each, each -> each);
    for (String url :
        List.of(
            "http://127.0.0.1:" + hole.port() + "/",
            "https://127.0.0.1:" + hole.port() + "/",
            "https://127.0.0.1:" + silent.getLocalPort() + "/")) {
      Endpoint endpoint = null;
      for (int i = 0; i < 5; i++) {
        Call call = client.newCall(request(url));
        CompletableFuture<String> running = start(call);
        Thread.sleep(15L * (i + 1)); // in the lookup, the connect or the TLS handshake
        call.cancel();
        assertThat(found(failureOf(running)).kind()).isEqualTo(FailureKind.CLOSED);
        endpoint = Endpoint.tcp(call.request().url().host(), call.request().url().port());
      }
      assertNothingCounted(endpoint);
    }
  }

  /** The measure itself: a dial that fails is in the meters, and opens this breaker. */
  @Test
  void whatFailsCounts() throws Exception {
    int port = closedPort();
    OkHttpClient client = client(this::measured, each -> each, each -> each);
    for (int i = 0; i < 3; i++) {
      failureOf(() -> get(client, "http://127.0.0.1:" + port + "/"));
    }
    EndpointSnapshot now = snapshot(Endpoint.tcp("127.0.0.1", port));
    assertThat(now.breaker().orElseThrow().state()).isEqualTo(BreakerState.OPEN);
    assertThat(failuresInMeters())
        .anyMatch(
            id ->
                id.getName().equals("trunkline.handshake")
                    && "refused".equals(id.getTag("error.type")));
  }
}
