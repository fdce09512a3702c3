package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectRefusedException;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
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
  void aConnectionIsSeenFromItsDialToItsEnd(TransportMode transport) throws IOException {
    try (EchoServer server = new EchoServer();
        ConnectionManager manager = manager(transport)) {
      try (Lease lease = manager.acquire(server.endpoint())) {
        lease.release();
      }
      manager.acquire(server.endpoint()).close(); // without release, so it ends

      String acquire = "trunkline.pool.acquire";
      assertThat(
              registry.get(acquire).tags("outcome", "success", "reused", "false").timer().count())
          .isEqualTo(1);
      assertThat(registry.get(acquire).tags("outcome", "success", "reused", "true").timer().count())
          .isEqualTo(1);
      assertThat(registry.get("trunkline.handshakes.avoided").functionCounter().count())
          .isEqualTo(1);
      assertThat(registry.get("trunkline.pool.reuse.ratio").gauge().value()).isEqualTo(0.5);
      assertThat(registry.get("trunkline.pool.usage").timer().count()).isEqualTo(2);
      assertThat(registry.get("trunkline.connection.lifetime").timer().count()).isEqualTo(1);
      assertThat(
              registry
                  .get("trunkline.connections.evicted")
                  .tag("reason", "discarded")
                  .counter()
                  .count())
          .isEqualTo(1);
      Timer rtt = registry.find("trunkline.tcp.rtt").timer();
      if (transport == TransportMode.NATIVE) {
        assertThat(rtt.count()).as("a look before the end").isEqualTo(1);
        assertThat(rtt.totalTime(TimeUnit.MICROSECONDS)).isPositive();
      } else {
        assertThat(rtt).as("the JDK cannot look").isNull();
      }
    }
  }

  @Test
  void theFlightRecorderSeesEachStepAndTheBreaker() throws IOException {
    Path file = Files.createTempFile("manager-", ".jfr");
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    Endpoint nobody = Endpoint.tcp("127.0.0.1", port);
    try (Recording recording = new Recording()) {
      recording.setSettings(Map.of("io.trunkline.Acquire#minimum", "0 ns"));
      recording.start();
      try (EchoServer server = new EchoServer();
          ConnectionManager manager = ConnectionManager.builder().build()) {
        manager.acquire(server.endpoint()).close();
        while (manager.snapshot().endpoint(nobody).flatMap(EndpointSnapshot::breaker).stream()
            .noneMatch(breaker -> breaker.state() == BreakerState.OPEN)) {
          assertThatThrownBy(() -> manager.acquire(nobody)).isInstanceOf(IOException.class);
        }
        assertThat(manager.snapshot().toString()).contains("breaker OPEN");
      }
      recording.stop();
      recording.dump(file);
      Map<String, Long> events =
          RecordingFile.readAllEvents(file).stream()
              .map(event -> event.getEventType().getName())
              .filter(name -> name.startsWith("io.trunkline."))
              .collect(Collectors.groupingBy(name -> name.substring(13), Collectors.counting()));
      assertThat(events).containsEntry("Close", 1L).containsKeys("Connect", "Acquire", "Breaker");
      assertThat(events.get("Connect")).as("one good, the others refused").isGreaterThan(2);
    } finally {
      Files.delete(file);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NATIVE", "JDK"})
  void aDrainIsTold(TransportMode transport) throws IOException {
    List<Endpoint> drained = new ArrayList<>();
    ConnectionListener listener =
        new ConnectionListener() {
          @Override
          public void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {
            assertThat(withdrawn).isEmpty();
            drained.add(endpoint);
          }
        };
    try (EchoServer server = new EchoServer();
        ConnectionManager manager =
            ConnectionManager.builder().transport(transport).listener(listener).build()) {
      manager.drain(server.endpoint());
      assertThat(drained).as("nothing is there to drain").isEmpty();
      manager.acquire(server.endpoint()).close();
      manager.drain(server.endpoint());
      assertThat(drained).containsExactly(server.endpoint());
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
