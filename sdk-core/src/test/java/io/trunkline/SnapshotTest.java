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
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
      assertThat(manager.snapshot().toString()).contains("failed ", "connection refused");
    }
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
