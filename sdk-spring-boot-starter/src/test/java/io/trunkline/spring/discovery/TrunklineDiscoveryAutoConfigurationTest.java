package io.trunkline.spring.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.spring.Await;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.LoopbackServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;

@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrunklineDiscoveryAutoConfigurationTest {
  private static final Endpoint ORDERS = Endpoint.tcp("orders", 80);

  /** Answers what the test says, and counts. */
  private static final class Registry implements DiscoveryClient {
    private final List<ServiceInstance> instances = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile RuntimeException failure;

    @Override
    public String description() {
      return "of this test";
    }

    @Override
    public List<ServiceInstance> getInstances(String serviceId) {
      asked.incrementAndGet();
      if (failure != null) {
        throw failure;
      }
      return serviceId.equals("orders") ? List.copyOf(instances) : List.of();
    }

    @Override
    public List<String> getServices() {
      return List.of("orders");
    }

    void answers(LoopbackServer... servers) {
      instances.clear();
      for (LoopbackServer each : servers) {
        instances.add(
            new DefaultServiceInstance(
                "orders-" + each.port(), "orders", "127.0.0.1", each.port(), false));
      }
    }
  }

  private final Registry registry = new Registry();
  private LoopbackServer blue;
  private LoopbackServer green;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    blue = LoopbackServer.plain();
    green = LoopbackServer.plain();
    runner =
        Contexts.runner()
            .withBean(DiscoveryClient.class, () -> registry)
            .withPropertyValues("trunkline.endpoints.orders.service-id=orders");
  }

  @AfterEach
  void close() throws Exception {
    blue.close();
    green.close();
  }

  private static int idle(ConnectionManager manager) {
    return manager.snapshot().endpoint(ORDERS).map(EndpointSnapshot::idle).orElse(0);
  }

  @Test
  void serviceIsDialledWhereItsInstancesAre() {
    registry.answers(blue, green);
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          try (var first = manager.acquire(ORDERS);
              var second = manager.acquire(ORDERS)) {
            Await.until("both were dialled", () -> blue.accepted() == 1 && green.accepted() == 1);
          }
        });
  }

  @Test
  void heartbeatThatTellsOfAChangeMovesTheConnections() {
    registry.answers(blue);
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          manager.acquire(ORDERS).release();
          Await.until("blue has accepted", () -> blue.open() == 1);

          registry.answers(green);
          context.publishEvent(new HeartbeatEvent(this, "version 2"));

          Await.until("connections to what is gone are drained", () -> idle(manager) == 0);
          Await.until("the connection is closed", () -> blue.open() == 0);
          manager.acquire(ORDERS).release();
          Await.until("green has accepted", () -> green.accepted() == 1);
          assertThat(blue.accepted()).isEqualTo(1);
        });
  }

  @Test
  void heartbeatWithoutAChangeAsksForNothing() {
    registry.answers(blue);
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          context.publishEvent(new HeartbeatEvent(this, "version 1"));
          manager.acquire(ORDERS).release();
          int asked = registry.asked.get();
          context.publishEvent(new HeartbeatEvent(this, "version 1"));
          context.publishEvent(new HeartbeatEvent(this, "version 1"));
          manager.acquire(ORDERS).release();
          assertThat(registry.asked).hasValue(asked);
        });
  }

  @Test
  void clientWithoutHeartbeatIsAskedAgainAfterTheTtl() {
    registry.answers(blue);
    runner
        .withPropertyValues("trunkline.resolve.ttl=1s")
        .run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              manager.acquire(ORDERS).release();
              registry.answers(green);
              Await.until("connections to what is gone are drained", () -> idle(manager) == 0);
            });
  }

  @Test
  void clientThatFailsLeavesWhatWasKnown() {
    registry.answers(blue);
    runner
        .withPropertyValues("trunkline.resolve.ttl=0")
        .run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              manager.acquire(ORDERS).release();
              registry.failure = new IllegalStateException("no registry today");
              context.publishEvent(new HeartbeatEvent(this, "version 2"));
              manager.acquire(ORDERS).release();
              Await.until("blue has accepted", () -> blue.open() == 1);
            });
  }

  @Test
  void failureOfTheClientIsTheCauseWhereNothingWasKnown() {
    registry.failure = new IllegalStateException("no registry today");
    runner.run(
        context -> {
          Throwable thrown =
              catchThrowable(() -> context.getBean(ConnectionManager.class).acquire(ORDERS));
          assertThat(thrown).hasStackTraceContaining("no registry today");
        });
  }

  @Test
  void whatIsNoServiceIsLookedUpByDns() {
    runner.run(
        context -> {
          context
              .getBean(ConnectionManager.class)
              .acquire(Endpoint.tcp("localhost", blue.port()))
              .release();
          assertThat(registry.asked).hasValue(0);
        });
  }

  @Test
  void clientOfSpringCloudCommonsServes() {
    Contexts.runner(
            UtilAutoConfiguration.class,
            SimpleDiscoveryClientAutoConfiguration.class,
            CompositeDiscoveryClientAutoConfiguration.class)
        .withPropertyValues(
            "trunkline.endpoints.orders.service-id=orders",
            "spring.cloud.discovery.client.simple.instances.orders[0].uri=http://127.0.0.1:"
                + blue.port())
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(DiscoveryResolver.class);
              context.getBean(ConnectionManager.class).acquire(ORDERS).release();
              Await.until("blue has accepted", () -> blue.accepted() == 1);
            });
  }

  @Test
  void backsOffForAResolverOfTheApplication() {
    EndpointResolver mine = EndpointResolver.dns();
    runner
        .withBean("mine", EndpointResolver.class, () -> mine)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(DiscoveryResolver.class);
              assertThat(context.getBean(EndpointResolver.class)).isSameAs(mine);
            });
  }

  @Test
  void isNotThereWithoutAClientOrSpringCloud() {
    Contexts.runner()
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EndpointResolver.class));
    Contexts.runner()
        .withClassLoader(new FilteredClassLoader("org.springframework.cloud"))
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EndpointResolver.class));
  }
}
