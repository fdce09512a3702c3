package io.trunkline.spring.metrics;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.spring.TrunklineAutoConfiguration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * The meters that resilience4j has of circuit breakers, for the registry that Trunkline made. Who
 * brings a registry brings its meters, too.
 */
@AutoConfiguration(
    after = TrunklineAutoConfiguration.class,
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({TaggedCircuitBreakerMetrics.class, MeterRegistry.class})
@ConditionalOnBean(
    value = MeterRegistry.class,
    name = TrunklineAutoConfiguration.CIRCUIT_BREAKER_REGISTRY)
@ConditionalOnProperty(name = "trunkline.metrics.enabled", matchIfMissing = true)
public final class TrunklineCircuitBreakerMetricsAutoConfiguration {
  /** Boot binds every MeterBinder to the registry. */
  @Bean
  @ConditionalOnMissingBean
  TaggedCircuitBreakerMetrics trunklineCircuitBreakerMetrics(
      @Qualifier(TrunklineAutoConfiguration.CIRCUIT_BREAKER_REGISTRY)
          CircuitBreakerRegistry registry) {
    return TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(registry);
  }
}
