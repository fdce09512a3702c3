package io.trunkline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectRefusedException;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.FailedDial;
import io.trunkline.net.TcpState;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a snapshot shows of real connections. */
class SnapshotTest {
  private static ConnectionManager manager(TransportMode transport) {
    return ConnectionManager.builder().transport(transport).build();
  }

  private static void echo(Lease lease) throws IOException {
    lease.output().write("ping".getBytes(US_ASCII));
    assertThat(lease.input().readNBytes(4)).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void eachConnectionShowsWhoHoldsItAndWhatTheKernelKnows(TransportMode transport)
      throws IOException {
    try (EchoServer server = new EchoServer();
        ConnectionManager manager = manager(transport);
        Lease held = manager.acquire(server.endpoint());
        Lease returned = manager.acquire(server.endpoint())) {
      echo(held);
      echo(returned);
      returned.release();

      EndpointSnapshot snapshot = manager.snapshot().endpoint(server.endpoint()).orElseThrow();
      assertThat(snapshot.active()).isEqualTo(1);
      assertThat(snapshot.idle()).isEqualTo(1);
      assertThat(snapshot.connections()).hasSize(2);
      for (ConnectionSnapshot each : snapshot.connections()) {
        assertThat(each.remote().getPort()).isEqualTo(server.port());
        assertThat(each.local().getPort()).isPositive();
        assertThat(each.age()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
        assertThat(each.uses()).isEqualTo(1);
        assertThat(each.tls()).isEmpty();
        assertThat(each.tcpInfo().isPresent()).isEqualTo(transport == TransportMode.NATIVE);
        each.tcpInfo().ifPresent(info -> assertThat(info.state()).isEqualTo(TcpState.ESTABLISHED));
      }
      assertThat(manager.snapshot().toString())
          .contains("2 of 1024 connections, transport " + manager.transport().name())
          .contains(server.endpoint() + ": 1 active, 1 idle, 0 dialling, 0 waiting, at most 64")
          .contains(" -> 127.0.0.1:" + server.port() + "  leased")
          .contains(" -> 127.0.0.1:" + server.port() + "  idle");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void theLastFailedDialIsKeptWithItsAge(TransportMode transport) throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    Endpoint nobody = Endpoint.tcp("127.0.0.1", port);
    try (ConnectionManager manager = manager(transport)) {
      assertThatThrownBy(() -> manager.acquire(nobody)).isInstanceOf(ConnectRefusedException.class);
      FailedDial last =
          manager.snapshot().endpoint(nobody).orElseThrow().lastFailure().orElseThrow();
      assertThat(last.failure()).isInstanceOf(ConnectRefusedException.class);
      assertThat(last.ago()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
      assertThat(last.recovered()).isFalse();
      assertThat(manager.snapshot().toString()).contains("failed ", "connection refused");
    }
  }

  /** What somebody does after a failure, once there is a server. */
  private interface Success {
    void with(ConnectionManager manager, Endpoint endpoint) throws IOException;
  }

  private static List<Success> successes() {
    return List.of(
        (manager, endpoint) -> manager.acquire(endpoint).close(),
        (manager, endpoint) -> manager.dial(endpoint).close(),
        (manager, endpoint) -> assertThat(manager.probe(endpoint).answered()).isTrue());
  }

  @ParameterizedTest
  @MethodSource("successes")
  void aFailureIsRecoveredFromOnceTheEndpointAnswers(Success success) throws IOException {
    try (ConnectionManager manager = manager(TransportMode.JDK);
        Socket reserved = new Socket()) {
      reserved.setReuseAddress(true);
      reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", reserved.getLocalPort());
      assertThatThrownBy(() -> manager.acquire(endpoint))
          .isInstanceOf(ConnectRefusedException.class);
      assertThat(lastFailure(manager, endpoint).recovered()).isFalse();

      try (ServerSocket server = new ServerSocket()) {
        server.setReuseAddress(true);
        server.bind(reserved.getLocalSocketAddress());
        success.with(manager, endpoint);
        assertThat(lastFailure(manager, endpoint).recovered()).isTrue();
        assertThat(manager.snapshot().toString()).contains(" ago, has answered since: ");
      }
      assertThatThrownBy(() -> manager.dial(endpoint)).isInstanceOf(ConnectRefusedException.class);
      assertThat(lastFailure(manager, endpoint).recovered()).isFalse();
    }
  }

  private static FailedDial lastFailure(ConnectionManager manager, Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).orElseThrow().lastFailure().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void aLookAtConnectionsThatComeAndGoSucceeds(TransportMode transport) throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (EchoServer server = new EchoServer();
        ConnectionManager manager = manager(transport)) {
      Background<Void> churn =
          Background.start(
              () -> {
                while (!done.get()) {
                  manager.acquire(server.endpoint()).close(); // without release: it ends
                }
                return null;
              });
      for (int i = 0; i < 2_000; i++) {
        assertThat(manager.snapshot().toString()).contains("connections, transport");
      }
      done.set(true);
      churn.get();
    }
  }
}
