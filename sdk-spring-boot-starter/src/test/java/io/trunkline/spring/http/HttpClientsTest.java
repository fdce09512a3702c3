package io.trunkline.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.spring.Await;
import io.trunkline.spring.LoopbackServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.InetAddressFilter;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

/** Whole applications whose HTTP clients know nothing of Trunkline. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpClientsTest {
  private static final int SIZE = 50 << 20;

  interface Greetings {
    @GetExchange("/hello")
    String hello();

    @GetExchange("/silent")
    String silent();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @ImportHttpServices(group = "greetings", types = Greetings.class)
  static class Application {}

  @Configuration(proxyBeanMethods = false)
  static class NotToLoopback {
    @Bean
    InetAddressFilter onlyExternal() {
      return InetAddressFilter.externalAddresses();
    }
  }

  private LoopbackHttpServer server;
  private ConfigurableApplicationContext context;

  @BeforeEach
  void open() throws Exception {
    server = LoopbackHttpServer.plain();
  }

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
    server.close();
  }

  private void start(Class<?> more, String... properties) {
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("spring.main.banner-mode=off");
    // A name server that is slow must not slow the test down: Spring Cloud looks up this host.
    all.add("spring.cloud.inetutils.timeout-seconds=1");
    all.add("spring.http.serviceclient.greetings.base-url=" + server.url());
    context =
        new SpringApplicationBuilder(Application.class, more)
            .web(WebApplicationType.NONE)
            .properties(all.toArray(String[]::new))
            .run();
  }

  private void start(String... properties) {
    start(Application.class, properties);
  }

  private RestClient client() {
    return context.getBean(RestClient.Builder.class).baseUrl(server.url()).build();
  }

  private String get(String path) {
    return client().get().uri(path).retrieve().body(String.class);
  }

  private Optional<EndpointSnapshot> snapshot() {
    return context
        .getBean(ConnectionManager.class)
        .snapshot()
        .endpoint(Endpoint.tcp("localhost", server.port()));
  }

  private static FailureKind kind(Throwable thrown) {
    assertThat(thrown).isInstanceOf(ResourceAccessException.class);
    return Failures.find(thrown).orElseThrow().kind();
  }

  // ---- who runs on Trunkline ----

  @Test
  void allClientsOfSpringShareOneConnection() {
    start();
    assertThat(get("/hello")).isEqualTo("hello");
    String ofTemplate =
        context
            .getBean(RestTemplateBuilder.class)
            .build()
            .getForObject(server.url() + "/hello", String.class);
    assertThat(ofTemplate).isEqualTo("hello");
    assertThat(context.getBean(Greetings.class).hello()).isEqualTo("hello");
    EndpointSnapshot seen = snapshot().orElseThrow();
    assertThat(seen.handshakes()).isEqualTo(1);
    assertThat(seen.leases()).isEqualTo(3);
    assertThat(seen.active()).isZero();
  }

  @Test
  void switchedOffTrunklineSeesNothing() {
    start("trunkline.http.enabled=false");
    assertThat(get("/hello")).isEqualTo("hello");
    assertThat(context.getBean(Greetings.class).hello()).isEqualTo("hello");
    assertThat(snapshot()).isEmpty();
    context.close();
    start("trunkline.enabled=false");
    assertThat(get("/hello")).isEqualTo("hello");
    assertThat(context.getBeanNamesForType(ConnectionManager.class)).isEmpty();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void virtualThreadsCallManyTimesAtOnce() throws Exception {
    start("spring.threads.virtual.enabled=true");
    RestClient client = client();
    VirtualThreadTaskExecutor threads = new VirtualThreadTaskExecutor("caller-");
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      calls.add(
          CompletableFuture.supplyAsync(
              () -> client.get().uri("/hello").retrieve().body(String.class), threads));
    }
    for (CompletableFuture<String> each : calls) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
    }
    assertThat(snapshot().orElseThrow().active()).isZero();
  }

  // ---- bodies ----

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @Test
  void largeBodiesAreStreamedBothWays() {
    start();
    get("/hello");
    long before = allocated();
    String counted =
        client()
            .post()
            .uri("/upload")
            .contentLength(SIZE)
            .body(HttpClientsTest::writeAll)
            .retrieve()
            .body(String.class);
    assertThat(counted).isEqualTo(SIZE + " whole");
    String inChunks =
        client()
            .post()
            .uri("/upload")
            .body(HttpClientsTest::writeAll)
            .retrieve()
            .body(String.class);
    assertThat(inChunks).isEqualTo(SIZE + " chunked");
    Long read =
        client()
            .get()
            .uri("/download?" + SIZE)
            .exchange((request, response) -> readAll(response.getBody()));
    assertThat(read).isEqualTo(SIZE);
    assertThat(allocated() - before).as("bytes for three times 50 MB").isLessThan(20 << 20);
    assertThat(snapshot().orElseThrow().handshakes()).isEqualTo(1);
  }

  private static void writeAll(OutputStream output) throws IOException {
    byte[] part = new byte[1 << 16];
    for (int left = SIZE; left > 0; left -= part.length) {
      output.write(part);
    }
  }

  private static long readAll(InputStream input) throws IOException {
    byte[] part = new byte[1 << 16];
    long length = 0;
    for (int read = input.read(part); read >= 0; read = input.read(part)) {
      length += read;
    }
    return length;
  }

  // ---- settings of Boot ----

  @Test
  void redirectsAreFollowedUnlessTheyAreNotToBe() {
    start();
    assertThat(get("/redirect")).isEqualTo("hello");
    context.close();
    start("spring.http.clients.redirects=dont-follow");
    assertThat(client().get().uri("/redirect").retrieve().toBodilessEntity().getStatusCode())
        .matches(status -> status.is3xxRedirection());
    assertThat(server.requests()).isEqualTo(1);
  }

  @Test
  void cookiesAreKeptForEachClientIfTheyAreToBe() {
    start("spring.http.clients.cookie-handling=enable");
    RestClient client = client();
    assertThat(client.get().uri("/cookie").retrieve().body(String.class)).isEqualTo("null");
    assertThat(client.get().uri("/cookie").retrieve().body(String.class))
        .isEqualTo("visitor=seven");
    assertThat(get("/cookie")).isEqualTo("null");
    context.close();
    start();
    RestClient forgetful = client();
    forgetful.get().uri("/cookie").retrieve().body(String.class);
    assertThat(forgetful.get().uri("/cookie").retrieve().body(String.class)).isEqualTo("null");
  }

  @Test
  void eachGroupHasItsOwnReadTimeout() {
    start(
        "spring.http.clients.read-timeout=20s",
        "spring.http.serviceclient.greetings.read-timeout=2s");
    Greetings greetings = context.getBean(Greetings.class);
    long start = System.nanoTime();
    assertThat(kind(catchThrowable(greetings::silent))).isEqualTo(FailureKind.READ_TIMED_OUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("the group's, not that of all")
        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(15));
    assertThat(greetings.hello()).isEqualTo("hello");
    assertThat(snapshot().orElseThrow().active()).isZero();
  }

  @Test
  void filteredAddressesAreNotConnectedToNeitherAsLiteralNorByName() {
    start(NotToLoopback.class);
    for (String host : new String[] {"127.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]"}) {
      RestClient client =
          context
              .getBean(RestClient.Builder.class)
              .baseUrl("http://" + host + ":" + server.port())
              .build();
      Throwable thrown =
          catchThrowable(() -> client.get().uri("/hello").retrieve().body(String.class));
      assertThat(kind(thrown)).as(host).isEqualTo(FailureKind.DENIED_BY_POLICY);
    }
    assertThat(kind(catchThrowable(context.getBean(Greetings.class)::hello)))
        .isEqualTo(FailureKind.DENIED_BY_POLICY);
    assertThat(server.requests()).isZero();
  }

  @Test
  void connectionOfTheRawClientIsNoWayAroundTheFilter() throws Exception {
    start(NotToLoopback.class);
    OkHttpClient raw = context.getBean(OkHttpClient.class);
    Request request = new Request.Builder().url(server.url() + "/hello").build();
    try (Response response = raw.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(200);
    }
    assertThat(kind(catchThrowable(() -> get("/hello")))).isEqualTo(FailureKind.DENIED_BY_POLICY);
  }

  // ---- what Trunkline adds ----

  @Test
  void openBreakerIsSeenThroughTheClient() throws Exception {
    start("trunkline.circuit-breaker.minimum-dials=2", "trunkline.probe.first-after=30s");
    try (Socket nobody = LoopbackServer.reservedPort()) {
      RestClient client =
          context
              .getBean(RestClient.Builder.class)
              .baseUrl("http://127.0.0.1:" + nobody.getLocalPort())
              .build();
      List<FailureKind> kinds = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        kinds.add(kind(catchThrowable(() -> client.get().retrieve().toBodilessEntity())));
      }
      assertThat(kinds).startsWith(FailureKind.REFUSED).endsWith(FailureKind.BREAKER_OPEN);
    }
  }

  @Test
  void requestsAreObservedOnceByThoseWhoMakeThem() throws Exception {
    start();
    MeterRegistry meters = context.getBean(MeterRegistry.class);
    get("/hello");
    get("/hello");
    assertThat(meters.get("http.client.requests").timers())
        .singleElement()
        .satisfies(
            timer -> {
              assertThat(timer.count()).isEqualTo(2);
              assertThat(timer.getId().getTag("outcome")).isEqualTo("SUCCESS");
            });
    assertThat(meters.find("okhttp.requests").timers()).isEmpty();
    assertThat(meters.get("trunkline.http.calls").timers())
        .extracting(timer -> timer.getId().getTag("reused"))
        .containsExactlyInAnyOrder("false", "true");
    assertThat(meters.get("okhttp.pool.connection.count").tag("state", "idle").gauge().value())
        .isEqualTo(1);
    Request request = new Request.Builder().url(server.url() + "/hello").build();
    try (Response response = context.getBean(OkHttpClient.class).newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(200);
    }
    assertThat(meters.get("okhttp.requests").timer().count()).isEqualTo(1);
    assertThat(meters.get("http.client.requests").timer().count()).isEqualTo(2);
  }

  @Test
  void callsToEndpointsBeyondTheBoundShareTheirMeters() {
    start("trunkline.metrics.max-endpoints=0");
    get("/hello");
    assertThat(context.getBean(MeterRegistry.class).get("trunkline.http.calls").timer().getId())
        .satisfies(id -> assertThat(id.getTag("endpoint")).isEqualTo("other"));
  }

  @Test
  void idleConnectionsEndAfterTheIdleTimeoutOfThePools() throws Exception {
    start("trunkline.pool.idle-timeout=100ms");
    get("/hello");
    Await.until("it has ended", () -> snapshot().orElseThrow().idle() == 0);
    assertThat(context.getBean(OkHttpClient.class).connectionPool().connectionCount()).isZero();
    assertThat(get("/hello")).isEqualTo("hello");
  }

  @Test
  void idleConnectionsEndWithTheContext() throws Exception {
    start();
    get("/hello");
    OkHttpClient raw = context.getBean(OkHttpClient.class);
    assertThat(raw.connectionPool().connectionCount()).isEqualTo(1);
    context.close();
    assertThat(raw.connectionPool().connectionCount()).isZero();
    assertThat(raw.dispatcher().executorService().awaitTermination(5, TimeUnit.SECONDS)).isTrue();
  }
}
