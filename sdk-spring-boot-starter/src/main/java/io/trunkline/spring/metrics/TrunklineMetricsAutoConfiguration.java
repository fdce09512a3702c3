package io.trunkline.spring.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.spring.TrunklineAutoConfiguration;
import io.trunkline.spring.TrunklineProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The meters of Trunkline, in the application's registry. The manager takes all listeners. */
@AutoConfiguration(
    before = TrunklineAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnProperty(name = "trunkline.enabled", matchIfMissing = true)
@EnableConfigurationProperties(TrunklineProperties.class)
public final class TrunklineMetricsAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty(name = "trunkline.metrics.enabled", matchIfMissing = true)
  TrunklineMetrics trunklineMetrics(MeterRegistry registry, TrunklineProperties properties) {
    TrunklineMetrics.Builder builder = TrunklineMetrics.builder(registry);
    properties.metrics().applyTo(builder::maxEndpoints);
    return builder.build();
  }
}
