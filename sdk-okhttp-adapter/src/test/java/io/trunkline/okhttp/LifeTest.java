package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

class LifeTest extends Fixture {
  private final Gate gate = new Gate();

  @Test
  void aConnectionServesNoCallOnceItIsTooOld() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer server = server(protocol, false);
      server.setDispatcher(new Always("x"));
      OkHttpClient client =
          client(each -> each, each -> each.maxAge(Duration.ofMillis(300)), speaking(protocol));
      get(client, server.url("/"));
      eventually("it ends while idle", () -> snapshot(server).idle() == 0);
      get(client, server.url("/"));
      assertThat(snapshot(server).handshakes()).isEqualTo(2);
      assertThat(snapshot(server).evicted()).isEqualTo(1);
    }
  }

  @Test
  void agesDiffer() {
    client(each -> each, each -> each.maxAge(Duration.ofHours(1)), each -> each);
    OkHttpSettings settings = adapter.adapter().settings();
    Set<Long> ages =
        IntStream.range(0, 50)
            .mapToObj(i -> settings.ageLimitNanos(Endpoint.tcp("any", 80)))
            .collect(Collectors.toSet());
    assertThat(ages).hasSizeGreaterThan(10);
    assertThat(ages).allMatch(each -> each <= Duration.ofHours(1).toNanos());
  }

  /** The endpoint has one connection that is idle, and one that a call has. */
  private CompletableFuture<String> oneIdleOneActive(OkHttpClient client, MockWebServer server)
      throws Exception {
    server.setDispatcher(gate);
    String url = "http://localhost:" + server.getPort() + "/";
    CompletableFuture<String> first = start(client.newCall(request(url)));
    CompletableFuture<String> second = start(client.newCall(request(url)));
    gate.arrived.take();
    gate.arrived.take();
    gate.open(1);
    CompletableFuture.anyOf(first, second).get(5, TimeUnit.SECONDS);
    eventually("one is idle", () -> snapshot(server).idle() == 1);
    assertThat(snapshot(server).active()).isEqualTo(1);
    return first.isDone() ? second : first;
  }

  private void endsWithItsCall(MockWebServer server, CompletableFuture<String> active)
      throws Exception {
    eventually("the idle one ends", () -> snapshot(server).idle() == 0);
    assertThat(snapshot(server).active()).isEqualTo(1);
    gate.open(1);
    assertThat(active.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    eventually("the other one ends", () -> snapshot(server).connections().isEmpty());
  }

  @Test
  void aDrainEndsIdleConnectionsNowAndOthersWithTheirCalls() throws Exception {
    MockWebServer server = server();
    CompletableFuture<String> active = oneIdleOneActive(client(), server);
    manager.drain(Endpoint.tcp("localhost", server.getPort()));
    endsWithItsCall(server, active);
  }

  @Test
  void connectionsToAWithdrawnAddressEnd() throws Exception {
    MockWebServer server = server();
    Set<Integer> lasts = ConcurrentHashMap.newKeySet();
    lasts.add(1);
    OkHttpClient client =
        client(
            each ->
                each.resolver(
                        endpoint ->
                            lasts.stream()
                                .map(
                                    last ->
                                        new InetSocketAddress("127.0.0." + last, endpoint.port()))
                                .toList())
                    .resolve(resolve -> resolve.ttl(Duration.ofSeconds(1))),
            each -> each,
            each -> each);
    CompletableFuture<String> active = oneIdleOneActive(client, server);
    lasts.add(2);
    lasts.remove(1);
    endsWithItsCall(server, active);
  }

  @Test
  void theManagerWaitsForCallsBeforeItIsClosed() throws Exception {
    MockWebServer server = server();
    OkHttpClient client = client();
    CompletableFuture<String> active = oneIdleOneActive(client, server);
    ConnectionManager closed = manager;
    CompletableFuture<String> closing =
        start(
            () -> {
              closed.close(Duration.ofSeconds(10));
              return "closed";
            });
    Thread.sleep(100);
    assertThat(closing).isNotDone();
    gate.open(1);
    assertThat(active.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(closing.get(5, TimeUnit.SECONDS)).isEqualTo("closed");
  }

  @Test
  void theManagerDoesNotWaitForever() throws Exception {
    MockWebServer server = server();
    CompletableFuture<String> active = oneIdleOneActive(client(), server);
    manager.close(Duration.ofMillis(100));
    failureOf(active);
    gate.open(1);
  }

  @Test
  void warmConnectionsSaveTheHandshake() throws Exception {
    for (boolean tls : List.of(false, true)) {
      MockWebServer server = server(Protocol.HTTP_1_1, tls);
      server.setDispatcher(new Always("x"));
      OkHttpClient client = client(speaking(Protocol.HTTP_1_1));
      assertThat(adapter.warmUp(server.url("/").toString(), 2)).isEqualTo(2);
      assertThat(adapter.warmUp(server.url("/").toString(), 2)).isEqualTo(2);
      assertThat(snapshot(server).idle()).isEqualTo(2);
      assertThat(get(client, server.url("/"))).isEqualTo("x");
      assertThat(adapter.warmUp(server.url("/").toString(), 2)).isEqualTo(2);
      adapter.close();
      eventually(
          "all are closed",
          () ->
              adapter.adapter().connections().open(Endpoint.tcp("localhost", server.getPort()))
                  == 0);
    }
  }

  @Test
  void warmConnectionsThatThePeerClosesAreNotDialledForEver() throws Exception {
    ServerSocket listener = silent();
    AtomicInteger accepted = new AtomicInteger();
    start(
        () -> {
          while (true) {
            listener.accept().close();
            accepted.incrementAndGet();
          }
        });
    client();
    adapter.warmUp("http://localhost:" + listener.getLocalPort() + "/", 3);
    eventually("they were dialled", () -> accepted.get() == 3);
    Thread.sleep(50);
    assertThat(accepted).hasValue(3);
  }

  @Test
  void connectionsThatThePeerHasClosedAreNotUsedAgain() throws Exception {
    assumeTrue(transport == TransportMode.NATIVE); // the other one sees it after a second
    for (boolean tls : List.of(false, true)) {
      MockWebServer server = server(Protocol.HTTP_1_1, tls);
      server.setDispatcher(
          new Always(
              new MockResponse.Builder()
                  .body("x")
                  .onResponseEnd(new SocketEffect.CloseSocket())
                  .build()));
      OkHttpClient client =
          client(each -> speaking(Protocol.HTTP_1_1).apply(each).retryOnConnectionFailure(false));
      for (int i = 0; i < 20; i++) {
        assertThat(i % 2 == 0 ? post(client, server.url("/")) : get(client, server.url("/")))
            .isEqualTo("x");
        eventually("it ends while idle", () -> snapshot(server).connections().isEmpty());
      }
      assertThat(server.getRequestCount()).isEqualTo(20);
    }
  }

  @Test
  void connectionsThatDiedLongAgoAreNotUsedAgain() throws Exception {
    for (boolean tls : List.of(false, true)) {
      MockWebServer server = server(Protocol.HTTP_1_1, tls);
      server.setDispatcher(
          new Always(
              new MockResponse.Builder()
                  .body("x")
                  .onResponseEnd(new SocketEffect.CloseSocket())
                  .build()));
      OkHttpClient client =
          client(each -> speaking(Protocol.HTTP_1_1).apply(each).retryOnConnectionFailure(false));
      get(client, server.url("/"));
      Thread.sleep(1_200);
      assertThat(post(client, server.url("/"))).isEqualTo("x");
    }
  }

  @Test
  void anEndpointThatNobodyUsesIsForgotten() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(new Always("x"));
    AtomicReference<Socket> socket = new AtomicReference<>();
    OkHttpClient client =
        client(
            each -> each.pool(pool -> pool.forgetAfter(Duration.ofSeconds(1))),
            each -> each,
            each ->
                each.addNetworkInterceptor(
                    chain -> {
                      socket.set(chain.connection().socket());
                      return chain.proceed(chain.request());
                    }));
    get(client, server.url("/"));
    failureOf(() -> get(client, "http://127.0.0.1:" + closedPort() + "/"));
    assertThat(adapter.adapter().connections().counts()).hasSize(2);
    client.connectionPool().evictAll();
    eventually("both are", () -> adapter.adapter().connections().counts().isEmpty());
    socket.get().close(); // as OkHttp may, once more
    assertThat(adapter.adapter().connections().counts()).isEmpty();
    assertThat(get(client, server.url("/"))).isEqualTo("x");
  }

  @Test
  void aCallsRequestIsNotKeptWithItsConnection() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(new Always("x"));
    OkHttpClient client = client();
    var reference = new WeakReference<>(posted(client, server));
    eventually(
        "it is forgotten",
        () -> {
          System.gc();
          return reference.get() == null;
        });
    assertThat(snapshot(server).idle()).isEqualTo(1);
  }

  private static Object posted(OkHttpClient client, MockWebServer server) throws Exception {
    var body = body(new byte[1_000_000]);
    try (var response =
        client.newCall(request(server.url("/")).newBuilder().post(body).build()).execute()) {
      assertThat(response.body().string()).isEqualTo("x");
    }
    return body;
  }
}
