package io.trunkline.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerMetricsAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.LoopbackServer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TrunklineCircuitBreakerMetricsAutoConfigurationTest {
  private static final String STATE = "resilience4j.circuitbreaker.state";

  private final ApplicationContextRunner runner =
      Contexts.runner(MetricsAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class);

  /** How many state meters there are of the breaker of an endpoint, one for each state. */
  private static long statesOf(AssertableApplicationContext context) throws Exception {
    try (LoopbackServer server = LoopbackServer.plain()) {
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.port());
      context.getBean(ConnectionManager.class).acquire(endpoint).release();
      return context
          .getBean(MeterRegistry.class)
          .find(STATE)
          .tag("name", "trunkline-" + endpoint)
          .meters()
          .size();
    }
  }

  @Test
  void breakersOfOurRegistryHaveMeters() {
    runner.run(
        context -> {
          assertThat(context).hasNotFailed().hasSingleBean(TaggedCircuitBreakerMetrics.class);
          assertThat(statesOf(context)).isPositive();
        });
  }

  @Test
  void registryOfTheApplicationKeepsItsOwnMeters() {
    runner
        .withBean(CircuitBreakerRegistry.class, CircuitBreakerRegistry::ofDefaults)
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(TaggedCircuitBreakerMetrics.class);
              assertThat(statesOf(context)).isZero();
            });
  }

  @Test
  void resilience4jBindsTheMetersOfItsRegistryOnceAndForAll() {
    Contexts.runner(
            MetricsAutoConfiguration.class,
            SimpleMetricsExportAutoConfiguration.class,
            CircuitBreakerAutoConfiguration.class,
            CircuitBreakerMetricsAutoConfiguration.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean("trunklineCircuitBreakerMetrics");
              assertThat(statesOf(context)).isPositive();
            });
  }

  @Test
  void isNotThereWhenMetersAreOffOrNobodyKeepsThem() {
    runner
        .withPropertyValues("trunkline.metrics.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(TaggedCircuitBreakerMetrics.class));
    Contexts.runner()
        .run(context -> assertThat(context).doesNotHaveBean(TaggedCircuitBreakerMetrics.class));
    for (String missing : new String[] {"io.github.resilience4j.micrometer", "io.micrometer"}) {
      Contexts.runner()
          .withClassLoader(new FilteredClassLoader(missing))
          .run(
              context ->
                  assertThat(context)
                      .hasNotFailed()
                      .doesNotHaveBean("trunklineCircuitBreakerMetrics"));
    }
  }
}
