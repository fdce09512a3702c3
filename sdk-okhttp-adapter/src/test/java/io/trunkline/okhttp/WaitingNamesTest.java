package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** Whom waiting calls, and those that were refused, are told to have waited for. */
class WaitingNamesTest extends Fixture {
  private final Gate gate = new Gate();
  private final Queue<Endpoint> refused = new ConcurrentLinkedQueue<>();
  private final Queue<Endpoint> forgotten = new ConcurrentLinkedQueue<>();

  private OkHttpClient client(
      UnaryOperator<TrunklineOkHttp.Builder> caps, UnaryOperator<OkHttpClient.Builder> change) {
    ConnectionListener listener =
        new ConnectionListener() {
          @Override
          public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
            refused.add(endpoint);
          }

          @Override
          public void forgotten(Endpoint endpoint) {
            forgotten.add(endpoint);
          }
        };
    return client(
        each -> each.listener(listener).pool(pool -> pool.forgetAfter(Duration.ofSeconds(1))),
        caps,
        change);
  }

  private CompletableFuture<String> held(OkHttpClient client, String url) throws Exception {
    CompletableFuture<String> call = start(client.newCall(request(url)));
    assertThat(gate.arrived.poll(5, TimeUnit.SECONDS)).isNotNull();
    return call;
  }

  /** Once set in the client, and once selected, which is known as soon as a call looks for it. */
  @Test
  void throughAProxyItIsTheProxy() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(gate);
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.getPort());
    Proxy proxy = new Proxy(Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", server.getPort()));
    OkHttpClient client =
        client(each -> each.maxConnectionsPerEndpoint(1).maxPending(1), each -> each.proxy(proxy));
    CompletableFuture<String> first = held(client, "http://origin.test/");
    CompletableFuture<String> second = start(client.newCall(request("http://origin.test/")));
    eventually("it waits", () -> waiting() == 1);
    assertThat(manager.snapshot().endpoints()).hasSize(1);
    assertThat(snapshot(endpoint).waiting()).isEqualTo(1);
    IOException third = failureOf(() -> get(client, "http://origin.test/"));
    assertThat(found(third).kind()).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(refused).containsExactly(endpoint);
    gate.open(2);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo("through");
  }

  @Test
  void aProxyThatWasSelectedAndRefusesIsNamed() throws Exception {
    int port = closedPort();
    OkHttpClient client =
        client(
            each -> each,
            each ->
                each.proxySelector(
                    new ProxySelector() {
                      @Override
                      public List<Proxy> select(URI uri) {
                        return List.of(
                            new Proxy(Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", port)));
                      }

                      @Override
                      public void connectFailed(
                          URI uri, SocketAddress address, IOException failure) {}
                    }));
    IOException failure = failureOf(() -> get(client, "http://origin.test/"));
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(refused).containsExactly(Endpoint.tcp("127.0.0.1", port));
  }

  /** Nothing was ever dialled to it. */
  @Test
  void whoWaitsForTheCapInAllIsSeenAndItsEndpointForgottenLater() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(gate);
    OkHttpClient client = client(each -> each.maxConnections(1), each -> each);
    CompletableFuture<String> first = held(client, server.url("/").toString());
    Endpoint other = Endpoint.tcp("other.test", 80);
    var waits = client.newCall(request("http://other.test/"));
    CompletableFuture<String> second = start(waits);
    eventually("it waits", () -> waiting() == 1);
    eventually("it is known", () -> isKnown(other));
    assertThat(snapshot(other).waiting()).isEqualTo(1);
    Thread.sleep(1_500);
    assertThat(forgotten).isEmpty();
    waits.cancel();
    failureOf(second);
    gate.open(1);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    eventually("it is forgotten", () -> forgotten.contains(other));
    assertThat(isKnown(other)).isFalse();
  }

  private boolean isKnown(Endpoint endpoint) {
    return manager.snapshot().endpoints().stream()
        .anyMatch(each -> each.endpoint().equals(endpoint));
  }
}
