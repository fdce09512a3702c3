package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A registry of the user's that is slow, or throws. */
class BreakerStartTest {
  @Test
  void warmingUpWaitsForABreakerThatSomebodyElseStarts() throws Exception {
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    registry
        .getEventPublisher()
        .onEntryAdded(
            added -> {
              starting.countDown();
              try {
                goOn.await(10, TimeUnit.SECONDS);
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            });
    try (EchoServer server = new EchoServer();
        ConnectionManager manager =
            ConnectionManager.builder()
                .transport(TransportMode.JDK)
                .pool(p -> p.maxPerEndpoint(2)) // who warms up may come first: a user's is a third
                .circuitBreakers(registry)
                .build()) {
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.address().getPort());
      Background<Void> first =
          Background.start(
              () -> {
                manager.acquire(endpoint).release();
                return null;
              });
      assertThat(starting.await(10, TimeUnit.SECONDS)).isTrue();
      Background<Integer> warm = Background.start(() -> manager.warmUp(endpoint, 2));
      Thread.sleep(100);
      goOn.countDown();
      assertThat(warm.get()).isEqualTo(2);
      first.get();
    }
  }

  @Test
  void aPredicateThatThrowsCostsNoPlace() throws Exception {
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    registry.addConfiguration(
        "trunkline",
        CircuitBreakerConfig.custom()
            .recordException(
                failure -> {
                  throw new IllegalStateException("predicate");
                })
            .build());
    int port;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    try (ConnectionManager manager =
        ConnectionManager.builder()
            .transport(TransportMode.JDK)
            .pool(
                p -> p.maxDialsInFlight(1).maxPerEndpoint(1).acquireTimeout(Duration.ofSeconds(2)))
            .circuitBreakers(registry)
            .build()) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> manager.acquire(Endpoint.tcp("127.0.0.1", port)))
            .isInstanceOf(IllegalStateException.class);
      }
      assertThat(manager.snapshot().openConnections()).isZero();
    }
  }
}
