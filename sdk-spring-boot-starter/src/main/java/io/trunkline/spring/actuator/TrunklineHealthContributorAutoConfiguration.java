package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.spring.NamedEndpoints;
import io.trunkline.spring.TrunklineAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Health of the endpoints; {@code management.health.trunkline.enabled} switches it off. */
@AutoConfiguration(after = TrunklineAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean({ConnectionManager.class, NamedEndpoints.class})
public final class TrunklineHealthContributorAutoConfiguration {
  @Bean
  @ConditionalOnEnabledHealthIndicator("trunkline")
  @ConditionalOnMissingBean(name = "trunklineHealthIndicator")
  HealthIndicator trunklineHealthIndicator(ConnectionManager manager, NamedEndpoints names) {
    return new TrunklineHealthIndicator(manager, names);
  }
}
