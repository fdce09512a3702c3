package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Authenticator;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.Test;

class ProtocolsTest extends Fixture {

  @Test
  void callsShareOneConnectionOfEachProtocol() throws Exception {
    share(Protocol.HTTP_1_1, false);
    share(Protocol.HTTP_1_1, true);
    share(Protocol.HTTP_2, true);
    share(Protocol.H2_PRIOR_KNOWLEDGE, false);
  }

  private void share(Protocol protocol, boolean tls) throws Exception {
    BlockingQueue<FinishedCall> ended = new LinkedBlockingQueue<>();
    MockWebServer server = server(protocol, tls);
    OkHttpClient client =
        client(each -> each, each -> each.listener(ended::add), speaking(protocol));
    for (int i = 0; i < 5; i++) {
      server.enqueue(answer("hello " + i));
      String body = i % 2 == 0 ? get(client, server.url("/")) : post(client, server.url("/"));
      assertThat(body).isEqualTo("hello " + i);
      FinishedCall call = ended.take();
      assertThat(call.protocol()).contains(protocol);
      assertThat(call.reused()).isEqualTo(i > 0);
      assertThat(call.failure()).isEmpty();
    }
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
    assertThat(snapshot(server).leases()).isEqualTo(5);
    assertThat(snapshot(server).reuses()).isEqualTo(4);
    assertThat(snapshot(server).idle()).isEqualTo(1);
    assertThat(snapshot(server).active()).isZero();
    assertThat(adapter.adapter().permits().taken()).isZero();
    assertThat(adapter.adapter().permits().size()).isZero();
  }

  @Test
  void redirectsAndAuthenticatorsGoOnWithTheSameLeave() throws Exception {
    MockWebServer server = server();
    OkHttpClient client =
        client(
            each -> each,
            each -> each.maxConnectionsPerEndpoint(1).maxPending(0),
            each ->
                each.authenticator(
                    (route, response) ->
                        response.request().newBuilder().header("Authorization", "x").build()));
    server.enqueue(
        new MockResponse.Builder().code(302).addHeader("Location: /there").body("away").build());
    server.enqueue(new MockResponse.Builder().code(401).body("who?").build());
    server.enqueue(answer("there"));
    assertThat(get(client, server.url("/"))).isEqualTo("there");
    assertThat(client.authenticator()).isNotEqualTo(Authenticator.NONE);
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
  }

  @Test
  void aWebSocketHoldsItsPlaceUntilItEnds() throws Exception {
    MockWebServer server = server();
    OkHttpClient client =
        client(each -> each, each -> each.maxConnectionsPerEndpoint(1).maxPending(0), each -> each);
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    server.enqueue(new MockResponse.Builder().webSocketUpgrade(new Echo()).build());
    WebSocket socket =
        client.newWebSocket(
            request(server.url("/")),
            new WebSocketListener() {
              @Override
              public void onMessage(WebSocket from, String text) {
                heard.add(text);
              }

              @Override
              public void onClosed(WebSocket from, int code, String reason) {
                heard.add("closed " + code);
              }
            });
    socket.send("one");
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("one");
    assertThat(adapter.adapter().permits().taken()).isEqualTo(1);
    assertThat(failureOf(() -> get(client, server.url("/")))).hasMessageContaining("too many");
    socket.close(1000, "done");
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("closed 1000");
    eventually("its place is free", () -> adapter.adapter().permits().taken() == 0);
    eventually("it is closed", () -> manager.snapshot().openConnections() == 0);
    serverMayKeepItsSide();
  }

  private static final class Echo extends WebSocketListener {
    @Override
    public void onMessage(WebSocket from, String text) {
      from.send(text);
    }

    @Override
    public void onClosing(WebSocket from, int code, String reason) {
      from.close(code, reason);
    }
  }

  @Test
  void anAdapterReplacesTheOneThatABuilderHas() throws Exception {
    MockWebServer server = server();
    OkHttpClient first = client();
    TrunklineOkHttp other = TrunklineOkHttp.builder(manager).build();
    OkHttpClient second = other.install(first.newBuilder()).build();
    assertThat(second.interceptors()).hasSize(1);
    server.enqueue(answer("a"));
    server.enqueue(answer("b"));
    get(first, server.url("/"));
    get(second, server.url("/"));
    assertThat(snapshot(server).handshakes()).isEqualTo(2);
    other.close();
    assertThat(first.connectionPool()).isSameAs(second.connectionPool());
  }

  @Test
  void anInterceptorMayTryAgain() throws Exception {
    MockWebServer server = server();
    BlockingQueue<FinishedCall> ended = new LinkedBlockingQueue<>();
    OkHttpClient client =
        client(
            each -> each,
            each -> each.maxConnectionsPerEndpoint(1).maxPending(0).listener(ended::add),
            each ->
                each.addInterceptor(
                    chain -> {
                      Request request = chain.request();
                      Response response = chain.proceed(request);
                      while (response.code() == 500) {
                        response.close();
                        response = chain.proceed(request);
                      }
                      return response;
                    }));
    server.enqueue(new MockResponse.Builder().code(500).body("no").build());
    server.enqueue(new MockResponse.Builder().code(500).body("no").build());
    server.enqueue(answer("yes"));
    assertThat(get(client, server.url("/"))).isEqualTo("yes");
    assertThat(ended).as("it is one call").hasSize(1);
    assertThat(snapshot(server).idle()).isEqualTo(1);
    assertThat(adapter.adapter().permits().taken()).isZero();
  }

  @Test
  void manyThreadsTakeTheirTurns() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer server = server(protocol, false);
      server.setDispatcher(new Always("x"));
      OkHttpClient client =
          client(each -> each, each -> each.maxConnectionsPerEndpoint(3), speaking(protocol));
      List<CompletableFuture<String>> running = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        running.add(
            start(
                () -> {
                  for (int k = 0; k < 40; k++) {
                    get(client, server.url("/"));
                    assertThat(adapter.adapter().permits().taken()).isBetween(0, 4);
                  }
                  return "done";
                }));
      }
      for (CompletableFuture<String> each : running) {
        assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo("done");
      }
      assertThat(snapshot(server).handshakes()).isLessThanOrEqualTo(3);
      assertThat(snapshot(server).leases()).isEqualTo(480);
      eventually("all is given back", () -> adapter.adapter().permits().size() == 0);
      assertThat(snapshot(server).active()).isZero();
    }
  }
}
