package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Cache;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Connection;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.Credentials;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.Okio;
import okio.Pipe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What OkHttp does above its connections is the same with the adapter and without. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SameAsPlainTest {
  private final MockWebServer server = new MockWebServer();

  @BeforeEach
  void start() throws Exception {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void enqueue(MockResponse.Builder... responses) {
    for (MockResponse.Builder each : responses) {
      server.enqueue(each.build());
    }
  }

  private static MockResponse.Builder hello() {
    return new MockResponse.Builder().body("hello");
  }

  private String get(OkHttpClient client, HttpUrl url) throws IOException {
    try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
      return response.body().string();
    }
  }

  private String get(OkHttpClient client) throws IOException {
    return get(client, server.url("/"));
  }

  @ParameterizedTest
  @EnumSource
  void redirectsAreFollowedHereAndElsewhere(Subject subject) throws Exception {
    try (Subject.Side side = subject.start();
        MockWebServer other = new MockWebServer()) {
      other.start();
      other.enqueue(hello().build());
      enqueue(
          new MockResponse.Builder().code(302).addHeader("Location", "/next"),
          new MockResponse.Builder().code(307).addHeader("Location", other.url("/there")));
      assertThat(get(side.client())).isEqualTo("hello");
      assertThat(server.takeRequest().getConnectionIndex()).isZero();
      assertThat(server.takeRequest().getConnectionIndex()).isZero();
      assertThat(other.takeRequest().getTarget()).isEqualTo("/there");
      if (!side.isPlain()) {
        side.manager()
            .snapshot()
            .endpoints()
            .forEach(each -> assertThat(each.active()).as("%s", each).isZero());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void enqueuedCallsAnswerAndFailInTheirCallback(Subject subject) throws Exception {
    BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
    Callback callback =
        new Callback() {
          @Override
          public void onResponse(Call call, Response response) throws IOException {
            try (response) {
              outcomes.add(response.body().string());
            }
          }

          @Override
          public void onFailure(Call call, IOException failed) {
            outcomes.add(failed);
          }
        };
    try (Subject.Side side = subject.start()) {
      OkHttpClient client = side.client();
      Request request = new Request.Builder().url(server.url("/")).build();
      enqueue(hello(), hello().headersDelay(30, TimeUnit.SECONDS));
      client.newCall(request).enqueue(callback);
      assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo("hello");
      server.takeRequest();
      Call second = client.newCall(request);
      second.enqueue(callback);
      server.takeRequest();
      second.cancel();
      assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
      Await.until("the dispatcher is at rest", () -> client.dispatcher().runningCallsCount() == 0);
      client.dispatcher().executorService().shutdown();
    }
  }

  @ParameterizedTest
  @EnumSource
  void interceptorsSeeAndChangeRequestsAndAnswers(Subject subject) throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .addInterceptor(
                      chain -> {
                        seen.add("application " + chain.request().url().encodedPath());
                        Request more = chain.request().newBuilder().header("A", "b").build();
                        return chain.proceed(more);
                      })
                  .addNetworkInterceptor(
                      chain -> {
                        int port = chain.connection().route().socketAddress().getPort();
                        assertThat(port).isEqualTo(server.getPort());
                        seen.add("network " + chain.request().url().encodedPath());
                        return chain.proceed(chain.request()).newBuilder().header("C", "d").build();
                      }));
      enqueue(new MockResponse.Builder().code(302).addHeader("Location", "/next"), hello());
      Request request = new Request.Builder().url(server.url("/")).build();
      try (Response response = client.newCall(request).execute()) {
        assertThat(response.body().string()).isEqualTo("hello");
        assertThat(response.header("C")).isEqualTo("d");
      }
      assertThat(seen).containsExactly("application /", "network /", "network /next");
      assertThat(server.takeRequest().getHeaders().get("A")).isEqualTo("b");
    }
  }

  @ParameterizedTest
  @EnumSource
  void authenticatorAnswersOnTheSameConnection(Subject subject) throws Exception {
    try (Subject.Side side = subject.start()) {
      enqueue(new MockResponse.Builder().code(401).addHeader("WWW-Authenticate", "Basic"), hello());
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .authenticator(
                      (route, response) ->
                          response
                              .request()
                              .newBuilder()
                              .header("Authorization", Credentials.basic("me", "secret"))
                              .build()));
      assertThat(get(client)).isEqualTo("hello");
      assertThat(server.takeRequest().getHeaders().get("Authorization")).isNull();
      assertThat(server.takeRequest().getExchangeIndex()).as("on one connection").isOne();
    }
  }

  @ParameterizedTest
  @EnumSource
  void cookiesComeBack(Subject subject) throws Exception {
    List<Cookie> jar = new CopyOnWriteArrayList<>();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .cookieJar(
                      new CookieJar() {
                        @Override
                        public void saveFromResponse(HttpUrl url, List<Cookie> cookies) {
                          jar.addAll(cookies);
                        }

                        @Override
                        public List<Cookie> loadForRequest(HttpUrl url) {
                          return jar;
                        }
                      }));
      enqueue(hello().addHeader("Set-Cookie", "a=b"), hello());
      get(client);
      get(client);
      server.takeRequest();
      assertThat(server.takeRequest().getHeaders().get("Cookie")).isEqualTo("a=b");
    }
  }

  @ParameterizedTest
  @EnumSource
  void cacheAnswersWithoutAConnection(Subject subject, @TempDir Path directory) throws Exception {
    try (Subject.Side side =
            subject.start(each -> each.maxConnectionsPerEndpoint(1).maxPending(0));
        Cache cache = new Cache(directory.toFile(), 1 << 20)) {
      OkHttpClient client = side.client(new OkHttpClient.Builder().cache(cache));
      enqueue(
          hello().addHeader("Cache-Control", "max-age=60"),
          hello().addHeader("Cache-Control", "no-cache").addHeader("ETag", "v1"),
          new MockResponse.Builder().code(304),
          new MockResponse.Builder().body("slow"));
      assertThat(get(client)).isEqualTo("hello");
      HttpUrl checked = server.url("/checked");
      assertThat(get(client, checked)).isEqualTo("hello");
      assertThat(get(client, checked)).as("asked, and not modified").isEqualTo("hello");
      Request all = new Request.Builder().url(server.url("/all")).build();
      try (Response open = client.newCall(all).execute()) {
        assertThat(get(client)).as("while the only connection is in use").isEqualTo("hello");
        assertThat(open.body().string()).isEqualTo("slow");
      }
      assertThat(server.getRequestCount()).isEqualTo(4);
      assertThat(cache.hitCount()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void webSocketsSpeakBothWaysAndClose(Subject subject) throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (Subject.Side side = subject.start()) {
      enqueue(
          new MockResponse.Builder()
              .webSocketUpgrade(
                  new WebSocketListener() {
                    @Override
                    public void onMessage(WebSocket socket, String text) {
                      socket.send("echo " + text);
                    }

                    @Override
                    public void onClosing(WebSocket socket, int code, String reason) {
                      socket.close(code, reason);
                    }
                  }));
      OkHttpClient client = side.client(new OkHttpClient.Builder());
      WebSocket socket =
          client.newWebSocket(
              new Request.Builder().url(server.url("/")).build(),
              new WebSocketListener() {
                @Override
                public void onMessage(WebSocket from, String text) {
                  heard.add(text);
                }

                @Override
                public void onClosed(WebSocket from, int code, String reason) {
                  heard.add("closed " + code);
                }

                @Override
                public void onFailure(WebSocket from, Throwable failure, Response response) {
                  heard.add("failed: " + failure);
                }
              });
      socket.send("one");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("echo one");
      socket.send("two");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("echo two");
      socket.close(1_000, "done");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed 1000");
      if (!side.isPlain()) {
        Await.until(
            "the connection is gone",
            () ->
                side.manager().snapshot().endpoints().stream()
                    .allMatch(each -> each.active() + each.idle() == 0));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void duplexBodiesAreWrittenWhileTheAnswerIsRead(Subject subject) throws Exception {
    server.setProtocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE));
    enqueue(
        new MockResponse.Builder()
            .clearHeaders() // no length: nobody knows it yet
            .socketHandler(
                stream -> {
                  try (BufferedSource from = Okio.buffer(stream.getSource());
                      BufferedSink to = Okio.buffer(stream.getSink())) {
                    for (String line = from.readUtf8Line();
                        line != null;
                        line = from.readUtf8Line()) {
                      to.writeUtf8("echo " + line + "\n").flush();
                    }
                  } catch (IOException gone) {
                    // Then the test fails.
                  }
                }));
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(new OkHttpClient.Builder().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)));
      Pipe pipe = new Pipe(1_024);
      RequestBody body =
          new RequestBody() {
            @Override
            public MediaType contentType() {
              return null;
            }

            @Override
            public boolean isDuplex() {
              return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
              pipe.fold(sink);
            }
          };
      Request request = new Request.Builder().url(server.url("/")).post(body).build();
      try (Response response = client.newCall(request).execute();
          BufferedSink to = Okio.buffer(pipe.sink())) {
        BufferedSource from = response.body().source();
        for (String line : List.of("one", "two")) {
          to.writeUtf8(line + "\n").flush();
          assertThat(from.readUtf8Line()).isEqualTo("echo " + line);
        }
        to.close();
        assertThat(from.exhausted()).isTrue();
      }
    }
  }

  /** Two names of one address, one certificate for both: HTTP/2 needs but one connection. */
  @ParameterizedTest
  @EnumSource
  void namesOfOneServerShareAConnection(Subject subject) throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    List<Connection> connections = new CopyOnWriteArrayList<>();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              ServerTls.trusting(new OkHttpClient.Builder())
                  .dns(host -> List.of(InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})))
                  .eventListener(
                      new EventListener() {
                        @Override
                        public void connectionAcquired(Call call, Connection connection) {
                          connections.add(connection);
                        }
                      }));
      enqueue(hello(), hello());
      int port = server.getPort();
      assertThat(get(client, HttpUrl.get("https://one.test:" + port + "/"))).isEqualTo("hello");
      assertThat(get(client, HttpUrl.get("https://two.test:" + port + "/"))).isEqualTo("hello");
      assertThat(connections).hasSize(2);
      assertThat(connections.get(1)).isSameAs(connections.get(0));
      if (!side.isPlain()) {
        assertThat(side.manager().snapshot().endpoints().stream().mapToLong(e -> e.handshakes()))
            .containsOnlyOnce(1L);
      }
    }
  }
}
