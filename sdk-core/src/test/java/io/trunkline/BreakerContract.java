package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.CircuitOpenException;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.ProbeReport;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Failing fast and coming back, and the storm guard, with real sockets, over each transport. */
abstract class BreakerContract {
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private ConnectionManager manager;
  private Socket reserved;

  abstract TransportMode transport();

  private ConnectionManager.Builder builder() {
    return ConnectionManager.builder()
        .transport(transport())
        .circuitBreaker(b -> b.firstProbeAfter(INTERVAL).longestProbeInterval(INTERVAL));
  }

  private void start(ConnectionManager.Builder builder) {
    manager = builder.build();
    toClose.push(manager);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  /** Where nobody listens, until {@link #serverAt} does: the port is bound meanwhile. */
  private Endpoint deadEndpoint() throws IOException {
    reserved = new Socket();
    reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    toClose.push(reserved);
    return Endpoint.tcp("127.0.0.1", reserved.getLocalPort());
  }

  private EchoServer serverAt(Endpoint endpoint) throws IOException {
    reserved.close();
    ServerSocket listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.port()), 100);
    EchoServer server = new EchoServer(listener);
    toClose.push(server);
    return server;
  }

  private EndpointSnapshot snapshot(Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).orElseThrow();
  }

  private BreakerState state(Endpoint endpoint) {
    return snapshot(endpoint).breaker().orElseThrow().state();
  }

  private Void echo(Endpoint endpoint) throws IOException {
    try (Lease lease = manager.acquire(endpoint, Duration.ofSeconds(3))) {
      lease.output().write('x');
      assertThat(lease.input().read()).isEqualTo('x');
      lease.release();
      return null;
    }
  }

  private void open(Endpoint dead) {
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> manager.acquire(dead)).isInstanceOf(IOException.class);
    }
    assertThat(state(dead)).isEqualTo(BreakerState.OPEN);
  }

  // ---- failing fast ----

  /** How 100 callers at once fare; each must have its answer within its deadline. */
  private Map<FailureKind, Integer> hundredCallers(Endpoint dead, Duration deadline)
      throws Exception {
    Map<FailureKind, Integer> answers = new ConcurrentHashMap<>();
    CountDownLatch go = new CountDownLatch(1);
    List<Background<Long>> callers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      callers.add(
          Background.start(
              () -> {
                go.await();
                long start = System.nanoTime();
                try {
                  manager.acquire(dead, deadline).close();
                } catch (IOException failed) {
                  answers.merge(((ConnectionFailure) failed).kind(), 1, Integer::sum);
                }
                return System.nanoTime() - start;
              }));
    }
    go.countDown();
    for (Background<Long> caller : callers) {
      assertThat(Duration.ofNanos(caller.get()))
          .isLessThan(deadline.plus(Duration.ofSeconds(1))); // the machine may be busy
    }
    return answers;
  }

  @Test
  void aHundredCallersOfADeadEndpointMakeAtMostTenDials() throws Exception {
    start(builder());
    Endpoint dead = deadEndpoint();
    Map<FailureKind, Integer> answers = hundredCallers(dead, Duration.ofSeconds(5));
    assertThat(snapshot(dead).failedDials()).isBetween(5L, 10L);
    assertThat(answers.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
    assertThat(answers).containsOnlyKeys(FailureKind.REFUSED, FailureKind.BREAKER_OPEN);
    assertThat(answers.get(FailureKind.BREAKER_OPEN)).isGreaterThanOrEqualTo(90);
  }

  @Test
  void aHundredCallersOfASilentEndpointMakeAtMostTenDials() throws Exception {
    start(
        builder()
            .connect(c -> c.timeout(Duration.ofMillis(300)))
            .circuitBreaker(
                b ->
                    b.firstProbeAfter(Duration.ofSeconds(20))
                        .longestProbeInterval(Duration.ofSeconds(20))));
    try (FullBacklog full = new FullBacklog()) {
      Endpoint silent = Endpoint.tcp("127.0.0.1", full.address().getPort());
      Map<FailureKind, Integer> answers = hundredCallers(silent, Duration.ofSeconds(3));
      assertThat(snapshot(silent).failedDials()).isBetween(5L, 10L);
      assertThat(answers.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
      assertThat(answers).containsOnlyKeys(FailureKind.TIMED_OUT, FailureKind.BREAKER_OPEN);
    }
  }

  @Test
  void aRefusalSaysWhyAndCostsNoSystemCall() throws Exception {
    start(builder());
    Endpoint dead = deadEndpoint();
    open(dead);
    assertThatThrownBy(() -> manager.acquire(dead))
        .isInstanceOfSatisfying(
            CircuitOpenException.class,
            open -> {
              assertThat(open.endpoint()).contains(dead);
              assertThat(open.nextProbeIn()).isPresent();
              assertThat(((ConnectionFailure) open.getCause()).kind())
                  .isEqualTo(FailureKind.REFUSED);
            });
    assertThatThrownBy(() -> manager.dial(dead)).isInstanceOf(CircuitOpenException.class);
    assertThatThrownBy(() -> manager.call(dead, true, lease -> null))
        .isInstanceOf(CircuitOpenException.class);
    assertThatThrownBy(() -> manager.warmUp(dead, 2)).isInstanceOf(CircuitOpenException.class);
    assertThat(snapshot(dead).failedDials()).isEqualTo(5);
  }

  // ---- coming back ----

  @Test
  void trafficFlowsWithinTwoProbeIntervalsAndNoUsersRequestIsTheTrial() throws Exception {
    Deque<Optional<IOException>> probes = new ArrayDeque<>();
    start(
        builder()
            .listener(
                new ConnectionListener() {
                  @Override
                  public void probed(
                      Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
                    probes.add(failure);
                  }
                }));
    Endpoint endpoint = deadEndpoint();
    open(endpoint);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicBoolean back = new AtomicBoolean();
    AtomicInteger served = new AtomicInteger();
    List<String> failed = Collections.synchronizedList(new ArrayList<>());
    List<Background<Void>> users = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      users.add(
          Background.start(
              () -> {
                while (!stop.get()) {
                  boolean wasServed = served.get() > 0;
                  boolean wasBack = back.get();
                  try {
                    echo(endpoint);
                    served.incrementAndGet();
                  } catch (CircuitOpenException refused) {
                    if (wasServed) {
                      failed.add("refused after the return: " + refused);
                    }
                  } catch (IOException other) {
                    if (wasBack) {
                      failed.add("a user's request failed: " + other);
                    }
                  }
                  Thread.sleep(2);
                }
                return null;
              }));
    }
    Thread.sleep(INTERVAL.multipliedBy(3).toMillis()); // a few probes fail meanwhile
    long failedDials = snapshot(endpoint).failedDials();
    EchoServer server = serverAt(endpoint);
    back.set(true);
    Await.until("traffic flows", INTERVAL.multipliedBy(3), () -> served.get() > 0);
    Thread.sleep(300);
    stop.set(true);
    for (Background<Void> user : users) {
      user.get();
    }
    assertThat(failed).isEmpty();
    assertThat(failedDials).as("only the first five dials failed").isEqualTo(5);
    assertThat(snapshot(endpoint).failedDials()).isEqualTo(5);
    assertThat(probes).last().isEqualTo(Optional.empty());
    assertThat(probes).filteredOn(Optional::isPresent).isNotEmpty();
    assertThat(server.address().getPort()).isEqualTo(endpoint.port());
  }

  @Test
  void pooledConnectionsGoOnServingWhileNoNewOneCanBeDialled() throws Exception {
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    start(builder().circuitBreakers(registry));
    Endpoint endpoint = deadEndpoint();
    serverAt(endpoint);
    echo(endpoint);
    registry.find("trunkline-" + endpoint).orElseThrow().transitionToForcedOpenState();
    for (int i = 0; i < 10; i++) {
      echo(endpoint);
    }
    try (Lease held = manager.acquire(endpoint)) {
      assertThatThrownBy(() -> manager.acquire(endpoint, Duration.ofMillis(100)))
          .as("the leased one could come back")
          .isInstanceOf(PoolExhaustedException.class)
          .hasMessageContaining("circuit breaker open");
      held.release();
    }
    manager.drain(endpoint);
    assertThatThrownBy(() -> manager.acquire(endpoint)).isInstanceOf(CircuitOpenException.class);
  }

  @Test
  void aManagerThatIsClosedProbesNoMore() throws Exception {
    CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
    AtomicInteger probes = new AtomicInteger();
    start(
        builder()
            .circuitBreakers(registry)
            .circuitBreaker(
                b ->
                    b.firstProbeAfter(Duration.ofMillis(5))
                        .longestProbeInterval(Duration.ofMillis(5)))
            .listener(
                new ConnectionListener() {
                  @Override
                  public void probed(
                      Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
                    probes.incrementAndGet();
                  }
                }));
    Endpoint dead = deadEndpoint();
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> manager.acquire(dead)).isInstanceOf(IOException.class);
    }
    Await.until("it is probed", () -> probes.get() > 2);
    manager.close();
    assertThat(registry.find("trunkline-" + dead)).isEmpty();
    Thread.sleep(500); // one may have been under way
    int before = probes.get();
    Thread.sleep(50);
    assertThat(probes).hasValue(before);
  }

  // ---- a probe on demand ----

  @Test
  void aProbeOnDemandTellsOfEachAddressAndClosesTheBreaker() throws Exception {
    start(
        builder()
            .circuitBreaker(
                b ->
                    b.firstProbeAfter(Duration.ofSeconds(20))
                        .longestProbeInterval(Duration.ofSeconds(20))));
    Endpoint endpoint = deadEndpoint();
    open(endpoint);
    ProbeReport dead = manager.probe(endpoint);
    assertThat(dead.endpoint()).isEqualTo(endpoint);
    assertThat(dead.answered()).isFalse();
    assertThat(dead.addresses()).hasSize(1);
    ProbeReport.Address refused = dead.addresses().get(0);
    assertThat(refused.connectTime()).isEmpty();
    assertThat(refused.failure().map(it -> ((ConnectionFailure) it).kind()))
        .contains(FailureKind.REFUSED);
    assertThat(state(endpoint)).isEqualTo(BreakerState.OPEN);

    serverAt(endpoint);
    ProbeReport alive = manager.probe(endpoint);
    assertThat(alive.answered()).isTrue();
    ProbeReport.Address answered = alive.addresses().get(0);
    assertThat(answered.address().getPort()).isEqualTo(endpoint.port());
    assertThat(answered.failure()).isEmpty();
    assertThat(answered.connectTime().orElseThrow()).isPositive();
    assertThat(answered.tlsTime()).isEmpty();
    assertThat(answered.tcpInfo().isPresent()).isEqualTo(transport() == TransportMode.NATIVE);
    assertThat(state(endpoint)).isEqualTo(BreakerState.CLOSED);
    echo(endpoint);
  }

  @Test
  void aProbeOfAnEndpointThatNobodyUsesLeavesNoTrace() throws Exception {
    List<Endpoint> forgotten = Collections.synchronizedList(new ArrayList<>());
    start(
        builder()
            .listener(
                new ConnectionListener() {
                  @Override
                  public void forgotten(Endpoint endpoint) {
                    forgotten.add(endpoint);
                  }
                }));
    Endpoint dead = deadEndpoint();
    assertThat(manager.probe(dead).answered()).isFalse();
    assertThat(manager.snapshot().endpoints()).isEmpty();
    assertThat(forgotten).as("meters and the like may go").containsExactly(dead);
  }

  /** A probe of a silent host takes the whole connect timeout. */
  @Test
  void silentEndpointsDoNotHoldUpTheProbeOfAnother() throws Exception {
    start(
        builder()
            .connect(c -> c.timeout(Duration.ofMillis(1_500)))
            .circuitBreaker(
                b -> b.minimumDials(1).firstProbeAfter(INTERVAL).longestProbeInterval(INTERVAL)));
    List<Endpoint> silent = new ArrayList<>();
    List<Background<Throwable>> openers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      FullBacklog full = new FullBacklog();
      toClose.push(full);
      Endpoint host = Endpoint.tcp("127.0.0.1", full.address().getPort());
      silent.add(host);
      openers.add(Background.failing(() -> manager.acquire(host)));
    }
    for (Background<Throwable> opener : openers) {
      assertThat(opener.get()).isInstanceOf(IOException.class);
    }
    Endpoint endpoint = deadEndpoint();
    assertThatThrownBy(() -> manager.acquire(endpoint)).isInstanceOf(IOException.class);
    assertThat(state(endpoint)).isEqualTo(BreakerState.OPEN);
    Thread.sleep(INTERVAL.multipliedBy(2).toMillis()); // the probes of the silent ones have begun
    serverAt(endpoint);
    Await.until(
        "the probe closes the breaker",
        INTERVAL.multipliedBy(3),
        () -> state(endpoint) == BreakerState.CLOSED);
    assertThat(silent)
        .allSatisfy(each -> assertThat(state(each)).isNotEqualTo(BreakerState.CLOSED));
  }

  // ---- the storm guard ----

  @Test
  void aFloodOfCallersKeepsTheConnectRate() throws Exception {
    int perSecond = 50;
    int callers = 80;
    start(builder().pool(p -> p.dialsPerSecond(perSecond).maxPerEndpoint(callers)));
    List<Long> accepted = Collections.synchronizedList(new ArrayList<>());
    List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
    try (ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress())) {
      Background.start(
          () -> {
            while (true) {
              sockets.add(listener.accept());
              accepted.add(System.nanoTime());
            }
          });
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", listener.getLocalPort());
      CountDownLatch all = new CountDownLatch(callers);
      List<Background<Boolean>> users = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        users.add(
            Background.start(
                () -> {
                  try (Lease lease = manager.acquire(endpoint, Duration.ofSeconds(9))) {
                    all.countDown();
                    all.await(); // so that each needs a connection of its own
                    return lease.isReused();
                  }
                }));
      }
      for (Background<Boolean> user : users) {
        assertThat(user.get()).isFalse();
      }
      assertThat(snapshot(endpoint).handshakes()).isEqualTo(callers);
      assertThat(accepted).hasSize(callers);
      long spread = accepted.get(callers - 1) - accepted.get(0);
      // A tenth of a second's worth may come at once, so 75 intervals lie between.
      assertThat(Duration.ofNanos(spread)).isGreaterThan(Duration.ofMillis(1_400));
    } finally {
      for (Socket each : sockets) {
        each.close();
      }
    }
  }

  @Test
  void dialsOfTheCallersOwnWaitForTheStormGuardToo() throws Exception {
    start(
        builder()
            .connect(c -> c.timeout(Duration.ofSeconds(8)))
            .pool(p -> p.maxDialsInFlight(1).acquireTimeout(Duration.ofMillis(200))));
    try (FullBacklog full = new FullBacklog()) {
      Endpoint silent = Endpoint.tcp("127.0.0.1", full.address().getPort());
      Background<TransportSocket> first = Background.start(() -> manager.dial(silent));
      Await.until(
          "it dials",
          () -> manager.snapshot().endpoint(silent).map(EndpointSnapshot::dialling).orElse(0) == 1);
      assertThatThrownBy(() -> manager.dial(silent))
          .isInstanceOfSatisfying(
              PoolExhaustedException.class,
              failed -> assertThat(failed.kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT));
      assertThat(snapshot(silent).dialling()).isEqualTo(1);
      full.acceptAll();
      first.get().close();
      assertThat(snapshot(silent).dialling()).isZero();
      assertThat(manager.snapshot().openConnections()).as("not of the pool").isZero();
    }
  }
}
