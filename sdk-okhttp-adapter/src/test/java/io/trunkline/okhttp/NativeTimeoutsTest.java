package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeTimeoutsTest extends Fixture {
  /** Where the other side never answers. */
  private OkHttpClient limited() {
    return limited(200);
  }

  private OkHttpClient limited(int millis) {
    return client(
        each -> each,
        each -> each.nativeTimeouts(true),
        each ->
            each.protocols(List.of(Protocol.HTTP_1_1))
                .readTimeout(millis, TimeUnit.MILLISECONDS)
                .writeTimeout(millis, TimeUnit.MILLISECONDS));
  }

  @Test
  void readsAndWritesThatStandStillAreTold() throws Exception {
    ServerSocket listener = silent();
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    OkHttpClient client = limited();
    assertThat(client.readTimeoutMillis()).isZero();
    for (String url : List.of("http://localhost:" + listener.getLocalPort() + "/", wedged.url())) {
      IOException read = failureOf(() -> get(client, url));
      assertThat(read).isInstanceOf(SocketTimeoutException.class);
      assertThat(found(read).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
      var large = request(url).newBuilder().post(body(new byte[30_000_000])).build();
      IOException write = failureOf(() -> client.newCall(large).execute());
      assertThat(write).isInstanceOf(SocketTimeoutException.class);
      assertThat(found(write).kind()).isEqualTo(FailureKind.WRITE_TIMED_OUT);
    }
  }

  /** Nobody would enforce a limit, for OkHttp was told that there is none. */
  @Test
  void aDerivedClientThatSpeaksHttp2IsRefused() throws Exception {
    OkHttpClient http1 = limited(5_000);
    for (boolean tls : List.of(true, false)) {
      Protocol protocol = tls ? Protocol.HTTP_2 : Protocol.H2_PRIOR_KNOWLEDGE;
      MockWebServer server = server(protocol, tls);
      server.enqueue(answer("never asked for"));
      OkHttpClient derived =
          http1
              .newBuilder()
              .protocols(tls ? List.of(protocol, Protocol.HTTP_1_1) : List.of(protocol))
              .build();
      IOException refused = failureOf(() -> get(derived, server.url("/")));
      assertThat(refused)
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("native timeouts are for clients of HTTP/1.1 alone")
          .hasMessageContaining("[" + protocol + "]");
      assertThat(found(refused).requestBytesSent()).isFalse();
      assertThat(server.getRequestCount()).isZero();
    }
    MockWebServer server = server();
    server.enqueue(answer("x"));
    assertThat(get(http1, server.url("/"))).isEqualTo("x");
  }

  @Test
  void anInstallWithoutThemTakesTheCheckAway() throws Exception {
    MockWebServer server = server(Protocol.HTTP_2, true);
    server.enqueue(answer("x"));
    OkHttpClient again =
        TrunklineOkHttp.install(limited(5_000).newBuilder(), manager)
            .protocols(List.of(Protocol.HTTP_2, Protocol.HTTP_1_1))
            .build();
    assertThat(again.networkInterceptors()).isEmpty();
    assertThat(get(again, server.url("/"))).isEqualTo("x");
  }

  @Test
  void aClientThatIsDerivedAndInstalledAgainKeepsItsLimits() throws Exception {
    ServerSocket listener = silent();
    OkHttpClient first = limited();
    OkHttpClient again = TrunklineOkHttp.install(first.newBuilder(), manager).build();
    assertThat(again.readTimeoutMillis()).isEqualTo(200);
    assertThat(again.writeTimeoutMillis()).isEqualTo(200);
    OkHttpClient nativeAgain =
        TrunklineOkHttp.builder(manager)
            .nativeTimeouts(true)
            .build()
            .install(first.newBuilder())
            .build();
    assertThat(nativeAgain.readTimeoutMillis()).isZero();
    String url = "http://localhost:" + listener.getLocalPort() + "/";
    IOException read = failureOf(() -> get(nativeAgain, url));
    assertThat(found(read).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
  }

  @Test
  void aConnectionThatWasNotUpgradedHasItsLimitsAgain() throws Exception {
    MockWebServer server = server();
    OkHttpClient client = limited(1_000);
    server.enqueue(new MockResponse.Builder().code(404).build());
    var upgrade = request(server.url("/")).newBuilder().header("Upgrade", "other").build();
    try (Response refused = client.newCall(upgrade).execute()) {
      assertThat(refused.code()).isEqualTo(404);
    }
    IOException read = failureOf(() -> get(client, server.url("/"))); // nothing is queued
    assertThat(found(read).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
  }

  @Test
  void aHostThatNoNameServerTakesIsAnUnknownHost() throws Exception {
    MockWebServer server = server();
    OkHttpClient client = limited(5_000);
    IOException failure = failureOf(() -> get(client, "http://a,b/"));
    assertThat(failure).isInstanceOf(UnknownHostException.class);
    assertThat(found(failure).elapsed()).isLessThan(Duration.ofMinutes(1));
    server.enqueue(
        new MockResponse.Builder().code(302).addHeader("Location", "http://a,b/").build());
    IOException redirected = failureOf(() -> get(client, server.url("/")));
    assertThat(redirected).isInstanceOf(UnknownHostException.class);
    assertThat(found(redirected).endpoint()).as("not the server that sent it there").isEmpty();
    eventually("its place is free", () -> adapter.adapter().permits().taken() == 0);
  }

  @Test
  void aSlowAnswerWithinTheLimitIsFine() throws Exception {
    MockWebServer server = server();
    OkHttpClient client = limited(1_000);
    for (int i = 0; i < 2; i++) {
      server.enqueue(
          new MockResponse.Builder()
              .body("x".repeat(400))
              .throttleBody(100, 400, TimeUnit.MILLISECONDS)
              .build());
      assertThat(get(client, server.url("/"))).hasSize(400);
    }
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
  }

  /** Each read has its byte in time, so that only the limit of the call ends it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatDripsIsEndedByTheLimitOfTheCall(boolean tls) throws Exception {
    MockWebServer server = server(Protocol.HTTP_1_1, tls);
    for (boolean natively : List.of(true, false)) {
      OkHttpClient unlimited = natively ? limited(700) : client(speaking(Protocol.HTTP_1_1));
      OkHttpClient client = unlimited.newBuilder().callTimeout(1, TimeUnit.SECONDS).build();
      long best = Long.MAX_VALUE;
      for (int i = 0; i < 3 && best > 1_400; i++) {
        server.enqueue(
            new MockResponse.Builder()
                .body("x".repeat(400))
                .throttleBody(1, 60, TimeUnit.MILLISECONDS)
                .build());
        long start = System.nanoTime();
        IOException failure = failureOf(() -> get(client, server.url("/")));
        best = Math.min(best, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        assertThat(failure).isExactlyInstanceOf(InterruptedIOException.class).hasMessage("timeout");
        assertThat(found(failure).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
        assertThat(found(failure).phase()).isEqualTo(FailurePhase.READ);
        assertThat(found(failure).requestBytesSent()).isTrue();
      }
      assertThat(best).as("milliseconds").isBetween(950L, 1_400L);
    }
  }

  @Test
  void aWebSocketMayBeSilentForLonger() throws Exception {
    MockWebServer server = server();
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    server.enqueue(
        new MockResponse.Builder()
            .webSocketUpgrade(
                new WebSocketListener() {
                  @Override
                  public void onOpen(WebSocket socket, Response response) {
                    start(
                        () -> {
                          Thread.sleep(600);
                          return socket.send("late") && socket.close(1000, "");
                        });
                  }
                })
            .build());
    limited()
        .newWebSocket(
            request(server.url("/")),
            new WebSocketListener() {
              @Override
              public void onMessage(WebSocket socket, String text) {
                heard.add(text);
                socket.close(1000, "");
              }

              @Override
              public void onFailure(WebSocket socket, Throwable failure, Response response) {
                heard.add(failure.toString());
              }
            });
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("late");
  }

  @Test
  void clientsThatMaySpeakHttp2AreRefused() {
    assertThatThrownBy(() -> client(each -> each, each -> each.nativeTimeouts(true), each -> each))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("HTTP/1.1");
  }
}
