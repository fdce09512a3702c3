package io.trunkline.spring;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.spring.TrunklineProperties.SslProperties;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.ssl.SslBundle;

/** Makes the connection manager that properties and beans describe. */
final class ManagerFactory {
  private static final String PREFIX = "trunkline.";

  private final TrunklineProperties properties;
  private final NamedEndpoints endpoints;
  private final BundleContexts contexts;
  private final Optional<Duration> httpConnectTimeout;

  /** Endpoints that have a bundle of their own. */
  private final Map<Endpoint, String> ownBundles = new LinkedHashMap<>();

  /**
   * What else there is in the context.
   *
   * @param addressPolicy in place of that of the properties
   */
  record Beans(
      Optional<CircuitBreakerRegistry> circuitBreakers,
      Optional<EndpointResolver> resolver,
      Optional<AddressPolicy> addressPolicy,
      List<ConnectionListener> listeners,
      List<TrunklineCustomizer> customizers) {}

  /**
   * @param httpConnectTimeout of all HTTP clients: the connect timeout where Trunkline has none
   */
  ManagerFactory(
      TrunklineProperties properties,
      NamedEndpoints endpoints,
      BundleContexts contexts,
      Optional<Duration> httpConnectTimeout) {
    this.properties = properties;
    this.endpoints = endpoints;
    this.contexts = contexts;
    this.httpConnectTimeout = httpConnectTimeout;
  }

  ConnectionManager make(Beans beans) {
    ConnectionManager.Builder builder = ConnectionManager.builder();
    builder.transport(properties.transport());
    if (properties.nativeLibrary() != null) {
      builder.nativeLibrary(properties.nativeLibrary().toPath());
    }
    httpConnectTimeout.ifPresent(timeout -> adoptConnectTimeout(builder, timeout));
    applyCommon(builder);
    endpoints.forEach(each -> applyTo(each, builder));
    requireResolver(beans.resolver());
    beans.circuitBreakers().ifPresent(builder::circuitBreakers);
    beans.resolver().ifPresent(builder::resolver);
    builder.addressPolicy(beans.addressPolicy().orElseGet(() -> AddressPolicies.of(properties)));
    beans.listeners().forEach(builder::listener);
    beans.customizers().forEach(each -> each.customize(builder));
    ConnectionManager manager = built(builder);
    contexts.onChange(bundle -> drain(manager, bundle));
    return manager;
  }

  private static ConnectionManager built(ConnectionManager.Builder builder) {
    try {
      return builder.build();
    } catch (IllegalStateException refused) {
      if (String.valueOf(refused.getMessage()).startsWith("transport is native")) {
        throw new NativeTransportUnavailableException(refused);
      }
      throw refused;
    }
  }

  private static void adoptConnectTimeout(ConnectionManager.Builder builder, Duration timeout) {
    try {
      builder.connect(c -> c.timeout(timeout));
    } catch (IllegalArgumentException refused) {
      throw InvalidPropertyException.ofValue(
          "spring.http.clients.connect-timeout", timeout, refused);
    }
  }

  private void applyCommon(ConnectionManager.Builder builder) {
    SettingProperties set = new SettingProperties(PREFIX);
    set.building(
        () -> {
          builder.pool(to -> set.pool(properties.pool(), properties.connect(), to));
          builder.connect(to -> set.connect(properties.connect(), to));
          builder.socket(to -> set.socket(properties.socket(), properties.connect(), to));
          builder.tls(to -> tls(set, PREFIX, properties.ssl(), to));
          builder.resolve(to -> set.resolve(properties.resolve(), to));
          builder.circuitBreaker(
              to -> set.circuitBreaker(properties.circuitBreaker(), properties.probe(), to));
          builder.retry(to -> set.retry(properties.retry(), to));
        });
  }

  private void applyTo(NamedEndpoint named, ConnectionManager.Builder builder) {
    EndpointProperties its = properties.endpoints().get(named.name());
    String prefix = NamedEndpoints.PREFIX + named.name() + ".";
    Endpoint endpoint = named.endpoint();
    if (its.ssl().bundle() != null) {
      ownBundles.put(endpoint, its.ssl().bundle());
    }
    for (Endpoint each : endpoints.dialledFor(named)) {
      builder.endpoint(each, to -> changed(to, its, prefix));
      boolean isForOthers = named.http() || !each.equals(endpoint);
      if (isForOthers) {
        // Its connections are in the pools of other clients: of ours nobody would take one.
        builder.endpoint(each, to -> to.pool(pool -> pool.minIdle(0)));
      }
    }
  }

  private EndpointSettings.Builder changed(
      EndpointSettings.Builder to, EndpointProperties its, String prefix) {
    SettingProperties set = new SettingProperties(prefix);
    set.building(
        () -> {
          to.pool(pool -> set.pool(its.pool(), its.connect(), pool));
          to.connect(connect -> set.connect(its.connect(), connect));
          to.socket(socket -> set.socket(its.socket(), its.connect(), socket));
          to.tls(tls -> tls(set, prefix, its.ssl(), tls));
        });
    return to;
  }

  /** The bundle first: what the properties say beside it holds. */
  private TlsSettings.Builder tls(
      SettingProperties set, String prefix, SslProperties ssl, TlsSettings.Builder to) {
    if (ssl.bundle() != null) {
      SslBundle bundle = contexts.use(ssl.bundle(), prefix + "ssl.bundle");
      String name = ssl.bundle();
      to.sslContext(endpoint -> contexts.of(name));
      if (bundle.getOptions().getEnabledProtocols() != null) {
        to.protocols(bundle.getOptions().getEnabledProtocols());
      }
      if (bundle.getOptions().getCiphers() != null) {
        to.cipherSuites(bundle.getOptions().getCiphers());
      }
    }
    return set.tls(ssl, to);
  }

  private void requireResolver(Optional<EndpointResolver> resolver) {
    for (NamedEndpoint each : endpoints) {
      if (each.serviceId().isPresent() && resolver.isEmpty()) {
        throw new InvalidPropertyException(
            NamedEndpoints.PREFIX + each.name() + ".service-id",
            each.serviceId().get(),
            "is set, but there is nobody to ask for its instances",
            "Add a Spring Cloud discovery client (a bean of type DiscoveryClient), or an"
                + " EndpointResolver bean, or set host and port instead.");
      }
    }
  }

  /** Connections made with the old keys end: idle ones now, leased ones at their release. */
  private void drain(ConnectionManager manager, String bundle) {
    for (EndpointSnapshot each : manager.snapshot().endpoints()) {
      Endpoint endpoint = each.endpoint();
      String used = ownBundles.getOrDefault(endpoint, properties.ssl().bundle());
      if (endpoint.isTls() && bundle.equals(used)) {
        manager.drain(endpoint);
      }
    }
  }
}
