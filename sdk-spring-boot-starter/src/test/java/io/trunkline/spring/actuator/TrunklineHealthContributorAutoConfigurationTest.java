package io.trunkline.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.LoopbackServer;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TrunklineHealthContributorAutoConfigurationTest {
  private final ApplicationContextRunner runner = Contexts.runner();

  @SuppressWarnings("unchecked")
  private static Map<String, Object> detail(Health health, String endpoint) {
    Map<String, Object> endpoints = (Map<String, Object>) health.getDetails().get("endpoints");
    return (Map<String, Object>) endpoints.get(endpoint);
  }

  @Test
  void endpointThatAnswersIsReachable() throws Exception {
    try (LoopbackServer server = LoopbackServer.plain()) {
      runner
          .withPropertyValues(
              "trunkline.endpoints.backend.host=127.0.0.1",
              "trunkline.endpoints.backend.port=" + server.port())
          .run(
              context -> {
                context
                    .getBean(ConnectionManager.class)
                    .acquire(Endpoint.tcp("127.0.0.1", server.port()))
                    .release();
                Health health = context.getBean(HealthIndicator.class).health();
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails()).containsEntry("openConnections", 1);
                assertThat(detail(health, "backend"))
                    .containsEntry("reachable", true)
                    .containsEntry("breaker", "CLOSED")
                    .containsEntry("idle", 1);
              });
    }
  }

  @Test
  void remoteOutageIsADetailAndNotDown() throws Exception {
    try (Socket nobody = LoopbackServer.reservedPort()) {
      Endpoint gone = Endpoint.tcp("127.0.0.1", nobody.getLocalPort());
      runner
          .withPropertyValues("trunkline.circuit-breaker.minimum-dials=1")
          .run(
              context -> {
                ConnectionManager manager = context.getBean(ConnectionManager.class);
                assertThatThrownBy(() -> manager.acquire(gone));
                Health health = context.getBean(HealthIndicator.class).health();
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(detail(health, gone.toString()))
                    .containsEntry("reachable", false)
                    .containsEntry("breaker", "OPEN")
                    .extractingByKey("lastFailure")
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                    .containsEntry("kind", "REFUSED");
              });
    }
  }

  @Test
  void endpointThatHasAnsweredSinceItsFailureIsReachableWithoutAConnection() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      try (Socket reserved = LoopbackServer.reservedPort()) {
        Endpoint backend = Endpoint.tcp("127.0.0.1", reserved.getLocalPort());
        runner.run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              assertThatThrownBy(() -> manager.acquire(backend));
              Health health = context.getBean(HealthIndicator.class).health();
              assertThat(detail(health, backend.toString())).containsEntry("reachable", false);

              reserved.close();
              server.bind(new InetSocketAddress("127.0.0.1", backend.port()));
              manager.acquire(backend).close();
              health = context.getBean(HealthIndicator.class).health();
              assertThat(health.getDetails()).containsEntry("openConnections", 0);
              assertThat(detail(health, backend.toString()))
                  .containsEntry("reachable", true)
                  .extractingByKey("lastFailure")
                  .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                  .containsEntry("recovered", true);
            });
      }
    }
  }

  @Test
  void canBeSwitchedOffAndReplaced() {
    runner
        .withPropertyValues("management.health.trunkline.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
    runner
        .withPropertyValues("trunkline.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
    HealthIndicator mine = () -> Health.unknown().build();
    runner
        .withBean("trunklineHealthIndicator", HealthIndicator.class, () -> mine)
        .run(context -> assertThat(context.getBean(HealthIndicator.class)).isSameAs(mine));
  }

  @Test
  void isNotThereWithoutBootsHealth() {
    runner
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context).hasNotFailed().doesNotHaveBean("trunklineHealthIndicator"));
  }
}
