package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.okhttp3.OkHttpConnectionPoolMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.okhttp.OkHttpMetrics;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.testing.Await;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The meters of calls, of the manager and of OkHttp's pool, in one registry. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MetersTest {
  private final MockWebServer server = new MockWebServer();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ConnectionPool pool = new ConnectionPool();
  private ConnectionManager manager;
  private OkHttpClient client;

  @BeforeEach
  void start() throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    server.start();
    manager = ConnectionManager.builder().listener(TrunklineMetrics.bindTo(registry)).build();
    client =
        TrunklineOkHttp.builder(manager)
            .listener(OkHttpMetrics.bindTo(registry))
            .build()
            .install(ServerTls.trusting(new OkHttpClient.Builder()).connectionPool(pool))
            .build();
    new OkHttpConnectionPoolMetrics(pool).bindTo(registry);
  }

  @AfterEach
  void end() {
    manager.close();
    server.close();
  }

  private String endpoint() {
    return "localhost:" + server.getPort();
  }

  private Response call(HttpUrl url) throws IOException {
    return client.newCall(new Request.Builder().url(url).build()).execute();
  }

  private void get() throws IOException {
    server.enqueue(new MockResponse.Builder().body("hello").build());
    try (Response response = call(server.url("/a/path?a=query"))) {
      assertThat(response.body().string()).isEqualTo("hello");
    }
  }

  private long calls(String endpoint, String protocol, String reused, String error) {
    Timer timer =
        registry
            .find("trunkline.http.calls")
            .tags("endpoint", endpoint, "protocol", protocol, "reused", reused)
            .tag("error.type", error::equals)
            .timer();
    return timer == null ? 0 : timer.count();
  }

  private double connections(String state) {
    return registry
        .get("trunkline.pool.connections")
        .tags("endpoint", endpoint(), "state", state)
        .gauge()
        .value();
  }

  /** Active and idle, both asked at once: Micrometer keeps the numbers until each was asked for. */
  private List<Double> inOkHttpsPool() {
    return Stream.of("active", "idle")
        .map(
            state ->
                registry.get("okhttp.pool.connection.count").tag("state", state).gauge().value())
        .toList();
  }

  private double evicted(String reason) {
    Counter counter =
        registry.find("trunkline.connections.evicted").tag("reason", reason).counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void callsAreCountedByEndpointProtocolAndReuse() throws Exception {
    server.setProtocols(List.of(Protocol.HTTP_1_1));
    get();
    get();
    get();
    assertThat(calls(endpoint(), "http/1.1", "false", "none")).isEqualTo(1);
    assertThat(calls(endpoint(), "http/1.1", "true", "none")).isEqualTo(2);
    Timer acquired =
        registry
            .get("trunkline.pool.acquire")
            .tags("endpoint", endpoint(), "outcome", "success", "reused", "true")
            .timer();
    assertThat(acquired.count()).isEqualTo(2);
    assertThat(registry.get("trunkline.handshakes.avoided").functionCounter().count()).isEqualTo(2);
    assertThat(registry.get("trunkline.pool.usage").timer().count()).isEqualTo(3);
    assertThat(registry.find("trunkline.http.calls").timers())
        .allSatisfy(
            each ->
                assertThat(each.getId().toString()).doesNotContain("path").doesNotContain("query"));
  }

  @Test
  void callsOfHttp2AreCountedAsSuch() throws Exception {
    get();
    get();
    assertThat(calls(endpoint(), "h2", "false", "none")).isEqualTo(1);
    assertThat(calls(endpoint(), "h2", "true", "none")).isEqualTo(1);
  }

  @Test
  void handshakesOfTcpAndTlsAreTimed() throws Exception {
    get();
    get();
    Timer tcp = registry.get("trunkline.handshake").tag("outcome", "success").timer();
    assertThat(tcp.count()).isEqualTo(1);
    Timer tls =
        registry
            .get("trunkline.tls.handshake")
            .tags("outcome", "success", "tls.protocol.version", "TLSv1.3")
            .timer();
    assertThat(tls.count()).isEqualTo(1);
    assertThat(tls.totalTime(java.util.concurrent.TimeUnit.NANOSECONDS)).isPositive();
  }

  @Test
  void failedCallsAreCountedByKind() throws Exception {
    int nobody;
    try (ServerSocket listener = new ServerSocket(0)) {
      nobody = listener.getLocalPort();
    }
    HttpUrl url = HttpUrl.get("http://127.0.0.1:" + nobody + "/");
    assertThatThrownBy(() -> call(url)).isInstanceOf(ConnectException.class);
    assertThat(calls("127.0.0.1:" + nobody, "none", "false", "refused")).isEqualTo(1);
    Timer handshake =
        registry
            .get("trunkline.handshake")
            .tags("outcome", "failure", "error.type", "refused")
            .timer();
    assertThat(handshake.count()).isEqualTo(1);
    Timer acquire = registry.get("trunkline.pool.acquire").tag("outcome", "refused").timer();
    assertThat(acquire.count()).isEqualTo(1);
  }

  // ---- how many ----

  /** The same for few endpoints. */
  private void startWithTwoEndpoints(Duration forgetAfter) {
    manager.close();
    manager =
        ConnectionManager.builder()
            .pool(p -> p.forgetAfter(forgetAfter).idleTimeout(Duration.ofSeconds(1)))
            .build();
    OkHttpMetrics metrics = OkHttpMetrics.builder(registry).maxEndpoints(2).build();
    client =
        TrunklineOkHttp.builder(manager)
            .listener(metrics)
            .build()
            .install(new OkHttpClient.Builder())
            .build();
  }

  private void callsNobody(int... ports) {
    for (int port : ports) {
      HttpUrl url = HttpUrl.get("http://127.0.0.1:" + port + "/");
      assertThatThrownBy(() -> call(url)).isInstanceOf(ConnectException.class);
    }
  }

  private static int[] portsOfNobody(int count) throws IOException {
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        ports[i] = listener.getLocalPort();
      }
    }
    return ports;
  }

  private Set<String> endpointsWithMeters() {
    return registry.find("trunkline.http.calls").timers().stream()
        .map(each -> each.getId().getTag("endpoint"))
        .collect(Collectors.toSet());
  }

  @Test
  void endpointsBeyondTheBoundShareTheirMeters() throws Exception {
    startWithTwoEndpoints(Duration.ofMinutes(1));
    int[] ports = portsOfNobody(4);
    callsNobody(ports);
    callsNobody(ports[0]);
    String first = "127.0.0.1:" + ports[0];
    assertThat(endpointsWithMeters())
        .containsExactlyInAnyOrder(first, "127.0.0.1:" + ports[1], "other");
    assertThat(calls(first, "none", "false", "refused")).isEqualTo(2);
    assertThat(calls("other", "none", "false", "refused")).isEqualTo(2);
  }

  @Test
  void metersOfAnEndpointThatIsForgottenMakeRoomForAnother() throws Exception {
    startWithTwoEndpoints(Duration.ofMillis(300));
    int[] ports = portsOfNobody(3);
    callsNobody(ports[0], ports[1]);
    Await.until("forgotten", () -> endpointsWithMeters().isEmpty());
    callsNobody(ports[2]);
    assertThat(endpointsWithMeters()).containsExactly("127.0.0.1:" + ports[2]);
  }

  @Test
  void namesThatNobodyHasGetNoMetersOfTheirOwn() {
    startWithTwoEndpoints(Duration.ofMillis(300));
    for (int i = 0; i < 5; i++) {
      HttpUrl url = HttpUrl.get("http://nobody-" + i + ".invalid/");
      assertThatThrownBy(() -> call(url)).isInstanceOf(UnknownHostException.class);
    }
    assertThat(endpointsWithMeters()).containsExactly("other");
    assertThat(calls("other", "none", "false", "resolution_failed")).isEqualTo(5);
  }

  @Test
  void gaugesFollowTheConnection() throws Exception {
    server.setProtocols(List.of(Protocol.HTTP_1_1));
    server.enqueue(new MockResponse.Builder().body("hello").build());
    try (Response open = call(server.url("/"))) {
      Await.until("active", () -> connections("active") == 1);
      assertThat(connections("idle")).isZero();
      assertThat(inOkHttpsPool()).containsExactly(1.0, 0.0);
      assertThat(open.body().string()).isEqualTo("hello");
    }
    Await.until(
        "no longer active", () -> connections("active") == 0); // counts are kept for a second
    assertThat(connections("idle")).isEqualTo(1);
    assertThat(inOkHttpsPool()).containsExactly(0.0, 1.0);
    assertThat(registry.get("trunkline.pool.max").gauge().value())
        .isEqualTo(manager.poolSettings().maxPerEndpoint());
  }

  @Test
  void evictionsHaveTheirReason() throws Exception {
    server.setProtocols(List.of(Protocol.HTTP_1_1));
    get();
    manager.drain(Endpoint.tcp("localhost", server.getPort()));
    Await.until("drained", () -> evicted("drained") == 1);
    Await.until("gone", () -> connections("idle") + connections("active") == 0);
    get();
    pool.evictAll();
    Await.until("OkHttp let it go", () -> evicted("idle") == 1);
    get();
    server.close();
    Await.until("the peer closed it", () -> evicted("peer") == 1);
    Await.until("gone", () -> connections("idle") == 0);
    assertThat(registry.get("trunkline.connection.lifetime").timer().count()).isEqualTo(3);
  }
}
