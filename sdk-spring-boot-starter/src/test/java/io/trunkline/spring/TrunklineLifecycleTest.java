package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrunklineLifecycleTest {
  private LoopbackServer server;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    server = LoopbackServer.plain();
    runner =
        Contexts.runner()
            .withPropertyValues(
                "trunkline.endpoints.backend.host=127.0.0.1",
                "trunkline.endpoints.backend.port=" + server.port(),
                "trunkline.endpoints.backend.warm-up=3");
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  private Endpoint endpoint() {
    return Endpoint.tcp("127.0.0.1", server.port());
  }

  private static ConfigurableApplicationContext source(AssertableApplicationContext context) {
    return context.getSourceApplicationContext();
  }

  /** Stands for the web server: it starts late and stops early. */
  private record WebServer(Runnable atStart, Runnable atStop, AtomicBoolean running)
      implements SmartLifecycle {
    @Override
    public void start() {
      atStart.run();
      running.set(true);
    }

    @Override
    public void stop() {
      atStop.run();
      running.set(false);
    }

    @Override
    public boolean isRunning() {
      return running.get();
    }

    @Override
    public int getPhase() {
      return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Observed {
    @Bean
    WebServer webServer(ConnectionManager manager, AtomicInteger openAtStart) {
      return new WebServer(
          () -> openAtStart.set(manager.snapshot().openConnections()),
          () -> {},
          new AtomicBoolean());
    }
  }

  @Test
  void connectionsAreOpenBeforeTheWebServerStarts() {
    AtomicInteger openAtStart = new AtomicInteger(-1);
    runner
        .withUserConfiguration(Observed.class)
        .withBean("openAtStart", AtomicInteger.class, () -> openAtStart)
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(openAtStart).hasValue(3);
  }

  @Test
  void endpointThatIsDownDoesNotKeepTheApplicationFromStarting() throws Exception {
    try (Socket reserved = LoopbackServer.reservedPort()) {
      runner
          .withPropertyValues(
              "trunkline.endpoints.gone.host=127.0.0.1",
              "trunkline.endpoints.gone.port=" + reserved.getLocalPort(),
              "trunkline.endpoints.gone.warm-up=1")
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                assertThat(context.getBean(TrunklineLifecycle.class).isRunning()).isTrue();
                Await.until("the others are warm", () -> server.open() == 3);
              });
    }
  }

  @Test
  void leaseThatIsOutMayComeBackWhileTheApplicationStops() {
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          Lease lease = manager.acquire(endpoint());
          AtomicBoolean stopped = new AtomicBoolean();
          CountDownLatch done = new CountDownLatch(1);
          Thread closing =
              new Thread(
                  () -> {
                    source(context).stop();
                    stopped.set(true);
                    done.countDown();
                  });
          closing.start();
          Await.until("idle connections are closed", () -> server.open() == 1);
          assertThat(stopped).isFalse();
          lease.output().write(7);
          assertThat(lease.input().read()).isEqualTo(7);
          lease.release();
          assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
          Await.until("all connections are closed", () -> server.open() == 0);
        });
  }

  @Test
  void leaseThatDoesNotComeBackIsNotWaitedForLongerThanTheDrainTimeout() {
    long[] took = new long[1];
    runner
        .withPropertyValues("trunkline.shutdown.drain-timeout=200ms")
        .run(
            context -> {
              Lease lease = context.getBean(ConnectionManager.class).acquire(endpoint());
              long start = System.nanoTime();
              source(context).close();
              took[0] = System.nanoTime() - start;
              assertThatThrownBy(() -> lease.input().read()).isInstanceOf(IOException.class);
            });
    assertThat(Duration.ofNanos(took[0])).isBetween(Duration.ofMillis(190), Duration.ofSeconds(8));
  }

  @Test
  void drainEndsBeforeTheShutdownPhaseOfBootDoes() {
    runner
        .withPropertyValues(
            "trunkline.shutdown.drain-timeout=1h",
            "spring.lifecycle.timeout-per-shutdown-phase=500ms")
        .run(
            context -> {
              Lease lease = context.getBean(ConnectionManager.class).acquire(endpoint());
              long start = System.nanoTime();
              source(context).close();
              assertThat(Duration.ofNanos(System.nanoTime() - start))
                  .isBetween(Duration.ofMillis(400), Duration.ofSeconds(8));
              assertThatThrownBy(() -> lease.input().read()).isInstanceOf(IOException.class);
            });
  }

  @Test
  void startAndStopMayBeRepeated() {
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          for (int round = 1; round <= 3; round++) {
            assertThat(manager.snapshot().endpoint(endpoint()).orElseThrow().idle()).isEqualTo(3);
            int connections = 3 * round;
            Await.until("all are accepted", () -> server.accepted() == connections);
            manager.acquire(endpoint()).release();
            source(context).stop();
            assertThat(context.getBean(TrunklineLifecycle.class).isRunning()).isFalse();
            Await.until("all connections are closed", () -> server.open() == 0);
            source(context).start();
            assertThat(context.getBean(TrunklineLifecycle.class).isRunning()).isTrue();
          }
        });
  }

  @Test
  void requestsThatTheWebServerStillAnswersFindConnections() {
    AtomicBoolean answered = new AtomicBoolean();
    ConnectionManager[] manager = new ConnectionManager[1];
    runner
        .withBean(
            WebServer.class,
            () ->
                new WebServer(
                    () -> {},
                    () -> {
                      try (Lease lease = manager[0].acquire(endpoint())) {
                        lease.output().write(1);
                        answered.set(lease.input().read() == 1);
                        lease.release();
                      } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                      }
                    },
                    new AtomicBoolean()))
        .run(context -> manager[0] = context.getBean(ConnectionManager.class));
    assertThat(answered).isTrue();
  }
}
