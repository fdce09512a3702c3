package io.trunkline.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.TrunklineSSLSocketFactory;
import io.trunkline.TrunklineSocketFactory;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ServerProcess;
import io.trunkline.testing.TlsIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.InMemoryDnsResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Apache HttpClient 5, whose connection operator takes the factory's sockets. */
@org.junit.jupiter.api.Timeout(
    value = 60,
    threadMode = org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD)
class HttpClient5Test {
  private static NginxServer server;
  private static ConnectionManager manager;

  @BeforeAll
  static void startServer() throws Exception {
    server = NginxServer.start(60);
    manager = ConnectionManager.builder().build();
  }

  @AfterAll
  static void stopServer() throws Exception {
    if (server != null) {
      manager.close();
      server.close();
    }
  }

  /** What docs/clients.md shows. */
  private static CloseableHttpClient client(DnsResolver resolver, TlsSocketStrategy tls) {
    TrunklineSocketFactory factory = new TrunklineSocketFactory(manager);
    DefaultHttpClientConnectionOperator operator =
        new DefaultHttpClientConnectionOperator(
            proxy -> factory.createSocket(),
            null,
            resolver,
            RegistryBuilder.<TlsSocketStrategy>create().register(URIScheme.HTTPS.id, tls).build());
    PoolingHttpClientConnectionManager pool =
        new PoolingHttpClientConnectionManager(
            operator,
            PoolConcurrencyPolicy.STRICT,
            PoolReusePolicy.LIFO,
            TimeValue.NEG_ONE_MILLISECOND,
            null);
    pool.setDefaultConnectionConfig(
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.ofSeconds(2))
            .setSocketTimeout(Timeout.ofSeconds(5))
            .build());
    return HttpClients.custom().setConnectionManager(pool).disableAutomaticRetries().build();
  }

  /** The client's own resolver, and TLS as the client does it. */
  private static CloseableHttpClient client() {
    return client(
        SystemDefaultDnsResolver.INSTANCE, new DefaultClientTlsStrategy(TlsIdentity.context()));
  }

  private static String body(CloseableHttpClient client, ClassicHttpRequest request)
      throws Exception {
    return client.execute(
        request,
        response -> {
          assertThat(response.getCode()).isEqualTo(200);
          return EntityUtils.toString(response.getEntity()).strip();
        });
  }

  private static String url(int port, String path) {
    return "http://localhost:" + port + path;
  }

  @Test
  void requestsShareAKeptConnection() throws Exception {
    try (CloseableHttpClient client = client()) {
      Set<String> connections = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        connections.add(body(client, new HttpGet(url(server.port(), "/connections"))));
      }
      assertThat(connections).as("serial numbers of connections, by the server").hasSize(1);
      assertThat(body(client, new HttpPost(url(server.port(), "/")))).isEqualTo("POST");
    }
  }

  @Test
  void manyThreadsShareAFewConnections() throws Exception {
    try (CloseableHttpClient client = client()) {
      List<Background<Set<String>>> workers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        workers.add(
            Background.start(
                () -> {
                  Set<String> seen = new HashSet<>();
                  for (int j = 0; j < 50; j++) {
                    seen.add(body(client, new HttpGet(url(server.port(), "/connections"))));
                  }
                  return seen;
                }));
      }
      Set<String> connections = new HashSet<>();
      for (Background<Set<String>> worker : workers) {
        connections.addAll(worker.get());
      }
      assertThat(connections).hasSizeBetween(1, 5); // the client's cap for each route
    }
  }

  @Test
  void managerMayResolveTheNames() throws Exception {
    try (CloseableHttpClient client =
        client(new LeftToTheManager(), new DefaultClientTlsStrategy(TlsIdentity.context()))) {
      assertThat(body(client, new HttpGet(url(server.port(), "/")))).isEqualTo("GET");
      Throwable unknown =
          Background.thrownBy(() -> body(client, new HttpGet("http://no-such-host.invalid/")));
      assertKind(unknown, FailureKind.RESOLUTION_FAILED);
    }
  }

  /** What docs/clients.md shows. */
  private static final class LeftToTheManager implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) {
      return null; // then the client asks the method below
    }

    @Override
    public List<InetSocketAddress> resolve(String host, int port) {
      return List.of(InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  @Test
  void clientSpeaksItsOwnTlsOverTheSockets() throws Exception {
    try (CloseableHttpClient client = client()) {
      String url = "https://localhost:" + server.tlsPort() + "/";
      assertThat(body(client, new HttpGet(url))).isEqualTo("GET");
      assertThat(body(client, new HttpPost(url))).isEqualTo("POST");
    }
  }

  @Test
  void twinForTlsSpeaksItForTheClient() throws Exception {
    TrunklineSSLSocketFactory factory =
        new TrunklineSSLSocketFactory(manager, TlsIdentity.context());
    TlsSocketStrategy twin =
        (socket, host, port, attachment, context) -> {
          SSLSocket tls = (SSLSocket) factory.createSocket(socket, host, port, true);
          tls.startHandshake();
          return tls;
        };
    InMemoryDnsResolver names = new InMemoryDnsResolver();
    names.add("localhost", ServerProcess.loopback());
    names.add("db.example", ServerProcess.loopback());
    try (CloseableHttpClient client = client(names, twin)) {
      assertThat(body(client, new HttpGet("https://localhost:" + server.tlsPort() + "/")))
          .isEqualTo("GET");
      HttpGet notInTheCertificate = new HttpGet("https://db.example:" + server.tlsPort() + "/");
      assertThat(Background.thrownBy(() -> body(client, notInTheCertificate)))
          .isInstanceOf(SSLHandshakeException.class);
      HttpGet notTls = new HttpGet("https://localhost:" + server.port() + "/");
      assertThat(Background.thrownBy(() -> body(client, notTls))).isInstanceOf(SSLException.class);
    }
  }

  /**
   * HttpClient makes its own exceptions of a refusal and a timeout, and takes over the message, but
   * not the cause.
   */
  @Test
  void failuresToConnectAreToldInWords() throws Exception {
    try (CloseableHttpClient client = client();
        FullBacklog backlog = new FullBacklog()) {
      HttpGet refused = new HttpGet("http://127.0.0.1:" + ServerProcess.freePort() + "/");
      assertThat(Background.thrownBy(() -> body(client, refused)))
          .isInstanceOf(HttpHostConnectException.class)
          .hasMessageContaining("connection refused, connecting, after");
      HttpGet silent = new HttpGet("http://127.0.0.1:" + backlog.address().getPort() + "/");
      assertThat(Background.thrownBy(() -> body(client, silent)))
          .isInstanceOf(ConnectTimeoutException.class)
          .hasMessageContaining("no answer, connecting, after")
          .hasMessageContaining("own deadline");
    }
  }

  private static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    Optional<ConnectionFailure> failure = Failures.find(thrown);
    assertThat(failure).as("a failure in %s", thrown).isPresent();
    assertThat(failure.get().kind()).as(thrown.toString()).isEqualTo(kind);
    return failure.get();
  }
}
