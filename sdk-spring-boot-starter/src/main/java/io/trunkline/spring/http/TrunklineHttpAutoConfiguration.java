package io.trunkline.spring.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.okhttp3.OkHttpConnectionPoolMetrics;
import io.trunkline.ConnectionManager;
import io.trunkline.config.PoolSettings;
import io.trunkline.okhttp.CallListener;
import io.trunkline.okhttp.OkHttpMetrics;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.spring.HttpConnections;
import io.trunkline.spring.TrunklineAutoConfiguration;
import io.trunkline.spring.TrunklineProperties;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.ClientHttpRequestFactoryBuilderCustomizer;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.util.LambdaSafe;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.http.client.ClientHttpRequestFactory;

/**
 * OkHttp over Trunkline, and Spring's HTTP clients over that. Each bean backs off. There is no bean
 * of type ClientHttpRequestFactory: Boot's clients would all use that one, whatever their settings.
 */
@AutoConfiguration(
    after = TrunklineAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    },
    beforeName =
        "org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration")
@ConditionalOnClass({OkHttpClient.class, TrunklineOkHttp.class})
@ConditionalOnProperty(
    name = {"trunkline.enabled", "trunkline.http.enabled"},
    matchIfMissing = true)
@ConditionalOnBean(ConnectionManager.class)
@Import({ClientConfigurations.Observed.class, ClientConfigurations.Plain.class})
public final class TrunklineHttpAutoConfiguration {
  private static final String POOL = "trunklineConnectionPool";
  private static final Duration NEVER = Duration.ofDays(365);

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  TrunklineOkHttp trunklineOkHttp(
      ConnectionManager manager, ObjectProvider<CallListener> listeners) {
    List<CallListener> all = listeners.orderedStream().toList();
    TrunklineOkHttp.Builder builder = TrunklineOkHttp.builder(manager);
    if (!all.isEmpty()) {
      builder.listener(new CallListeners(all));
    }
    return builder.build();
  }

  @Bean
  HttpConnections trunklineHttpConnections(TrunklineOkHttp trunkline) {
    return new AdapterConnections(trunkline);
  }

  /** For ours alone: it is not in the way of pools of the application. */
  @Bean(name = POOL, defaultCandidate = false)
  ConnectionPool trunklineConnectionPool(ConnectionManager manager) {
    PoolSettings settings = manager.poolSettings();
    Duration idle = settings.idleTimeout().isZero() ? NEVER : settings.idleTimeout();
    return new ConnectionPool(settings.maxTotal(), idle.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Lazy, as all clients: OkHttp reads the certificates of the platform. */
  @Bean(destroyMethod = "close")
  @Lazy
  SharedClient trunklineSharedClient(
      TrunklineOkHttp trunkline,
      @Qualifier(POOL) ConnectionPool pool,
      ObjectProvider<OkHttpClientCustomizer> customizers) {
    return new SharedClient(trunkline, pool, customizers.orderedStream().toList());
  }

  @Bean
  ClientSource trunklineClientSource(
      BeanFactory beans,
      ObjectProvider<OkHttpClient> clients,
      @Qualifier(POOL) ConnectionPool pool,
      ObjectProvider<SharedClient> shared) {
    return new ClientSource(!beans.containsBean(ClientConfigurations.BEAN), clients, pool, shared);
  }

  /** The request factories of Spring's HTTP clients. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ClientHttpRequestFactory.class, ClientHttpRequestFactoryBuilder.class})
  @Conditional(NoOtherFactoryCondition.class)
  static final class Factories {
    @Bean
    @ConditionalOnMissingBean
    ClientHttpRequestFactoryBuilder<?> trunklineRequestFactoryBuilder(
        TrunklineOkHttp trunkline,
        ClientSource source,
        ObjectProvider<SslBundles> bundles,
        ObjectProvider<ClientHttpRequestFactoryBuilderCustomizer<?>> customizers) {
      return customized(
          new OkHttpRequestFactoryBuilder(
              source::client,
              trunkline,
              new FollowedBundles(bundles.getIfAvailable(DefaultSslBundleRegistry::new))),
          customizers.orderedStream().toList());
    }

    /** As Boot does with its own builder. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ClientHttpRequestFactoryBuilder<?> customized(
        ClientHttpRequestFactoryBuilder<?> builder,
        List<ClientHttpRequestFactoryBuilderCustomizer<?>> customizers) {
      ClientHttpRequestFactoryBuilder<?>[] latest = {builder};
      LambdaSafe.callbacks(
              ClientHttpRequestFactoryBuilderCustomizer.class, (List) customizers, builder)
          .invoke(
              each ->
                  latest[0] =
                      ((ClientHttpRequestFactoryBuilderCustomizer) each).customize(latest[0]));
      return latest[0];
    }
  }

  /** Meters of calls and of OkHttp's pool. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({MeterRegistry.class, OkHttpConnectionPoolMetrics.class})
  @ConditionalOnBean(MeterRegistry.class)
  @ConditionalOnProperty(name = "trunkline.metrics.enabled", matchIfMissing = true)
  static final class Meters {
    @Bean
    @ConditionalOnMissingBean
    OkHttpMetrics trunklineOkHttpMetrics(MeterRegistry registry, TrunklineProperties properties) {
      OkHttpMetrics.Builder builder = OkHttpMetrics.builder(registry);
      properties.metrics().applyTo(builder::maxEndpoints);
      return builder.build();
    }

    @Bean
    @ConditionalOnMissingBean(OkHttpConnectionPoolMetrics.class)
    PoolMeters trunklineOkHttpPoolMetrics(ClientSource source) {
      return new PoolMeters(source::connections);
    }
  }
}
