package io.trunkline.spring.discovery;

import io.trunkline.net.EndpointResolver;
import io.trunkline.spring.NamedEndpoints;
import io.trunkline.spring.TrunklineAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;

/** Resolves {@code trunkline.endpoints.<name>.service-id} where there is a discovery client. */
@AutoConfiguration(
    before = TrunklineAutoConfiguration.class,
    afterName = {
      "org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration",
      "org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration",
      "org.springframework.cloud.client.CommonsClientAutoConfiguration"
    })
@ConditionalOnClass(DiscoveryClient.class)
@ConditionalOnBean(DiscoveryClient.class)
@ConditionalOnProperty(name = "trunkline.enabled", matchIfMissing = true)
public final class TrunklineDiscoveryAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean(EndpointResolver.class)
  DiscoveryResolver trunklineDiscoveryResolver(
      ObjectProvider<DiscoveryClient> client, NamedEndpoints endpoints) {
    return new DiscoveryResolver(client::getObject, endpoints);
  }
}
