package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resolver that knows services at ports of their own: {@code http://orders} has no port 80. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InstancePortsTest {
  private static final InetAddress LOOPBACK = loopback();

  private final Map<String, List<InetSocketAddress>> instances = new ConcurrentHashMap<>();
  private final List<MockWebServer> servers = new ArrayList<>();
  private final List<Runnable> subscribers = new CopyOnWriteArrayList<>();
  private final ConnectionManager manager =
      ConnectionManager.builder().resolver(new Instances()).build();
  private final TrunklineOkHttp trunkline = TrunklineOkHttp.builder(manager).build();
  private final OkHttpClient client =
      trunkline.install(ServerTls.trusting(new OkHttpClient.Builder())).build();

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private final class Instances implements io.trunkline.net.EndpointResolver {
    @Override
    public List<InetSocketAddress> resolve(Endpoint endpoint) {
      return instances.getOrDefault(endpoint.host(), List.of());
    }

    @Override
    public Runnable onChange(Endpoint endpoint, Runnable changed) {
      subscribers.add(changed);
      return () -> subscribers.remove(changed);
    }
  }

  @AfterEach
  void end() {
    manager.close();
    servers.forEach(MockWebServer::close);
  }

  /** Answers with its name. */
  private InetSocketAddress server(String name, boolean tls) throws IOException {
    MockWebServer server = new MockWebServer();
    servers.add(server);
    if (tls) {
      server.useHttps(ServerTls.SERVER.sslSocketFactory());
    }
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return new MockResponse.Builder().body(name).build();
          }
        });
    server.start(LOOPBACK, 0);
    return new InetSocketAddress(LOOPBACK, server.getPort());
  }

  private static String get(OkHttpClient client, String url) throws IOException {
    try (Response response = call(client, url)) {
      return response.body().string();
    }
  }

  private static Response call(OkHttpClient client, String url) throws IOException {
    return client.newCall(new Request.Builder().url(url).build()).execute();
  }

  private EndpointSnapshot orders() {
    return manager.snapshot().endpoint(Endpoint.tcp("orders", 80)).orElseThrow();
  }

  @Test
  void callsGoToThePortOfTheInstance() throws Exception {
    InetSocketAddress blue = server("blue", false);
    instances.put("orders", List.of(blue));
    for (int i = 0; i < 3; i++) {
      assertThat(get(client, "http://orders/")).isEqualTo("blue");
    }
    assertThat(orders().handshakes()).isEqualTo(1);
    assertThat(orders().connections()).allMatch(each -> each.remote().equals(blue));
  }

  @Test
  void connectionsThatWereWarmedUpAreFound() throws Exception {
    instances.put("orders", List.of(server("blue", false)));
    assertThat(trunkline.warmUp("http://orders/", 1)).isEqualTo(1);
    assertThat(get(client, "http://orders/")).isEqualTo("blue");
    assertThat(orders().connections()).hasSize(1);
  }

  @Test
  void instancesAtOneAddressShareTheConnections() throws Exception {
    InetSocketAddress blue = server("blue", false);
    InetSocketAddress green = server("green", false);
    instances.put("orders", List.of(blue, green));
    try (Response one = call(client, "http://orders/");
        Response other = call(client, "http://orders/")) {
      assertThat(List.of(one.body().string(), other.body().string()))
          .containsExactlyInAnyOrder("blue", "green");
    }
  }

  @Test
  void instanceThatRefusesIsPassedOver() throws Exception {
    InetSocketAddress blue = server("blue", false);
    try (Socket nobody = new Socket()) {
      nobody.bind(new InetSocketAddress(LOOPBACK, 0));
      instances.put(
          "orders", List.of(new InetSocketAddress(LOOPBACK, nobody.getLocalPort()), blue));
      assertThat(get(client, "http://orders/")).isEqualTo("blue");
    }
  }

  @Test
  void connectionsToAnInstanceThatIsGoneAreDrained() throws Exception {
    instances.put("orders", List.of(server("blue", false)));
    assertThat(get(client, "http://orders/")).isEqualTo("blue");
    instances.put("orders", List.of(server("green", false)));
    subscribers.forEach(Runnable::run);
    Await.until("drained", () -> orders().idle() == 0);
    assertThat(get(client, "http://orders/")).isEqualTo("green");
  }

  /** To OkHttp both are 127.0.0.1:443, with a certificate for either name. */
  @Test
  void servicesAtOneAddressDoNotShareConnectionsOfHttp2() throws Exception {
    instances.put("one.test", List.of(server("one", true)));
    instances.put("two.test", List.of(server("two", true)));
    for (int i = 0; i < 2; i++) {
      try (Response response = call(client, "https://one.test/")) {
        assertThat(response.protocol()).isEqualTo(Protocol.HTTP_2);
        assertThat(response.body().string()).isEqualTo("one");
      }
      assertThat(get(client, "https://two.test/")).isEqualTo("two");
    }
    for (String each : List.of("one.test", "two.test")) {
      assertThat(manager.snapshot().endpoint(Endpoint.tcp(each, 443)).orElseThrow().handshakes())
          .isEqualTo(1);
    }
  }

  @Test
  void policyOfAClientIsAskedAboutTheInstance() throws Exception {
    InetSocketAddress blue = server("blue", false);
    instances.put("orders", List.of(blue));
    List<InetSocketAddress> asked = new CopyOnWriteArrayList<>();
    AddressPolicy noting =
        (endpoint, address) -> {
          asked.add(address);
          return Optional.empty();
        };
    OkHttpClient guarded = trunkline.install(new OkHttpClient.Builder(), noting).build();
    assertThat(get(guarded, "http://orders/")).isEqualTo("blue");
    assertThat(asked).containsExactly(blue);
  }

  @Test
  void addressesOfAnOwnDnsAreDialledAsTheyAre() throws Exception {
    InetSocketAddress blue = server("blue", false);
    instances.put("orders", List.of(server("green", false)));
    OkHttpClient own =
        trunkline.install(new OkHttpClient.Builder().dns(host -> List.of(LOOPBACK))).build();
    String url = "http://orders:" + blue.getPort() + "/";
    assertThat(get(client, url)).isEqualTo("green");
    assertThat(get(own, url)).isEqualTo("blue");
  }
}
