package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

/** The adapter is closed, and the manager right after it, as a container ends its beans. */
class LeavingTest extends Fixture {
  private static final int CONNECTIONS = 5;

  private static final class Heard implements ConnectionListener {
    final AtomicInteger closed = new AtomicInteger();
    volatile int closedBeforeTheEnd;

    @Override
    public void closed(
        Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
      closed.incrementAndGet();
    }

    @Override
    public void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {
      closedBeforeTheEnd = closed.get();
    }
  }

  @Test
  void eachConnectionIsToldOfBeforeTheManagerHasEnded() throws Exception {
    Heard heard = new Heard();
    MockWebServer server = server(Protocol.HTTP_1_1, false);
    Gate gate = new Gate();
    server.setDispatcher(gate);
    OkHttpClient client = client(each -> each.listener(heard), each -> each, each -> each);
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      calls.add(start(client.newCall(request(server.url("/")))));
    }
    eventually("each has a connection", () -> gate.arrived.size() == CONNECTIONS);
    gate.open(CONNECTIONS);
    calls.forEach(CompletableFuture::join);
    eventually("all are idle", () -> snapshot(server).idle() == CONNECTIONS);
    adapter.close();
    manager.close();
    assertThat(heard.closedBeforeTheEnd).isEqualTo(CONNECTIONS);
  }

  /** A shared one is not closed at once, for another call may just be getting it. */
  @Test
  void aSharedConnectionThatWasUsedJustNowEndsWithTheManager() throws Exception {
    MockWebServer server = server(Protocol.H2_PRIOR_KNOWLEDGE, false);
    server.setDispatcher(new Always("x"));
    OkHttpClient client = client(speaking(Protocol.H2_PRIOR_KNOWLEDGE));
    for (int i = 0; i < 3; i++) {
      assertThat(get(client, server.url("/"))).isEqualTo("x");
    }
    adapter.close();
    manager.close();
    Endpoint endpoint = Endpoint.tcp(server.getHostName(), server.getPort());
    assertThat(adapter.adapter().connections().open(endpoint)).isZero();
  }

  @Test
  void theManagerHasWhatIsStillInUseAndNothingAfterThat() throws Exception {
    MockWebServer server = server(Protocol.HTTP_1_1, false);
    server.enqueue(answer("x"));
    OkHttpClient client = client();
    try (var response = client.newCall(request(server.url("/"))).execute()) {
      adapter.close();
      assertThat(snapshot(server).active()).isEqualTo(1);
      assertThat(response.body().string()).isEqualTo("x");
    }
    eventually("it is gone", () -> snapshot(server).active() + snapshot(server).idle() == 0);
  }
}
