package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.config.FirstWrite;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockWebServer;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** OkHttp has {@code ::1} in its URLs, and the JDK {@code 0:0:0:0:0:0:0:1} in its addresses. */
class Ipv6SpellingTest extends Fixture {
  private static final String SHORT = "::1";
  private static final String LONG = "0:0:0:0:0:0:0:1";

  private static MockWebServer serverOnIpv6(Fixture fixture) throws IOException {
    InetAddress loopback = InetAddress.getByName(SHORT);
    try (ServerSocket trial = new ServerSocket()) {
      trial.bind(new InetSocketAddress(loopback, 0));
    } catch (IOException noIpv6) {
      assumeTrue(false, "this host has no IPv6");
    }
    MockWebServer server = fixture.closing(new MockWebServer());
    server.start(loopback, 0);
    return server;
  }

  private static String url(MockWebServer server) {
    return "http://[" + SHORT + "]:" + server.getPort() + "/";
  }

  @Test
  void theEndpointOfAUrlIsThatOfItsAddress() throws Exception {
    for (String literal :
        List.of(
            SHORT,
            "2001:db8:0:0:1:0:0:1",
            "2001:DB8::a",
            "1:0:2:0:0:3:0:0",
            "::ffff:192.0.2.1",
            "64:ff9b::192.0.2.1")) {
      HttpUrl url = HttpUrl.get("http://[" + literal + "]/");
      InetAddress address = InetAddress.getByName(literal);
      assertThat(Endpoint.tcp(url.host(), 80))
          .as(literal)
          .isEqualTo(Endpoint.tcp(address.getHostAddress(), 80))
          .isEqualTo(CallTarget.dialled(new InetSocketAddress(address, 80)))
          .hasToString(
              url.host().indexOf(':') < 0 ? url.host() + ":80" : "[" + url.host() + "]:80");
    }
  }

  @Test
  void aConnectionAheadOfNeedIsUsedByTheFirstCall() throws Exception {
    MockWebServer server = serverOnIpv6(this);
    server.setDispatcher(new Always("x"));
    OkHttpClient client = client();
    assertThat(adapter.warmUp(url(server), 1)).isEqualTo(1);
    assertThat(get(client, url(server))).isEqualTo("x");
    assertThat(server.takeRequest(1, TimeUnit.SECONDS).getConnectionIndex()).isZero();
    assertThat(snapshot(Endpoint.tcp(LONG, server.getPort())).connections()).hasSize(1);
    manager.drain(Endpoint.tcp(SHORT, server.getPort()));
    assertThat(snapshot(Endpoint.tcp(LONG, server.getPort())).connections()).isEmpty();
  }

  @Test
  void whoWaitsIsCountedWhereTheConnectionIs() throws Exception {
    MockWebServer server = serverOnIpv6(this);
    Gate gate = new Gate();
    server.setDispatcher(gate);
    OkHttpClient client =
        client(each -> each, each -> each.maxConnectionsPerEndpoint(1), each -> each);
    CompletableFuture<String> first = start(client.newCall(request(url(server))));
    assertThat(gate.arrived.poll(5, TimeUnit.SECONDS)).isNotNull();
    CompletableFuture<String> second = start(client.newCall(request(url(server))));
    Endpoint endpoint = Endpoint.tcp(LONG, server.getPort());
    eventually("it waits there", () -> snapshot(endpoint).waiting() == 1);
    assertThat(snapshot(endpoint).active()).isEqualTo(1);
    assertThat(manager.snapshot().endpoints()).hasSize(1);
    gate.open(2);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo("through");
  }

  @Test
  void whatIsWrittenFirstIsKnown() throws Exception {
    InetSocketAddress remote = new InetSocketAddress(InetAddress.getByName(SHORT), 443);
    CallTarget target = CallTarget.of(request("https://[::1]/"), new RecentEndpoints());
    assertThat(target.firstWrite(remote)).isEqualTo(FirstWrite.TLS);
    assertThat(target.firstWrite(new InetSocketAddress(InetAddress.getByName(SHORT), 3128)))
        .isEqualTo(FirstWrite.UNKNOWN);
  }
}
