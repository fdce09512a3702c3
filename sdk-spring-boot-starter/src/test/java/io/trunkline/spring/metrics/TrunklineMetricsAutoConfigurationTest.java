package io.trunkline.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.LoopbackServer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TrunklineMetricsAutoConfigurationTest {
  private final ApplicationContextRunner runner =
      Contexts.runner(MetricsAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class);

  private static void lease(ConnectionManager manager) throws Exception {
    try (LoopbackServer server = LoopbackServer.plain()) {
      manager.acquire(Endpoint.tcp("127.0.0.1", server.port())).release();
    }
  }

  /** Over all tags. */
  private static long count(MeterRegistry registry, String timer) {
    return registry.get(timer).timers().stream().mapToLong(Timer::count).sum();
  }

  @Test
  void metersAreInTheRegistryOfTheApplication() {
    runner.run(
        context -> {
          lease(context.getBean(ConnectionManager.class));
          MeterRegistry registry = context.getBean(MeterRegistry.class);
          assertThat(count(registry, "trunkline.handshake")).isEqualTo(1);
          assertThat(count(registry, "trunkline.pool.acquire")).isEqualTo(1);
        });
  }

  @Test
  void maxEndpointsIsThatOfTheProperty() {
    runner
        .withPropertyValues("trunkline.metrics.max-endpoints=0")
        .run(
            context -> {
              lease(context.getBean(ConnectionManager.class));
              assertThat(
                      context
                          .getBean(MeterRegistry.class)
                          .get("trunkline.pool.acquire")
                          .timer()
                          .getId()
                          .getTag("endpoint"))
                  .isEqualTo("other");
            });
    runner
        .withPropertyValues("trunkline.metrics.max-endpoints=-1")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining("trunkline.metrics.max-endpoints must be"));
  }

  @Test
  void metersCanBeSwitchedOff() {
    runner
        .withPropertyValues("trunkline.metrics.enabled=false")
        .run(
            context -> {
              lease(context.getBean(ConnectionManager.class));
              assertThat(context).doesNotHaveBean(TrunklineMetrics.class);
              assertThat(context.getBean(MeterRegistry.class).find("trunkline.handshake").meter())
                  .isNull();
            });
  }

  @Test
  void backsOffForMetersOfTheApplication() {
    MeterRegistry other = new SimpleMeterRegistry();
    TrunklineMetrics mine = TrunklineMetrics.bindTo(other);
    runner
        .withBean(TrunklineMetrics.class, () -> mine)
        .run(
            context -> {
              lease(context.getBean(ConnectionManager.class));
              assertThat(context.getBean(TrunklineMetrics.class)).isSameAs(mine);
              assertThat(count(other, "trunkline.handshake")).isEqualTo(1);
            });
  }

  @Test
  void isNotThereWithoutARegistryOrMicrometer() {
    Contexts.runner()
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(TrunklineMetrics.class));
    Contexts.runner()
        .withClassLoader(new FilteredClassLoader("io.micrometer"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean("trunklineMetrics");
              lease(context.getBean(ConnectionManager.class));
            });
  }
}
