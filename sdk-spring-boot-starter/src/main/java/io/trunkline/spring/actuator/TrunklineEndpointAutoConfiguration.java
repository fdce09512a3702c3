package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.spring.EndpointActions;
import io.trunkline.spring.NamedEndpoints;
import io.trunkline.spring.TrunklineAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint {@code trunkline}, where it is exposed. */
@AutoConfiguration(after = TrunklineAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean({ConnectionManager.class, NamedEndpoints.class})
public final class TrunklineEndpointAutoConfiguration {
  @Bean
  @ConditionalOnAvailableEndpoint(TrunklineEndpoint.class)
  @ConditionalOnMissingBean
  TrunklineEndpoint trunklineEndpoint(
      ConnectionManager manager, EndpointActions actions, NamedEndpoints names) {
    return new TrunklineEndpoint(manager, actions, names);
  }
}
