package io.trunkline.spring;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.TrunklineSocketFactory;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.ConnectionListener;
import java.time.Duration;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** The connection manager of the application, and what belongs to it. Each bean backs off. */
@AutoConfiguration(
    after = SslAutoConfiguration.class,
    afterName = {
      "io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration",
      "io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerRefreshScopedRegistryAutoConfiguration",
      "org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JAutoConfiguration"
    })
@ConditionalOnProperty(name = "trunkline.enabled", matchIfMissing = true)
@EnableConfigurationProperties(TrunklineProperties.class)
public final class TrunklineAutoConfiguration {
  /** The name of the registry that is ours, and not the application's. */
  public static final String CIRCUIT_BREAKER_REGISTRY = "trunklineCircuitBreakerRegistry";

  private static final Duration PHASE_TIMEOUT = Duration.ofSeconds(30);

  @Bean
  NamedEndpoints trunklineEndpoints(TrunklineProperties properties) {
    return NamedEndpoints.of(properties.endpoints());
  }

  @Bean(CIRCUIT_BREAKER_REGISTRY)
  @ConditionalOnMissingBean(CircuitBreakerRegistry.class)
  CircuitBreakerRegistry trunklineCircuitBreakerRegistry() {
    return CircuitBreakerRegistry.ofDefaults();
  }

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  ConnectionManager trunklineConnectionManager(
      TrunklineProperties properties,
      NamedEndpoints endpoints,
      Environment environment,
      ObjectProvider<SslBundles> bundles,
      ObjectProvider<CircuitBreakerRegistry> circuitBreakers,
      ObjectProvider<EndpointResolver> resolver,
      ObjectProvider<AddressPolicy> addressPolicy,
      ObjectProvider<ConnectionListener> listeners,
      ObjectProvider<TrunklineCustomizer> customizers) {
    BundleContexts contexts =
        new BundleContexts(bundles.getIfAvailable(DefaultSslBundleRegistry::new));
    Optional<Duration> httpConnectTimeout =
        Optional.ofNullable(
            Binder.get(environment)
                .bind("spring.http.clients.connect-timeout", Duration.class)
                .orElse(null));
    return new ManagerFactory(properties, endpoints, contexts, httpConnectTimeout)
        .make(
            new ManagerFactory.Beans(
                Optional.ofNullable(circuitBreakers.getIfUnique()),
                Optional.ofNullable(resolver.getIfUnique()),
                Optional.ofNullable(addressPolicy.getIfUnique()),
                listeners.orderedStream().toList(),
                customizers.orderedStream().toList()));
  }

  @Bean
  @ConditionalOnMissingBean
  TrunklineSocketFactory trunklineSocketFactory(ConnectionManager manager) {
    return new TrunklineSocketFactory(manager);
  }

  @Bean
  EndpointActions trunklineEndpointActions(
      ConnectionManager manager, NamedEndpoints endpoints, ObjectProvider<HttpConnections> http) {
    return new EndpointActions(
        manager, endpoints, () -> Optional.ofNullable(http.getIfAvailable()));
  }

  @Bean
  TrunklineLifecycle trunklineLifecycle(
      ConnectionManager manager,
      EndpointActions actions,
      NamedEndpoints endpoints,
      TrunklineProperties properties,
      Environment environment) {
    Duration drain = properties.shutdown().drainTimeout();
    if (drain.isNegative()) {
      throw new InvalidPropertyException(
          "trunkline.shutdown.drain-timeout",
          drain,
          "must be zero or longer",
          "Set it to the time that leases may take to come back, or to 0 to wait for none.");
    }
    Duration phase =
        Binder.get(environment)
            .bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
            .orElse(PHASE_TIMEOUT);
    Duration most = phase.multipliedBy(9).dividedBy(10); // and end by ourselves
    return new TrunklineLifecycle(
        manager, actions, endpoints, drain.compareTo(most) < 0 ? drain : most);
  }
}
