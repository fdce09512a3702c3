package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.breaker.Breakers;
import io.trunkline.breaker.Handshakes;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.connect.AddressBook;
import io.trunkline.connect.AddressGuard;
import io.trunkline.connect.Connector;
import io.trunkline.failure.ConnectTimedOutException;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.time.Deadline;
import io.trunkline.time.HousekeeperThread;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dials of connections outside of the pool, with real sockets: cancelled, cut short, waiting. */
class UnpooledDialTest {
  private static final long FOREVER = Long.MAX_VALUE;

  private HousekeeperThread housekeeper;
  private Workers workers;
  private Transport transport;
  private Connector connector;
  private ConnectionPools pools;
  private FullBacklog silentServer;
  private Endpoint silent;

  @BeforeEach
  void open() throws Exception {
    housekeeper = new HousekeeperThread();
    workers = new Workers("test-worker", 2);
    transport = TestTransports.jdk();
    connector =
        new Connector(
            transport,
            Ticker.SYSTEM,
            new AddressBook(
                EndpointResolver.dns(),
                ResolveSettings.builder().build(),
                workers,
                Ticker.SYSTEM,
                housekeeper,
                Listeners.NONE),
            AddressGuard.ANY,
            TlsLayer.REFUSING,
            Listeners.NONE,
            ConnectSettings.builder().build(),
            SocketSettings.builder().build());
    PoolSettings pool = PoolSettings.builder().maxDialsInFlight(1).build();
    Breakers breakers =
        new Breakers(
            BreakerSettings.builder().minimumDials(2).build(),
            CircuitBreakerRegistry.ofDefaults(),
            new Handshakes(connector, Ticker.SYSTEM),
            Ticker.SYSTEM,
            housekeeper,
            workers::execute,
            Listeners.NONE);
    pools =
        new ConnectionPools(
            pool,
            endpoint -> pool,
            RetrySettings.builder().build(),
            connector,
            (connection, deadline) -> {},
            breakers,
            Listeners.NONE,
            Ticker.SYSTEM,
            housekeeper,
            workers);
    silentServer = new FullBacklog();
    silent = Endpoint.tcp("127.0.0.1", silentServer.address().getPort());
  }

  @AfterEach
  void close() throws Exception {
    pools.close(Deadline.after(Ticker.SYSTEM, Duration.ZERO));
    connector.close();
    workers.close();
    housekeeper.close();
    transport.close();
    silentServer.close();
  }

  private UnpooledDial dial(Endpoint endpoint, long limitNanos) {
    return pools.unpooled(
        endpoint,
        limitNanos,
        left ->
            connector.dial(
                endpoint,
                silentServer.address(),
                Duration.ofNanos(Math.min(left, 5_000_000_000L))));
  }

  private int inFlight() throws Exception {
    return pools.poolOf(silent).room().dialling();
  }

  private static FailureKind kind(Throwable failed) {
    return ((ConnectionFailure) failed).kind();
  }

  @Test
  void itIsCancelledWhileItDials() throws Exception {
    UnpooledDial dial = dial(silent, FOREVER);
    Background<Throwable> running = Background.failing(dial::run);
    Await.until("it dials", () -> inFlight() == 1);
    dial.cancel();
    assertThat(kind(running.get())).isEqualTo(FailureKind.CLOSED);
    assertThat(inFlight()).isZero();
    assertThat(pools.poolOf(silent).counters().failedDials.get()).isZero();
  }

  @Test
  void itIsCancelledWhileItWaitsForLeave() throws Exception {
    UnpooledDial first = dial(silent, FOREVER);
    Background<Throwable> dialling = Background.failing(first::run);
    Await.until("it dials", () -> inFlight() == 1);
    UnpooledDial second = dial(silent, FOREVER);
    Background<Throwable> waiting = Background.failing(second::run);
    Await.until("it waits", () -> pools.poolOf(silent).room().waiting() == 1);
    second.cancel();
    assertThat(kind(waiting.get())).isEqualTo(FailureKind.CLOSED);
    assertThat(pools.poolOf(silent).room().waiting()).isZero();
    assertThat(inFlight()).as("the first goes on").isEqualTo(1);
    first.cancel();
    dialling.get();
    assertThat(inFlight()).isZero();
  }

  @Test
  void itIsCancelledBeforeItRuns() throws Exception {
    UnpooledDial dial = dial(silent, FOREVER);
    dial.cancel();
    assertThatThrownBy(dial::run)
        .satisfies(failed -> assertThat(kind(failed)).isEqualTo(FailureKind.CLOSED));
    assertThat(inFlight()).isZero();
  }

  @Test
  void anInterruptEndsItsWait() throws Exception {
    UnpooledDial first = dial(silent, FOREVER);
    Background<Throwable> dialling = Background.failing(first::run);
    Await.until("it dials", () -> inFlight() == 1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> dial(silent, FOREVER).run())
        .satisfies(failed -> assertThat(kind(failed)).isEqualTo(FailureKind.INTERRUPTED));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(pools.poolOf(silent).room().waiting()).isZero();
    first.cancel();
    dialling.get();
  }

  @Test
  void itsTimeBoundsTheWaitForLeave() throws Exception {
    UnpooledDial first = dial(silent, FOREVER);
    Background<Throwable> dialling = Background.failing(first::run);
    Await.until("it dials", () -> inFlight() == 1);
    assertThatThrownBy(() -> dial(silent, 50_000_000).run())
        .isInstanceOf(PoolExhaustedException.class);
    assertThat(pools.poolOf(silent).room().waiting()).isZero();
    first.cancel();
    dialling.get();
  }

  @Test
  void aDialThatItsCallerCutShortDoesNotSpeakAgainstTheEndpoint() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> dial(silent, 20_000_000).run())
          .isInstanceOf(ConnectTimedOutException.class);
    }
    assertThat(pools.poolOf(silent).breaker().refuses()).isFalse();
    assertThat(inFlight()).isZero();
  }

  @Test
  void aDialThatIsCancelledDoesNotSpeakAgainstTheEndpoint() throws Exception {
    for (int i = 0; i < 3; i++) {
      UnpooledDial dial = dial(silent, FOREVER);
      Background<Throwable> running = Background.failing(dial::run);
      Await.until("it dials", () -> inFlight() == 1);
      if (i > 0) {
        Thread.sleep(1_100); // its SYN was repeated, and still it was we who gave up
      }
      dial.cancel();
      assertThat(kind(running.get())).isEqualTo(FailureKind.CLOSED);
    }
    assertThat(pools.poolOf(silent).breaker().refuses()).isFalse();
    assertThat(pools.poolOf(silent).breaker().snapshot().orElseThrow().lastFailure()).isEmpty();
    assertThat(pools.poolOf(silent).breaker().dialsAllowed(5)).isEqualTo(5);
    assertThat(inFlight()).isZero();
  }

  @Test
  void aDialThatSucceedsGivesItsPlaceBack() throws Exception {
    try (EchoServer server = new EchoServer()) {
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.address().getPort());
      for (int i = 0; i < 3; i++) {
        UnpooledDial dial = pools.unpooled(endpoint, FOREVER, left -> connector.dial(endpoint));
        try (TransportSocket socket = dial.run()) {
          assertThat(socket.isConnected()).isTrue();
          assertThat(pools.poolOf(endpoint).room().dialling()).isZero();
        }
      }
      assertThat(pools.openConnections()).isZero();
    }
  }
}
