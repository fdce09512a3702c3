package io.trunkline.spring.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.okhttp3.OkHttpObservationInterceptor;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.okhttp.OkHttpMetrics;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.spring.Contexts;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import okhttp3.ConnectionPool;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.support.AbstractBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.JdkClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.ClientHttpRequestFactoryBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.http.client.ClientHttpRequestFactory;

/** What there is of HTTP clients, and what gives way to what. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrunklineHttpAutoConfigurationTest {
  private final ApplicationContextRunner runner =
      Contexts.runner(
          HttpClientAutoConfiguration.class, ImperativeHttpClientAutoConfiguration.class);

  private static OkHttpClient client(ApplicationContext context, HttpClientSettings settings) {
    return builder(context).build(settings).client();
  }

  private static OkHttpClient client(ApplicationContext context) {
    return client(context, HttpClientSettings.defaults());
  }

  private static OkHttpRequestFactoryBuilder builder(ApplicationContext context) {
    return (OkHttpRequestFactoryBuilder) context.getBean(ClientHttpRequestFactoryBuilder.class);
  }

  private static boolean isBoots(ApplicationContext context) {
    return context.getBean(ClientHttpRequestFactoryBuilder.class)
        instanceof JdkClientHttpRequestFactoryBuilder;
  }

  private static boolean hasTrunkline(OkHttpClient client) {
    return client.interceptors().stream()
        .anyMatch(each -> each.getClass().getPackage().equals(TrunklineOkHttp.class.getPackage()));
  }

  // ---- what there is ----

  @Test
  void factoriesOfBootAreOursAndSoIsTheClient() {
    runner.run(
        context -> {
          assertThat(context).hasNotFailed().hasSingleBean(TrunklineOkHttp.class);
          assertThat(context.getBean(ClientHttpRequestFactory.class))
              .isInstanceOf(OkHttpRequestFactory.class);
          assertThat(hasTrunkline(context.getBean(OkHttpClient.class))).isTrue();
          assertThat(hasTrunkline(client(context))).isTrue();
        });
  }

  @Test
  void clientsThatAreDerivedShareThePoolAndWhatTheySecureConnectionsWith() {
    runner.run(
        context -> {
          OkHttpClient raw = context.getBean(OkHttpClient.class);
          OkHttpClient first = client(context);
          OkHttpClient second =
              client(
                  context, HttpClientSettings.defaults().withReadTimeout(Duration.ofSeconds(70)));
          assertThat(first.connectionPool()).isSameAs(raw.connectionPool());
          assertThat(second.connectionPool()).isSameAs(raw.connectionPool());
          assertThat(second.sslSocketFactory()).isEqualTo(first.sslSocketFactory());
          assertThat(second.readTimeoutMillis()).isEqualTo(70_000);
          assertThat(first.readTimeoutMillis()).isEqualTo(raw.readTimeoutMillis());
        });
  }

  @Test
  void noClientIsMadeBeforeItIsAskedFor() {
    runner
        .withUserConfiguration(Registry.class)
        .run(
            context -> {
              AbstractBeanFactory beans = (AbstractBeanFactory) context.getBeanFactory();
              assertThat(beans.containsSingleton("trunklineSharedClient")).isFalse();
              client(context);
              assertThat(beans.containsSingleton("trunklineSharedClient")).isTrue();
            });
  }

  @Test
  void idleTimeoutOfNeverIsOneThatOkHttpTakes() {
    runner
        .withPropertyValues("trunkline.pool.idle-timeout=0")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(client(context).connectionPool().connectionCount()).isZero();
            });
  }

  @Test
  void customizersChangeAllClientsInTheirOrder() {
    runner
        .withBean("one", OkHttpClientCustomizer.class, () -> to -> to.fastFallback(false))
        .withBean(
            "two",
            OkHttpClientCustomizer.class,
            () -> to -> to.readTimeout(Duration.ofSeconds(42)).followRedirects(false))
        .run(
            context -> {
              OkHttpClient derived =
                  client(
                      context,
                      HttpClientSettings.defaults().withConnectTimeout(Duration.ofMillis(800)));
              for (OkHttpClient each :
                  new OkHttpClient[] {derived, context.getBean(OkHttpClient.class)}) {
                assertThat(each.fastFallback()).isFalse();
                assertThat(each.followRedirects()).isFalse();
                assertThat(each.readTimeoutMillis()).isEqualTo(42_000);
              }
              assertThat(derived.connectTimeoutMillis()).isEqualTo(800);
            });
  }

  @Test
  void customizersOfBootsBuilderAreCalledWhereTheyFit() {
    runner
        .withUserConfiguration(BuilderCustomizers.class)
        .run(context -> assertThat(client(context).pingIntervalMillis()).isEqualTo(9_000));
  }

  @Test
  void clientEndsWithTheContext() {
    OkHttpClient[] kept = new OkHttpClient[1];
    runner.run(context -> kept[0] = context.getBean(OkHttpClient.class));
    ExecutorService calls = kept[0].dispatcher().executorService();
    assertThat(calls.isShutdown()).isTrue();
  }

  // ---- what it gives way to ----

  @Test
  void withoutTrunklineOrItsHttpClientsBootIsAsItWas() {
    for (String property : new String[] {"trunkline.enabled", "trunkline.http.enabled"}) {
      runner
          .withPropertyValues(property + "=false")
          .run(
              context -> {
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(TrunklineOkHttp.class)
                    .doesNotHaveBean(OkHttpClient.class)
                    .doesNotHaveBean(ConnectionPool.class);
                assertThat(isBoots(context)).isTrue();
              });
    }
  }

  @Test
  void factoryThatTheApplicationChoseIsUsed() {
    runner
        .withPropertyValues("spring.http.clients.imperative.factory=jdk")
        .run(
            context -> {
              assertThat(isBoots(context)).isTrue();
              assertThat(context).hasSingleBean(OkHttpClient.class);
            });
  }

  @Test
  void builderOfTheApplicationIsUsed() {
    runner
        .withBean(
            "mine", ClientHttpRequestFactoryBuilder.class, ClientHttpRequestFactoryBuilder::jdk)
        .run(context -> assertThat(isBoots(context)).isTrue());
  }

  @Test
  void reactiveApplicationHasNoRequestFactories() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(Contexts.OURS.toArray(Class<?>[]::new)))
        .withConfiguration(
            AutoConfigurations.of(
                HttpClientAutoConfiguration.class, ImperativeHttpClientAutoConfiguration.class))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(ClientHttpRequestFactoryBuilder.class)
                    .hasSingleBean(OkHttpClient.class));
  }

  @Test
  void clientOfTheApplicationIsWhatOthersAreDerivedFrom() {
    OkHttpClient mine = new OkHttpClient.Builder().pingInterval(Duration.ofSeconds(8)).build();
    runner
        .withBean("mine", OkHttpClient.class, () -> mine)
        .withBean("unused", OkHttpClientCustomizer.class, () -> to -> to.fastFallback(false))
        .run(
            context -> {
              assertThat(context).hasSingleBean(OkHttpClient.class);
              OkHttpClient derived = client(context);
              assertThat(derived.pingIntervalMillis()).isEqualTo(8_000);
              assertThat(derived.fastFallback()).isTrue();
              assertThat(derived.connectionPool()).isSameAs(mine.connectionPool());
              assertThat(hasTrunkline(derived)).isTrue();
              assertThat(hasTrunkline(mine)).isFalse();
            });
    assertThat(mine.dispatcher().executorService().isShutdown()).isFalse();
  }

  @Test
  void ofSeveralClientsOfTheApplicationOnlyThePrimaryOneIsDerivedFrom() {
    ApplicationContextRunner two =
        runner
            .withBean(
                "one",
                OkHttpClient.class,
                () -> new OkHttpClient.Builder().pingInterval(Duration.ofSeconds(1)).build())
            .withBean(
                "two",
                OkHttpClient.class,
                () -> new OkHttpClient.Builder().pingInterval(Duration.ofSeconds(2)).build());
    two.run(context -> assertThat(client(context).pingIntervalMillis()).isZero());
    two.withUserConfiguration(PrimaryClient.class)
        .run(context -> assertThat(client(context).pingIntervalMillis()).isEqualTo(3_000));
  }

  @Test
  void adapterAndPoolsOfTheApplicationAreLeftAlone() {
    runner
        .withBean("pool", ConnectionPool.class, () -> new ConnectionPool())
        .withUserConfiguration(OwnAdapter.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(TrunklineOkHttp.class);
              assertThat(context.getBean("own")).isInstanceOf(TrunklineOkHttp.class);
              assertThat(client(context).connectionPool())
                  .isNotSameAs(context.getBean("pool"))
                  .isSameAs(context.getBean("trunklineConnectionPool"));
            });
  }

  // ---- meters and observations ----

  @Test
  void callsAndThePoolHaveMetersWhereThereIsARegistry() {
    runner.run(
        context ->
            assertThat(context)
                .doesNotHaveBean(OkHttpMetrics.class)
                .doesNotHaveBean(PoolMeters.class));
    runner
        .withUserConfiguration(Registry.class)
        .run(
            context -> {
              assertThat(context).hasSingleBean(OkHttpMetrics.class);
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              context.getBean(PoolMeters.class).bindTo(registry);
              System.gc();
              assertThat(registry.get("okhttp.pool.connection.count").tag("state", "idle").gauge())
                  .satisfies(gauge -> assertThat(gauge.value()).isZero());
            });
    runner
        .withUserConfiguration(Registry.class)
        .withPropertyValues("trunkline.metrics.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(OkHttpMetrics.class));
  }

  @Test
  void onlyTheRawClientIsObserved() {
    runner
        .withBean("observations", ObservationRegistry.class, ObservationRegistry::create)
        .run(
            context -> {
              Interceptor first = context.getBean(OkHttpClient.class).interceptors().get(0);
              assertThat(first).isInstanceOf(OkHttpObservationInterceptor.class);
              assertThat(client(context).interceptors())
                  .noneMatch(OkHttpObservationInterceptor.class::isInstance);
            });
  }

  // ---- without what is optional ----

  @Test
  void withoutBootsHttpClientsThereIsStillAClient() {
    Contexts.runner()
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.http.client"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(OkHttpClient.class)
                    .doesNotHaveBean("trunklineRequestFactoryBuilder"));
  }

  @Test
  void withoutSpringWebThereIsStillAClient() {
    Contexts.runner()
        .withClassLoader(new FilteredClassLoader("org.springframework.http"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(OkHttpClient.class)
                    .doesNotHaveBean("trunklineRequestFactoryBuilder"));
  }

  @Test
  void withoutMicrometerThereAreNoMetersAndNoObservations() {
    runner
        .withClassLoader(new FilteredClassLoader("io.micrometer"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(OkHttpClient.class);
              assertThat(context).doesNotHaveBean(OkHttpMetrics.class);
            });
    runner
        .withClassLoader(new FilteredClassLoader("io.micrometer.core"))
        .withBean("observations", ObservationRegistry.class, ObservationRegistry::create)
        .run(context -> assertThat(hasTrunkline(context.getBean(OkHttpClient.class))).isTrue());
  }

  @Test
  void withoutOkHttpOrTheAdapterBootIsAsItWas() {
    for (String hidden : new String[] {"okhttp3", "io.trunkline.okhttp"}) {
      runner
          .withClassLoader(new FilteredClassLoader(hidden))
          .run(
              context -> {
                assertThat(context).hasNotFailed().hasSingleBean(ConnectionManager.class);
                assertThat(isBoots(context)).isTrue();
              });
    }
  }

  // ---- configurations of an application ----

  @Configuration(proxyBeanMethods = false)
  static class Registry {
    @Bean
    MeterRegistry registry() {
      return new SimpleMeterRegistry();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PrimaryClient {
    @Bean
    @Primary
    OkHttpClient three() {
      return new OkHttpClient.Builder().pingInterval(Duration.ofSeconds(3)).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnAdapter {
    @Bean
    TrunklineOkHttp own(ConnectionManager manager) {
      return TrunklineOkHttp.builder(manager).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class BuilderCustomizers {
    @Bean
    ClientHttpRequestFactoryBuilderCustomizer<JdkClientHttpRequestFactoryBuilder> ofTheJdk() {
      return builder -> {
        throw new IllegalStateException("not for this builder");
      };
    }

    @Bean
    ClientHttpRequestFactoryBuilderCustomizer<OkHttpRequestFactoryBuilder> ours() {
      return builder -> builder.withClientCustomizer(to -> to.pingInterval(Duration.ofSeconds(9)));
    }
  }
}
