package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

class DialFailuresTest extends Fixture {
  private static InetAddress loopback(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  /** The name svc.test has these addresses of this host, in that order. */
  private OkHttpClient resolving(int... lasts) {
    return client(
        each ->
            each.resolver(
                endpoint -> {
                  List<InetSocketAddress> all = new java.util.ArrayList<>();
                  for (int last : lasts) {
                    all.add(new InetSocketAddress(loopback(last), endpoint.port()));
                  }
                  return all;
                }),
        each -> each,
        each -> each);
  }

  @Test
  void aRefusalIsTold() throws Exception {
    String url = "http://127.0.0.1:" + closedPort() + "/";
    IOException failure = failureOf(() -> get(client(), url));
    assertThat(failure).isInstanceOf(ConnectException.class);
    assertThat(failure.getClass())
        .isEqualTo(failureOf(() -> get(plain(each -> each), url)).getClass());
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
  }

  @Test
  void noAnswerIsToldAsOfTheConnect() throws Exception {
    FullBacklog hole = closing(new FullBacklog(loopback(1), 0));
    OkHttpClient client = client(each -> each.connectTimeout(200, TimeUnit.MILLISECONDS));
    IOException failure = failureOf(() -> get(client, "http://127.0.0.1:" + hole.port() + "/"));
    assertThat(failure).isInstanceOf(SocketTimeoutException.class);
    assertThat(found(failure).kind()).isEqualTo(FailureKind.TIMED_OUT);
    assertThat(found(failure).phase()).isEqualTo(FailurePhase.CONNECT);
  }

  @Test
  void aNameThatDoesNotExistIsTold() {
    OkHttpClient client =
        client(
            each ->
                each.resolver(
                    endpoint -> {
                      throw new UnknownHostException(endpoint.host());
                    }),
            each -> each,
            each -> each);
    IOException failure = failureOf(() -> get(client, "http://svc.test/"));
    assertThat(failure).isInstanceOf(UnknownHostException.class);
    assertThat(found(failure).kind()).isEqualTo(FailureKind.RESOLUTION_FAILED);
  }

  @Test
  void noSocketIsOpenedToAnAddressThatThePolicyDenies() throws Exception {
    ServerSocket listener = silent();
    listener.setSoTimeout(100);
    OkHttpClient client =
        client(each -> each.addressPolicy(AddressPolicy.denyPrivate()), each -> each, each -> each);
    for (String host : List.of("localhost", "127.0.0.1", "[::ffff:127.0.0.1]")) {
      IOException failure =
          failureOf(() -> get(client, "http://" + host + ":" + listener.getLocalPort() + "/"));
      assertThat(found(failure).kind()).as(host).isEqualTo(FailureKind.DENIED_BY_POLICY);
    }
    assertThat(failureOf(listener::accept)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void anOpenBreakerRefusesUntilTheServerIsBack() throws Exception {
    int port = closedPort();
    String url = "http://127.0.0.1:" + port + "/";
    OkHttpClient client =
        client(
            each ->
                each.circuitBreaker(
                    breaker ->
                        breaker
                            .minimumDials(2)
                            .failureRatePercent(50)
                            .firstProbeAfter(Duration.ofMillis(300))),
            each -> each,
            each -> each);
    FailureKind kind = FailureKind.REFUSED;
    for (int i = 0; i < 20 && kind == FailureKind.REFUSED; i++) {
      kind = found(failureOf(() -> get(client, url))).kind();
    }
    assertThat(kind).isEqualTo(FailureKind.BREAKER_OPEN);
    MockWebServer server = closing(new MockWebServer());
    server.start(port);
    server.setDispatcher(new Always("back"));
    eventually(
        "it is back",
        () -> {
          try {
            return get(client, url).equals("back");
          } catch (IOException failure) {
            assertThat(found(failure).kind()).isIn(FailureKind.BREAKER_OPEN, FailureKind.REFUSED);
            return false;
          }
        });
  }

  @Test
  void aLoserOfTheRaceLeavesNoMark() throws Exception {
    for (boolean tls : List.of(false, true)) {
      HeldName held = new HeldName();
      MockWebServer server =
          server(
              each -> {
                if (tls) {
                  each.useHttps(held.server());
                }
              });
      server.setDispatcher(new Always("x".repeat(10)));
      closing(new FullBacklog(loopback(3), server.getPort()));
      AtomicInteger marks = new AtomicInteger();
      OkHttpClient client =
          client(
              each ->
                  each.listener(new Marks(marks))
                      .resolver(
                          endpoint ->
                              List.of(
                                  new InetSocketAddress(loopback(3), endpoint.port()),
                                  new InetSocketAddress(loopback(1), endpoint.port()))),
              each -> each.maxConnectionsPerEndpoint(1).maxPending(0),
              each -> each.sslSocketFactory(held.client(), held.trust()));
      String url = (tls ? "https" : "http") + "://svc.test:" + server.getPort() + "/";
      for (int i = 0; i < 2; i++) {
        assertThat(get(client, url)).hasSize(10);
        client.connectionPool().evictAll();
      }
      Thread.sleep(50); // for what the loser would do late
      assertThat(marks).hasValue(0);
      assertThat(snapshot(Endpoint.tcp("svc.test", server.getPort())).failedDials()).isZero();
    }
  }

  private static final class Marks implements ConnectionListener {
    private final AtomicInteger count;

    Marks(AtomicInteger count) {
      this.count = count;
    }

    @Override
    public void tlsFailed(
        Endpoint endpoint, InetSocketAddress remote, long elapsedNanos, IOException failure) {
      count.incrementAndGet();
    }
  }

  @Test
  void anAddressThatFailedIsTriedLastNextTime() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(new Always("x"));
    OkHttpClient client = resolving(2, 1);
    String url = "http://svc.test:" + server.getPort() + "/";
    for (int i = 0; i < 3; i++) {
      assertThat(get(client, url)).isEqualTo("x");
      client.connectionPool().evictAll();
    }
    Endpoint endpoint = Endpoint.tcp("svc.test", server.getPort());
    assertThat(snapshot(endpoint).failedDials()).isEqualTo(1);
    assertThat(snapshot(endpoint).handshakes()).isEqualTo(3);
  }

  @Test
  void aFailedRequestIsNotRepeatedWhereAnotherAddressIsRefused() throws Exception {
    IOException failure =
        failureOf(() -> post(resolving(2, 4), "http://svc.test:" + closedPort() + "/"));
    ConnectionFailure found = found(failure);
    assertThat(failure).isInstanceOf(ConnectException.class);
    assertThat(found.kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(failure.getSuppressed()).isNotEmpty();
  }
}
