package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectRefusedException;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What listeners hear of a real manager. */
class ObservedManagerTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private ConnectionManager manager(TransportMode transport) {
    return ConnectionManager.builder()
        .transport(transport)
        .listener(TrunklineMetrics.bindTo(registry))
        .build();
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void metersComeWithTheFirstHandshakeAndGoWithTheManager(TransportMode transport)
      throws IOException {
    try (EchoServer server = new EchoServer()) {
      try (ConnectionManager manager = manager(transport);
          Lease lease = manager.acquire(server.endpoint())) {
        assertThat(
                registry
                    .get("trunkline.handshake")
                    .tags("server.address", "127.0.0.1", "outcome", "success")
                    .tags("fast.open", transport == TransportMode.NATIVE ? "not_used" : "none")
                    .timer()
                    .count())
            .isEqualTo(1);
        assertThat(
                registry
                    .get("trunkline.pool.connections")
                    .tags("endpoint", server.endpoint().toString(), "state", "active")
                    .gauge()
                    .value())
            .isEqualTo(1);
        lease.release();
      }
      assertThat(registry.getMeters()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void aRefusedConnectIsAHandshakeThatFailed(TransportMode transport) throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    try (ConnectionManager manager = manager(transport)) {
      assertThatThrownBy(() -> manager.acquire(Endpoint.tcp("127.0.0.1", port)))
          .isInstanceOf(ConnectRefusedException.class);
      assertThat(
              registry
                  .get("trunkline.handshake")
                  .tags("outcome", "failure", "error.type", "refused")
                  .timer()
                  .count())
          .isEqualTo(1);
      assertThat(registry.get("trunkline.handshake.success.ratio").gauge().value()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void startAndEndAreToldOnceAndTheCountsAreLive(TransportMode transport) throws IOException {
    List<Object> told = new ArrayList<>();
    ConnectionListener listener =
        new ConnectionListener() {
          @Override
          public void managerStarted(
              TransportInfo info, Supplier<Map<Endpoint, EndpointCounts>> counts) {
            told.add(info.name());
            told.add(counts);
          }

          @Override
          public void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {
            told.add(counts);
          }
        };
    try (EchoServer server = new EchoServer()) {
      ConnectionManager manager =
          ConnectionManager.builder().transport(transport).listener(listener).build();
      assertThat(told).hasSize(2);
      assertThat(told.get(0)).isEqualTo(manager.transport().name());
      Supplier<?> counts = (Supplier<?>) told.get(1);
      assertThat(counts.get()).isEqualTo(Map.of());
      manager.acquire(server.endpoint()).close();
      assertThat(counts.get())
          .isEqualTo(
              Map.of(
                  server.endpoint(),
                  manager.snapshot().endpoint(server.endpoint()).orElseThrow().counts()));
      manager.close();
      manager.close();
      assertThat(told).hasSize(3);
      assertThat(told.get(2)).isSameAs(counts);
    }
  }
}
