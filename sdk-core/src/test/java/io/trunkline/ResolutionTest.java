package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a manager finds the addresses of its endpoints, from the caller's side. */
class ResolutionTest {
  private static final Duration GENEROUS = Duration.ofSeconds(5);

  private EchoServer server;
  private ConnectionManager manager;
  private final CountDownLatch hanging = new CountDownLatch(1);

  @BeforeEach
  void open() throws IOException {
    server = new EchoServer();
  }

  @AfterEach
  void close() throws IOException {
    hanging.countDown();
    if (manager != null) {
      manager.close();
    }
    server.close();
  }

  private ConnectionManager start(ConnectionManager.Builder builder) {
    manager = builder.build();
    return manager;
  }

  /** Knows each name as the server; those that begin with «hang» it never finishes looking up. */
  private List<InetSocketAddress> resolve(Endpoint endpoint) {
    while (endpoint.host().startsWith("hang") && hanging.getCount() > 0) {
      try {
        hanging.await();
      } catch (InterruptedException notALookup) {
        // As getaddrinfo(3): an interrupt does not end it.
      }
    }
    return List.of(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.endpoint().port()));
  }

  private static ConnectionFailure failureOf(Throwable thrown) {
    return Failures.find(thrown).orElseThrow();
  }

  @Test
  void aResolverMayAnswerWithAnotherPort() throws Exception {
    start(ConnectionManager.builder().resolver(this::resolve));
    Endpoint endpoint = Endpoint.tcp("orders.svc", 1);
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.socket().getPort()).isEqualTo(server.endpoint().port());
    }
    assertThat(manager.snapshot().endpoint(endpoint).orElseThrow().addresses())
        .isEqualTo(resolve(endpoint));
  }

  @Test
  void aHungLookupHoldsNobodyPastHisDeadline() {
    start(
        ConnectionManager.builder()
            .resolver(this::resolve)
            .connect(c -> c.timeout(Duration.ofMillis(1_200))));
    Endpoint endpoint = Endpoint.tcp("hang.example", 1);

    long start = System.nanoTime();
    Throwable thrown = Background.thrownBy(() -> manager.acquire(endpoint, Duration.ofMillis(150)));
    long elapsed = System.nanoTime() - start;
    assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(Duration.ofNanos(elapsed)).isBetween(Duration.ofMillis(150), GENEROUS);

    Throwable dial = Background.thrownBy(() -> manager.dial(endpoint));
    assertThat(dial).isInstanceOf(UnknownHostException.class);
    assertThat(failureOf(dial).phase()).isEqualTo(FailurePhase.RESOLVE);
    assertThat(failureOf(dial).details().note()).contains("the resolver did not answer in time");
  }

  @Test
  void hungNamesDoNotStandInTheWayOfOthers() throws Exception {
    start(
        ConnectionManager.builder()
            .resolver(this::resolve)
            .resolve(r -> r.slowAfter(Duration.ofMillis(100))));
    for (int i = 0; i < 5; i++) {
      Endpoint hangs = Endpoint.tcp("hang" + i + ".example", 1);
      assertThatThrownBy(() -> manager.acquire(hangs, Duration.ofMillis(20)))
          .isInstanceOf(IOException.class);
    }
    try (Lease lease = manager.acquire(Endpoint.tcp("good.example", 1), GENEROUS)) {
      assertThat(lease.socket().isConnected()).isTrue();
    }
  }

  @Test
  void aManagerClosesWhileALookupHangs() throws Exception {
    start(ConnectionManager.builder().resolver(this::resolve));
    Background<Throwable> waits =
        Background.failing(() -> manager.acquire(Endpoint.tcp("hang.example", 1)));
    manager.close();
    assertThat(failureOf(waits.get()).kind()).isEqualTo(FailureKind.CLOSED);
  }

  /** Also where what ends the wait comes before it. */
  @Test
  void aWaitForALookupCanBeEnded() throws Exception {
    start(ConnectionManager.builder().resolver(this::resolve));
    Endpoint endpoint = Endpoint.tcp("hang.example", 1);
    CopyOnWriteArrayList<Runnable> ends = new CopyOnWriteArrayList<>();
    Background<Throwable> waits =
        Background.failing(() -> manager.resolve(endpoint, GENEROUS, ends::add));

    ends.get(0).run();

    Throwable early = Background.thrownBy(() -> manager.resolve(endpoint, GENEROUS, Runnable::run));
    for (Throwable thrown : List.of(waits.get(), early)) {
      ConnectionFailure failure = Failures.find(thrown).orElseThrow();
      assertThat(failure.kind()).isEqualTo(FailureKind.CLOSED);
      assertThat(failure.elapsed()).isLessThan(GENEROUS);
    }
  }

  @Test
  void aNameWithoutAddressesIsAFailedResolution() {
    start(ConnectionManager.builder().resolver(endpoint -> List.of()));
    Throwable thrown =
        Background.thrownBy(() -> manager.acquire(Endpoint.tcp("nobody.example", 1)));
    assertThat(thrown).isInstanceOf(UnknownHostException.class);
    assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.RESOLUTION_FAILED);
  }

  @Test
  void aResolverThatThrowsIsTheCause() {
    RuntimeException bug = new IllegalStateException("a bug of the resolver");
    start(
        ConnectionManager.builder()
            .resolver(
                endpoint -> {
                  throw bug;
                }));
    Throwable thrown =
        Background.thrownBy(() -> manager.acquire(Endpoint.tcp("nobody.example", 1)));
    assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.RESOLUTION_FAILED);
    assertThat(thrown).hasCause(bug);
  }

  @Test
  void dnsIsAskedOnceAndToldToTheListener() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    start(
        ConnectionManager.builder()
            .transport(TransportMode.JDK)
            .listener(
                new ConnectionListener() {
                  @Override
                  public void resolved(
                      Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {
                    told.add(endpoint.host() + " " + addresses.size() + " " + (elapsedNanos > 0));
                  }
                }));
    Endpoint localhost = Endpoint.tcp("localhost", server.endpoint().port());
    manager.acquire(localhost).close();
    manager.acquire(localhost).close();
    manager.acquire(server.endpoint()).close(); // a literal
    Await.until("it is told", () -> !told.isEmpty());
    assertThat(told)
        .containsExactly("localhost " + InetAddress.getAllByName("localhost").length + " true");
  }

  @Test
  void nullIsRefusedByName() {
    assertThatThrownBy(() -> ConnectionManager.builder().resolver(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resolver");
    assertThatThrownBy(() -> ConnectionManager.builder().addressPolicy(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("addressPolicy");
  }
}
