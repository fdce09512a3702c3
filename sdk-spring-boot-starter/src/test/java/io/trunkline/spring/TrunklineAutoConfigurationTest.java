package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.trunkline.ConnectionManager;
import io.trunkline.TrunklineSocketFactory;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TrunklineAutoConfigurationTest {
  private final ApplicationContextRunner runner = Contexts.runner();

  @Test
  void managerSocketFactoryAndBreakerRegistryAreThere() {
    runner.run(
        context ->
            assertThat(context)
                .hasNotFailed()
                .hasSingleBean(ConnectionManager.class)
                .hasSingleBean(TrunklineSocketFactory.class)
                .hasSingleBean(CircuitBreakerRegistry.class)
                .hasBean(TrunklineAutoConfiguration.CIRCUIT_BREAKER_REGISTRY)
                .hasSingleBean(TrunklineLifecycle.class));
  }

  @Test
  void nothingIsThereWhenSwitchedOff() {
    runner
        .withPropertyValues("trunkline.enabled=false", "trunkline.pool.max-total=-1")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(Contexts.ours(context.getSourceApplicationContext())).isEmpty();
            });
  }

  @Test
  void managerEndsWithTheContext() {
    ConnectionManager[] manager = new ConnectionManager[1];
    runner.run(context -> manager[0] = context.getBean(ConnectionManager.class));
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> manager[0].acquire(Endpoint.tcp("127.0.0.1", 1))))
        .hasMessageContaining("the connection manager is closed");
  }

  @Test
  void eachBeanBacksOffForOneOfTheApplication() {
    ConnectionManager manager = ConnectionManager.builder().build();
    TrunklineSocketFactory factory = new TrunklineSocketFactory(manager);
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    runner
        .withBean("mine", ConnectionManager.class, () -> manager)
        .withBean("myFactory", TrunklineSocketFactory.class, () -> factory)
        .withBean("myRegistry", CircuitBreakerRegistry.class, () -> registry)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(ConnectionManager.class)).isSameAs(manager);
              assertThat(context.getBean(TrunklineSocketFactory.class)).isSameAs(factory);
              assertThat(context.getBean(CircuitBreakerRegistry.class)).isSameAs(registry);
            });
  }

  @Test
  void breakersAreKeptInTheRegistryOfTheApplication() {
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    runner
        .withBean(CircuitBreakerRegistry.class, () -> registry)
        .run(context -> assertBreakerOf(context.getBean(ConnectionManager.class), registry));
  }

  @Test
  void breakersAreKeptInTheRegistryThatResilience4jConfigures() {
    Contexts.runner(CircuitBreakerAutoConfiguration.class)
        .withPropertyValues("resilience4j.circuitbreaker.configs.trunkline.minimumNumberOfCalls=77")
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .doesNotHaveBean(TrunklineAutoConfiguration.CIRCUIT_BREAKER_REGISTRY);
              CircuitBreakerRegistry registry = context.getBean(CircuitBreakerRegistry.class);
              String name = assertBreakerOf(context.getBean(ConnectionManager.class), registry);
              assertThat(
                      registry
                          .circuitBreaker(name)
                          .getCircuitBreakerConfig()
                          .getMinimumNumberOfCalls())
                  .isEqualTo(77);
            });
  }

  private static String assertBreakerOf(ConnectionManager manager, CircuitBreakerRegistry registry)
      throws Exception {
    try (LoopbackServer server = LoopbackServer.plain()) {
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.port());
      manager.acquire(endpoint).release();
      assertThat(registry.find("trunkline-" + endpoint)).isPresent();
      return "trunkline-" + endpoint;
    }
  }

  @Test
  void customizersComeInTheirOrderAfterThePropertiesAndKeepThem() {
    List<String> seen = new ArrayList<>();
    runner
        .withPropertyValues("trunkline.pool.max-per-endpoint=7")
        .withBean("second", TrunklineCustomizer.class, () -> new Customizer(2, seen))
        .withBean("first", TrunklineCustomizer.class, () -> new Customizer(1, seen))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(seen).containsExactly("1 after 7 and 0", "2 after 7 and 1");
            });
  }

  private record Customizer(int order, List<String> seen)
      implements TrunklineCustomizer, org.springframework.core.Ordered {
    @Override
    public void customize(ConnectionManager.Builder builder) {
      builder.pool(
          pool -> {
            var before = pool.build();
            seen.add(order + " after " + before.maxPerEndpoint() + " and " + before.maxUses());
            return pool.maxUses(order);
          });
    }

    @Override
    public int getOrder() {
      return order;
    }
  }

  @Test
  void listenersOfTheApplicationAreTold() {
    List<String> told = new ArrayList<>();
    ConnectionListener listener =
        new ConnectionListener() {
          @Override
          public void managerStarted(
              TransportInfo transport, Supplier<Map<Endpoint, EndpointCounts>> counts) {
            told.add(transport.name());
          }
        };
    runner
        .withPropertyValues("trunkline.transport=jdk")
        .withBean(ConnectionListener.class, () -> listener)
        .run(context -> assertThat(told).containsExactly("jdk"));
  }

  @Test
  void addressPolicyOfTheApplicationTakesThePlaceOfTheProperty() {
    AddressPolicy none = (endpoint, address) -> Optional.of("the policy of this test");
    runner
        .withBean(AddressPolicy.class, () -> none)
        .run(
            context ->
                assertThat(dialFailure(context.getBean(ConnectionManager.class)))
                    .hasMessageContaining("the policy of this test"));
    runner
        .withPropertyValues("trunkline.address-policy=public-only")
        .run(
            context ->
                assertThat(dialFailure(context.getBean(ConnectionManager.class)))
                    .hasMessageContaining("127.0.0.0/8"));
  }

  private static Throwable dialFailure(ConnectionManager manager) throws IOException {
    try (LoopbackServer server = LoopbackServer.plain()) {
      return org.assertj.core.api.Assertions.catchThrowable(
          () -> manager.acquire(Endpoint.tcp("127.0.0.1", server.port())));
    }
  }

  @Test
  void socketFactoryDialsThroughTheManager() {
    runner.run(
        context -> {
          try (LoopbackServer server = LoopbackServer.plain();
              Socket socket =
                  context
                      .getBean(TrunklineSocketFactory.class)
                      .createSocket("127.0.0.1", server.port())) {
            assertThat(socket.isConnected()).isTrue();
          }
          assertThat(context.getBean(TrunklineSocketFactory.class))
              .isEqualTo(new TrunklineSocketFactory(context.getBean(ConnectionManager.class)));
        });
  }

  @Test
  void connectTimeoutOfHttpClientsIsTheDefaultOfOurs() {
    assertThat(connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(connectTimeout("spring.http.clients.connect-timeout=3s"))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(
            connectTimeout(
                "spring.http.clients.connect-timeout=3s", "trunkline.connect.timeout=2s"))
        .isEqualTo(Duration.ofSeconds(2));
  }

  private Duration connectTimeout(String... properties) {
    Duration[] timeout = new Duration[1];
    runner
        .withPropertyValues(properties)
        .withBean(
            TrunklineCustomizer.class,
            () ->
                builder ->
                    builder.connect(
                        connect -> {
                          timeout[0] = connect.build().timeout();
                          return connect;
                        }))
        .run(context -> assertThat(context).hasNotFailed());
    return timeout[0];
  }

  @Test
  void worksWithoutAnyOptionalDependency() {
    runner
        .withClassLoader(
            new FilteredClassLoader(
                "io.micrometer",
                "io.github.resilience4j.micrometer",
                "io.github.resilience4j.springboot",
                "org.springframework.boot.actuate",
                "org.springframework.boot.health",
                "org.springframework.boot.micrometer",
                "org.springframework.cloud"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(ConnectionManager.class);
              try (LoopbackServer server = LoopbackServer.plain()) {
                context
                    .getBean(ConnectionManager.class)
                    .acquire(Endpoint.tcp("127.0.0.1", server.port()))
                    .release();
              }
            });
  }

  @Test
  void sslBundlesAreNotNeeded() {
    new ApplicationContextRunner()
        .withConfiguration(
            org.springframework.boot.autoconfigure.AutoConfigurations.of(
                TrunklineAutoConfiguration.class))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(SslBundles.class)
                    .hasSingleBean(ConnectionManager.class));
  }

  @Test
  void contextThatIsNotOrderedByBootFindsItsAutoConfigurationsInTheImportsFile() {
    ClassLoader loader = getClass().getClassLoader();
    assertThat(
            org.springframework.boot.context.annotation.ImportCandidates.load(
                    org.springframework.boot.autoconfigure.AutoConfiguration.class, loader)
                .getCandidates())
        .containsAll(Contexts.OURS.stream().map(Class::getName).toList());
  }
}
