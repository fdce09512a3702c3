package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.util.List;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

/** What is open, and not only what is in use, keeps to the caps. */
class RoomTest extends Fixture {
  private MockWebServer answering(Protocol protocol) throws IOException {
    MockWebServer server = server(protocol, false);
    server.setDispatcher(new Always("x"));
    return server;
  }

  private static Endpoint endpoint(MockWebServer server) {
    return Endpoint.tcp(server.getHostName(), server.getPort());
  }

  private int open(MockWebServer server) {
    return adapter.adapter().connections().open(endpoint(server));
  }

  /** A call might be about to get it, for OkHttp has looked at it a moment ago. */
  @Test
  void aConnectionThatCannotGiveWayAtOnceGoesSoon() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer one = answering(protocol);
      MockWebServer other = answering(protocol);
      OkHttpClient client =
          client(each -> each, each -> each.maxConnections(1), speaking(protocol));
      get(client, one.url("/"));
      get(client, one.url("/"));
      get(client, other.url("/"));
      eventually("the first one has gone", () -> open(one) == 0);
      assertThat(open(other)).isEqualTo(1);
    }
  }

  @Test
  void connectionsAheadOfNeedCountInAllAndGiveWayToo() throws Exception {
    MockWebServer one = answering(Protocol.HTTP_1_1);
    MockWebServer other = answering(Protocol.HTTP_1_1);
    MockWebServer third = answering(Protocol.HTTP_1_1);
    OkHttpClient client = client(each -> each, each -> each.maxConnections(2), each -> each);
    assertThat(adapter.warmUp(one.url("/").toString(), 5)).isEqualTo(2);
    assertThat(adapter.warmUp(other.url("/").toString(), 1)).isZero();
    get(client, other.url("/"));
    assertThat(open(one)).isEqualTo(1);
    assertThat(open(other)).isEqualTo(1);
    get(client, one.url("/")); // over the one that is left
    assertThat(snapshot(one).handshakes()).isEqualTo(1);
    assertThat(open(one)).isEqualTo(1);
    assertThat(open(other)).isEqualTo(1);
    get(client, third.url("/"));
    assertThat(open(one) + open(other)).isEqualTo(1);
  }

  @Test
  void connectionsAheadOfNeedCountForTheirEndpoint() throws Exception {
    MockWebServer one = answering(Protocol.HTTP_1_1);
    OkHttpClient client =
        client(each -> each, each -> each.maxConnectionsPerEndpoint(2), each -> each);
    assertThat(adapter.warmUp(one.url("/").toString(), 2)).isEqualTo(2);
    get(client, one.url("/"));
    assertThat(open(one)).isEqualTo(2);
  }
}
