package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** What the manager was told of one endpoint reaches OkHttp's connections to it, and no others. */
class OwnEndpointTest extends Fixture {
  private OkHttpClient client(
      MockWebServer named,
      UnaryOperator<PoolSettings.Builder> its,
      UnaryOperator<TrunklineOkHttp.Builder> ofAdapter) {
    Endpoint endpoint = Endpoint.tcp(named.getHostName(), named.getPort());
    return client(each -> each.endpoint(endpoint, own -> own.pool(its)), ofAdapter, each -> each);
  }

  private MockWebServer gated(Gate gate) throws IOException {
    MockWebServer server = server();
    server.setDispatcher(gate);
    return server;
  }

  private MockWebServer answering() throws IOException {
    MockWebServer server = server();
    server.setDispatcher(new Always("x"));
    return server;
  }

  @Test
  void itsCapItsQueueAndItsTimeoutHoldForItAlone() throws Exception {
    Gate gate = new Gate();
    Gate otherGate = new Gate();
    MockWebServer named = gated(gate);
    MockWebServer other = gated(otherGate);
    OkHttpClient client =
        client(
            named,
            each -> each.maxPerEndpoint(1).maxPending(1).acquireTimeout(Duration.ofSeconds(1)),
            each -> each.maxConnectionsPerEndpoint(2));
    CompletableFuture<String> first = start(client.newCall(request(named.url("/"))));
    assertThat(gate.arrived.poll(5, TimeUnit.SECONDS)).isNotNull();
    CompletableFuture<String> second = start(client.newCall(request(named.url("/"))));
    eventually("it waits", () -> waiting() == 1);
    IOException third = failureOf(() -> get(client, named.url("/")));
    assertThat(found(third).kind()).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(found(failureOf(second)).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(snapshot(named).maxConnections()).isEqualTo(1);

    CompletableFuture<String> one = start(client.newCall(request(other.url("/"))));
    CompletableFuture<String> two = start(client.newCall(request(other.url("/"))));
    eventually("both are there", () -> otherGate.arrived.size() == 2);
    CompletableFuture<String> three = start(client.newCall(request(other.url("/"))));
    eventually("it waits", () -> waiting() == 1);
    assertThat(three.completeOnTimeout("still waiting", 1_200, TimeUnit.MILLISECONDS).get())
        .isEqualTo("still waiting");

    gate.open(1);
    otherGate.open(3);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(one.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(two.get(5, TimeUnit.SECONDS)).isEqualTo("through");
    eventually("the last one has gone", () -> adapter.adapter().permits().taken() == 0);
  }

  @Test
  void itsUsesAndItsWarmUpAreItsOwn() throws Exception {
    MockWebServer named = answering();
    MockWebServer other = answering();
    OkHttpClient client = client(named, each -> each.maxPerEndpoint(2).maxUses(1), each -> each);
    assertThat(adapter.warmUp(named.url("/").toString(), 5)).isEqualTo(2);
    assertThat(adapter.warmUp(other.url("/").toString(), 3)).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      get(client, named.url("/"));
      get(client, other.url("/"));
    }
    assertThat(snapshot(named).counts().evicted()).isEqualTo(3);
    assertThat(snapshot(other).counts().evicted()).isZero();
  }

  /** The sweep was planned for the other connection, which lives much longer. */
  @Test
  void itsAgeEndsIdleConnectionsInTime() throws Exception {
    MockWebServer named = answering();
    MockWebServer other = answering();
    OkHttpClient client =
        client(named, each -> each.maxLifetime(Duration.ofMillis(300)), each -> each);
    get(client, other.url("/"));
    get(client, named.url("/"));
    assertThat(snapshot(named).idle()).isEqualTo(1);
    eventually("it has gone", () -> snapshot(named).connections().isEmpty());
    assertThat(snapshot(other).idle()).isEqualTo(1);
  }

  @Test
  void whatTheAdapterWasToldHoldsWhereTheEndpointSaysNothing() throws Exception {
    MockWebServer named = answering();
    client(
        named,
        each -> each.maxPerEndpoint(3),
        each -> each.maxConnectionsPerEndpoint(7).maxPending(5).maxConnections(9));
    OkHttpSettings settings = adapter.adapter().settings();
    Endpoint endpoint = Endpoint.tcp(named.getHostName(), named.getPort());
    assertThat(settings.maxConnectionsPerEndpoint(endpoint)).isEqualTo(3);
    assertThat(settings.maxPending(endpoint)).isEqualTo(5);
    assertThat(settings.maxConnections()).isEqualTo(9);
    Endpoint any = Endpoint.tcp("any", 80);
    assertThat(settings.maxConnectionsPerEndpoint(any)).isEqualTo(7);
    assertThat(settings.acquireTimeout(any)).isEqualTo(settings.acquireTimeout(endpoint));
  }
}
