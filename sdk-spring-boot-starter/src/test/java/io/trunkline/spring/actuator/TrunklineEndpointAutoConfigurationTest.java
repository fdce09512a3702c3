package io.trunkline.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.LoopbackServer;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrunklineEndpointAutoConfigurationTest {
  private LoopbackServer server;
  private Socket nobody;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    server = LoopbackServer.plain();
    nobody = LoopbackServer.reservedPort();
    runner =
        Contexts.runner(EndpointAutoConfiguration.class)
            .withPropertyValues(
                "management.endpoints.web.exposure.include=trunkline",
                "trunkline.endpoints.backend.host=127.0.0.1",
                "trunkline.endpoints.backend.port=" + server.port(),
                "trunkline.endpoints.gone.host=127.0.0.1",
                "trunkline.endpoints.gone.port=" + nobody.getLocalPort());
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    nobody.close();
  }

  private Endpoint endpoint() {
    return Endpoint.tcp("127.0.0.1", server.port());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> maps(Object value) {
    return (List<Map<String, Object>>) value;
  }

  @Test
  void snapshotShowsTransportPoolsAndConnections() {
    runner
        .withPropertyValues("trunkline.transport=jdk")
        .run(
            context -> {
              context.getBean(ConnectionManager.class).acquire(endpoint()).release();
              Map<String, Object> view = context.getBean(TrunklineEndpoint.class).snapshot();
              assertThat(map(view.get("transport")))
                  .containsEntry("name", "jdk")
                  .containsEntry("reason", "it was asked for");
              assertThat(view).containsEntry("openConnections", 1);
              Map<String, Object> backend = maps(view.get("endpoints")).get(0);
              assertThat(backend)
                  .containsEntry("name", "backend")
                  .containsEntry("endpoint", endpoint().toString())
                  .containsKey("addresses")
                  .doesNotContainKey("lastFailure");
              assertThat(map(backend.get("pool")))
                  .containsEntry("active", 0)
                  .containsEntry("idle", 1)
                  .containsEntry("waiting", 0)
                  .containsEntry("max", 64)
                  .containsEntry("handshakes", 1L);
              assertThat(map(backend.get("breaker"))).containsEntry("state", "CLOSED");
              assertThat(maps(backend.get("connections")).get(0))
                  .containsEntry("remote", "127.0.0.1:" + server.port())
                  .containsEntry("leased", false)
                  .containsEntry("uses", 1L)
                  .containsKeys("local", "ageMillis", "idleMillis");
            });
  }

  @Test
  void lastFailureIsToldInTheTermsOfTheDocs() {
    runner.run(
        context -> {
          Endpoint gone = Endpoint.tcp("127.0.0.1", nobody.getLocalPort());
          assertThatThrownBy(() -> context.getBean(ConnectionManager.class).acquire(gone));
          Map<String, Object> view = context.getBean(TrunklineEndpoint.class).endpoint("gone");
          assertThat(map(view.get("lastFailure")))
              .containsEntry("kind", "REFUSED")
              .containsEntry("phase", "CONNECT")
              .containsKeys("advice", "message", "agoMillis");
        });
  }

  @Test
  void endpointThatIsNotInUseIsNotFound() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          assertThat(actuator.endpoint("backend")).isNull();
          assertThat(actuator.endpoint("never heard of")).isNull();
        });
  }

  @Test
  void endpointIsWarmedUpProbedAndDrained() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          assertThat(actuator.act(TrunklineEndpoint.Action.WARM_UP, "backend", 2))
              .containsEntry("done", true)
              .containsEntry("open", 2);
          Map<String, Object> probe =
              map(actuator.act(TrunklineEndpoint.Action.PROBE, "backend", null).get("probe"));
          assertThat(probe).containsEntry("answered", true);
          assertThat(maps(probe.get("addresses")).get(0)).containsKey("connectMicros");
          assertThat(actuator.act(TrunklineEndpoint.Action.DRAIN, endpoint().toString(), null))
              .containsEntry("done", true)
              .containsEntry("name", "backend");
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          assertThat(manager.snapshot().endpoint(endpoint()).orElseThrow().idle()).isZero();
        });
  }

  @Test
  void failureOfAnActionIsItsAnswer() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          Map<String, Object> warmUp = actuator.act(TrunklineEndpoint.Action.WARM_UP, "gone", null);
          assertThat(warmUp).containsEntry("done", false);
          assertThat(map(warmUp.get("failure"))).containsEntry("kind", "REFUSED");
          Map<String, Object> probe =
              map(actuator.act(TrunklineEndpoint.Action.PROBE, "gone", null).get("probe"));
          assertThat(probe).containsEntry("answered", false);
        });
  }

  @Test
  void whatHasNoNameAndIsNotInUseIsNotActedUpon() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          for (TrunklineEndpoint.Action action : TrunklineEndpoint.Action.values()) {
            assertThatThrownBy(() -> actuator.act(action, "169.254.169.254:80", 1))
                .isInstanceOf(InvalidEndpointRequestException.class);
          }
          assertThatThrownBy(() -> actuator.act(TrunklineEndpoint.Action.WARM_UP, "backend", -1))
              .isInstanceOf(InvalidEndpointRequestException.class);
        });
  }

  @Test
  void isThereOnlyWhereItIsExposed() {
    Contexts.runner(EndpointAutoConfiguration.class)
        .run(context -> assertThat(context).doesNotHaveBean(TrunklineEndpoint.class));
    runner
        .withPropertyValues("management.endpoint.trunkline.access=NONE")
        .run(context -> assertThat(context).doesNotHaveBean(TrunklineEndpoint.class));
    runner
        .withPropertyValues("trunkline.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(TrunklineEndpoint.class));
    Contexts.runner()
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("trunklineEndpoint"));
  }
}
