package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * nginx closes connections that were idle for a second, and each one after ten requests; OkHttp
 * must not repeat anything. Whatever fails then met a FIN that crossed it: on a reused connection,
 * with no byte of an answer, and nginx never saw the request.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NginxTest {
  private static final int ROUNDS = 4;
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(995);
  private static final int JITTER_NANOS = (int) TimeUnit.MILLISECONDS.toNanos(10);
  private static final Set<FailureKind> CROSSED =
      Set.of(FailureKind.PEER_CLOSED, FailureKind.RESET);

  private static NginxServer server;

  private final Subject.Side side = Subject.JNI.start();
  private final AtomicInteger nextId = new AtomicInteger();
  private final AtomicInteger sent = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void start() throws Exception {
    server = NginxServer.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private OkHttpClient client(Protocol... protocols) {
    return side.client(
        ServerTls.trusting(new OkHttpClient.Builder())
            .protocols(List.of(protocols))
            .retryOnConnectionFailure(false)
            .connectionPool(new ConnectionPool(100, 5, TimeUnit.MINUTES))
            .callTimeout(Duration.ofSeconds(20)));
  }

  @Test
  void requestsOnTheEdgeOfTheIdleTimeoutFailOnlyIfTheFinCrossedThem() throws Exception {
    OkHttpClient http1 = client(Protocol.HTTP_1_1);
    OkHttpClient http2 = client(Protocol.HTTP_2, Protocol.HTTP_1_1);
    List<Background<Void>> clients = new ArrayList<>();
    for (int i = 0; i < ServerTls.ADDRESSES; i++) {
      String address = "127.0.0." + (i + 1) + ":";
      Random random = new Random(i);
      clients.add(client(http1, "http://" + address + server.port(), random));
      clients.add(client(http1, "https://" + address + server.tlsPort(), random));
      clients.add(client(http2, "https://" + address + server.http2Port(), random));
    }
    for (Background<Void> each : clients) {
      each.get();
    }
    assertOnlyCrossings();
    assertThat(reused()).as("connections were used again").isPositive();
  }

  private Background<Void> client(OkHttpClient client, String url, Random random) {
    return Background.start(
        () -> {
          LockSupport.parkNanos(random.nextInt((int) PERIOD_NANOS));
          for (int round = 0; round < ROUNDS; round++) {
            exchange(client, url, round % 2 == 0 ? "POST" : "GET");
            long until = System.nanoTime() + PERIOD_NANOS - JITTER_NANOS;
            until += random.nextInt(2 * JITTER_NANOS);
            for (long left = until - System.nanoTime();
                left > 0;
                left = until - System.nanoTime()) {
              LockSupport.parkNanos(left);
            }
          }
          return null;
        });
  }

  /** nginx announces the last request with "Connection: close", or GOAWAY. */
  @Test
  void connectionsThatEndAfterTenRequestsFailNone() throws Exception {
    OkHttpClient http1 = client(Protocol.HTTP_1_1);
    OkHttpClient http2 = client(Protocol.HTTP_2, Protocol.HTTP_1_1);
    List<Background<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(burst(http1, "http://localhost:" + server.port(), 100));
      clients.add(burst(http1, "https://localhost:" + server.tlsPort(), 100));
    }
    clients.add(burst(http2, "https://localhost:" + server.http2Port(), 100));
    for (Background<Void> each : clients) {
      each.get();
    }
    assertThat(failed).isEmpty();
    assertThat(reused()).isGreaterThan(sent.get() / 2L);
    assertThat(handshakes()).isGreaterThanOrEqualTo(sent.get() / 10L);
  }

  private Background<Void> burst(OkHttpClient client, String url, int count) {
    return Background.start(
        () -> {
          for (int i = 0; i < count; i++) {
            exchange(client, url, i % 2 == 0 ? "GET" : "POST");
          }
          return null;
        });
  }

  private void exchange(OkHttpClient client, String url, String method) {
    String id = "id-" + System.identityHashCode(this) + "-" + nextId.incrementAndGet();
    Request.Builder request = new Request.Builder().url(url).header("X-Id", id);
    if (method.equals("POST")) {
      request.post(RequestBody.create(new byte[] {1, 2, 3}));
    }
    sent.incrementAndGet();
    try (Response response = client.newCall(request.build()).execute()) {
      assertThat(response.body().string()).isEqualTo(method);
    } catch (IOException thrown) {
      FailureKind kind = Failures.find(thrown).map(ConnectionFailure::kind).orElse(null);
      if (!CROSSED.contains(kind) && !crossedGoAway(thrown)) {
        throw new AssertionError(url + " failed with " + kind, thrown);
      }
      failed.add(id);
    }
  }

  /**
   * In HTTP/2 it is not the FIN that crosses the request but the GOAWAY before it, whose streams
   * beyond the last one count as refused (RFC 9113, section 6.8).
   */
  private static boolean crossedGoAway(IOException thrown) {
    return "stream was reset: REFUSED_STREAM".equals(thrown.getMessage())
        || thrown.getClass().getSimpleName().equals("ConnectionShutdownException");
  }

  private void assertOnlyCrossings() throws IOException {
    System.out.printf(
        "nginx, keepalive_timeout 1s: %d requests, %d handshakes, %d reused, %d crossed a FIN%n",
        sent.get(), handshakes(), reused(), failed.size());
    List<String> answered = server.answered();
    assertThat(answered).doesNotContainAnyElementsOf(failed.isEmpty() ? List.of("none") : failed);
    assertThat(new HashSet<>(answered)).as("none was sent twice").hasSameSizeAs(answered);
    assertThat(failed.size()).as("crossings are rare").isLessThan(sent.get() / 5);
  }

  private long handshakes() {
    return sum(EndpointSnapshot::handshakes);
  }

  private long reused() {
    return sum(EndpointSnapshot::reuses);
  }

  private long sum(java.util.function.ToLongFunction<EndpointSnapshot> count) {
    return side.manager().snapshot().endpoints().stream().mapToLong(count).sum();
  }

  @org.junit.jupiter.api.AfterEach
  void end() {
    side.close();
  }
}
