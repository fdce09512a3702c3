package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.EndpointSnapshot;
import io.trunkline.okhttp.TrunklineOkHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user has set in the builder stays in use, and a client can be built upon. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnPartsTest {
  private final MockWebServer server = new MockWebServer();

  @BeforeEach
  void start() throws Exception {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void get(OkHttpClient client, HttpUrl url) throws IOException {
    server.enqueue(new MockResponse.Builder().body("hello").build());
    try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
      assertThat(response.body().string()).isEqualTo("hello");
    }
  }

  private void get(OkHttpClient client) throws IOException {
    get(client, server.url("/"));
  }

  private static EndpointSnapshot only(Subject.Side side) {
    assertThat(side.manager().snapshot().endpoints()).hasSize(1);
    return side.manager().snapshot().endpoints().get(0);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void dnsOfTheUserIsAsked(Subject subject) throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .dns(
                      host -> {
                        asked.add(host);
                        return List.of(InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}));
                      }));
      get(client, HttpUrl.get("http://nobody-else-knows.test:" + server.getPort() + "/"));
      assertThat(asked).containsExactly("nobody-else-knows.test");
      assertThat(only(side).endpoint().host()).isEqualTo("nobody-else-knows.test");
    }
  }

  @ParameterizedTest
  @EnumSource
  void listenerOfTheUserHearsEachStep(Subject subject) throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    List<String> heard = new CopyOnWriteArrayList<>();
    EventListener listener =
        new EventListener() {
          @Override
          public void callStart(Call call) {
            heard.add("call");
          }

          @Override
          public void dnsStart(Call call, String name) {
            heard.add("dns " + name);
          }

          @Override
          public void secureConnectEnd(Call call, Handshake handshake) {
            heard.add("tls " + handshake.tlsVersion().javaName());
          }

          @Override
          public void callEnd(Call call) {
            heard.add("end");
          }
        };
    try (Subject.Side side = subject.start()) {
      get(side.client(ServerTls.trusting(new OkHttpClient.Builder()).eventListener(listener)));
      assertThat(heard).containsExactly("call", "dns localhost", "tls TLSv1.3", "end");
    }
  }

  @ParameterizedTest
  @EnumSource
  void sslSocketFactoryAndVerifierOfTheUserAreAsked(Subject subject) throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    AtomicInteger made = new AtomicInteger();
    List<String> verified = new CopyOnWriteArrayList<>();
    SSLSocketFactory own =
        new CountingTls(ServerTls.CLIENT.sslSocketFactory(), made::incrementAndGet);
    try (Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              new OkHttpClient.Builder()
                  .sslSocketFactory(own, ServerTls.CLIENT.trustManager())
                  .hostnameVerifier(
                      (host, session) -> {
                        verified.add(host);
                        return true;
                      }));
      get(client);
      get(client);
      assertThat(made).hasValue(1);
      assertThat(verified).containsExactly("localhost");
    }
  }

  @ParameterizedTest
  @EnumSource
  void poolOfTheUserHoldsTheConnections(Subject subject) throws Exception {
    ConnectionPool pool = new ConnectionPool();
    try (Subject.Side side = subject.start()) {
      OkHttpClient client = side.client(new OkHttpClient.Builder().connectionPool(pool));
      get(client);
      assertThat(pool.idleConnectionCount()).isEqualTo(1);
      pool.evictAll();
      assertThat(pool.connectionCount()).isZero();
      if (!side.isPlain()) {
        assertThat(only(side).idle() + only(side).active()).isZero();
      }
      get(client);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void derivedClientSharesConnectionsAndCounts(Subject subject) throws Exception {
    try (Subject.Side side = subject.start()) {
      OkHttpClient client = side.client();
      get(client);
      get(client.newBuilder().build());
      get(client.newBuilder().addInterceptor(chain -> chain.proceed(chain.request())).build());
      assertThat(only(side).handshakes()).isEqualTo(1);
      assertThat(only(side).reuses()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void installedTwiceItCountsEachCallOnce(Subject subject) throws Exception {
    server.useHttps(ServerTls.SERVER.sslSocketFactory());
    AtomicInteger ended = new AtomicInteger();
    try (Subject.Side side = subject.start()) {
      TrunklineOkHttp adapter =
          TrunklineOkHttp.builder(side.manager()).listener(call -> ended.incrementAndGet()).build();
      OkHttpClient.Builder builder = ServerTls.trusting(new OkHttpClient.Builder());
      OkHttpClient client = adapter.install(adapter.install(builder)).build();
      get(client);
      get(client);
      assertThat(client.interceptors()).hasSize(1);
      assertThat(only(side).leases()).isEqualTo(2);
      assertThat(only(side).handshakes()).isEqualTo(1);
      assertThat(ended).hasValue(2);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void anotherAdapterInADerivedClientTakesItsPlace(Subject subject) throws Exception {
    try (Subject.Side first = subject.start();
        Subject.Side second = subject.start()) {
      OkHttpClient client = first.client();
      get(client);
      get(second.client(client.newBuilder()));
      assertThat(only(first).leases()).isEqualTo(1);
      assertThat(only(second).leases()).as("by its own manager").isEqualTo(1);
      assertThat(only(second).handshakes()).as("connections are not mixed").isEqualTo(1);
    }
  }

  private static final class CountingTls extends SSLSocketFactory {
    private final SSLSocketFactory to;
    private final Runnable made;

    CountingTls(SSLSocketFactory to, Runnable made) {
      this.to = to;
      this.made = made;
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      made.run();
      return to.createSocket(socket, host, port, autoClose);
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return to.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return to.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress here, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress here, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
