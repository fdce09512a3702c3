package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Credentials;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Through an HTTP proxy: the proxy is what is dialled, and what failures and counts name. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyTest {
  private final MockWebServer server = new MockWebServer();

  @BeforeEach
  void start() throws Exception {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String body(OkHttpClient client, String url) throws Exception {
    Request request = new Request.Builder().url(url).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(200);
      return response.body().string();
    }
  }

  private static EndpointSnapshot only(Subject.Side side) {
    assertThat(side.manager().snapshot().endpoints()).hasSize(1);
    return side.manager().snapshot().endpoints().get(0);
  }

  @ParameterizedTest
  @EnumSource
  void plainRequestsGoThroughIt(Subject subject) throws Exception {
    try (Subject.Side side = subject.start();
        SmallProxy proxy = new SmallProxy(null)) {
      OkHttpClient client = side.client(new OkHttpClient.Builder().proxy(proxy.proxy()));
      for (int i = 0; i < 3; i++) {
        server.enqueue(new MockResponse.Builder().body("hello " + i).build());
        assertThat(body(client, server.url("/").toString())).isEqualTo("hello " + i);
      }
      assertThat(proxy.requestLines()).containsExactly("GET " + server.url("/") + " HTTP/1.1");
      if (!side.isPlain()) {
        EndpointSnapshot snapshot = only(side);
        assertThat(snapshot.endpoint()).isEqualTo(Endpoint.tcp("127.0.0.1", proxy.port()));
        assertThat(snapshot.handshakes()).isEqualTo(1);
        assertThat(snapshot.reuses()).isEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tlsGoesThroughItsTunnel(Subject subject) throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    try (Subject.Side side = subject.start();
        SmallProxy proxy = new SmallProxy(Credentials.basic("me", "secret"))) {
      OkHttpClient client =
          side.client(
              ServerTls.trusting(new OkHttpClient.Builder())
                  .proxy(proxy.proxy())
                  .proxyAuthenticator(
                      (route, response) ->
                          response
                              .request()
                              .newBuilder()
                              .header("Proxy-Authorization", Credentials.basic("me", "secret"))
                              .build()));
      for (int i = 0; i < 3; i++) {
        server.enqueue(new MockResponse.Builder().body("hello " + i).build());
        assertThat(body(client, server.url("/").toString())).isEqualTo("hello " + i);
      }
      assertThat(proxy.requestLines())
          .containsExactly("CONNECT localhost:" + server.getPort() + " HTTP/1.1");
      if (!side.isPlain()) {
        EndpointSnapshot snapshot = only(side);
        assertThat(snapshot.endpoint()).isEqualTo(Endpoint.tcp("127.0.0.1", proxy.port()));
        assertThat(snapshot.reuses()).isEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void failureToReachItNamesIt(Subject subject) throws Exception {
    SmallProxy gone = new SmallProxy(null);
    gone.close();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client = side.client(new OkHttpClient.Builder().proxy(gone.proxy()));
      Throwable thrown = catchThrowable(() -> body(client, server.url("/").toString()));
      ConnectionFailure failure = Failures.find(thrown).orElseThrow();
      assertThat(failure.kind()).isEqualTo(FailureKind.REFUSED);
      assertThat(failure.details().endpoint()).hasValue(Endpoint.tcp("127.0.0.1", gone.port()));
    }
  }

  /** Beyond it nobody but the origin's cap counts: OkHttp shares no connection between origins. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void capHoldsForEachOriginBehindIt(Subject subject) throws Exception {
    try (Subject.Side side =
            subject.start(
                each -> each.maxConnectionsPerEndpoint(1).acquireTimeout(Duration.ofMillis(100)));
        SmallProxy proxy = new SmallProxy(null)) {
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .protocols(java.util.List.of(Protocol.HTTP_1_1))
                  .proxy(proxy.proxy()));
      server.enqueue(new MockResponse.Builder().body("hello").build());
      server.enqueue(new MockResponse.Builder().body("again").build());
      Request request = new Request.Builder().url(server.url("/")).build();
      try (Response first = client.newCall(request).execute()) {
        Throwable second = catchThrowable(() -> body(client, server.url("/").toString()));
        assertThat(Failures.find(second).orElseThrow().kind())
            .isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
        assertThat(first.body().string()).isEqualTo("hello");
      }
      assertThat(body(client, server.url("/").toString())).isEqualTo("again");
      assertThat(only(side).handshakes()).isEqualTo(1);
    }
  }
}
