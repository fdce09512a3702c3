package io.trunkline;

import static io.trunkline.Eventually.eventually;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.DialInterruptedException;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a manager promises, over each transport. */
abstract class ConnectionManagerTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  private EchoServer server;
  private ConnectionManager manager;

  abstract TransportMode transport();

  @BeforeEach
  void open() throws IOException {
    server = new EchoServer();
  }

  @AfterEach
  void close() throws IOException {
    if (manager != null) {
      manager.close();
    }
    server.close();
  }

  private ConnectionManager.Builder builder() {
    return ConnectionManager.builder().transport(transport());
  }

  private ConnectionManager start(ConnectionManager.Builder builder) {
    manager = builder.build();
    return manager;
  }

  private EndpointSnapshot snapshot() {
    return manager.snapshot().endpoint(server.endpoint()).orElseThrow();
  }

  /** An endpoint that nobody has asked for yet has no snapshot. */
  private int waiting() {
    return manager.snapshot().endpoint(server.endpoint()).map(EndpointSnapshot::waiting).orElse(0);
  }

  private static void echo(Lease lease, String text) throws IOException {
    lease.output().write(text.getBytes(US_ASCII));
    assertThat(new String(lease.input().readNBytes(text.length()), US_ASCII)).isEqualTo(text);
  }

  private void exchange(String text) throws IOException {
    try (Lease lease = manager.acquire(server.endpoint())) {
      echo(lease, text);
      lease.release();
    }
  }

  private static ConnectionFailure failureOf(Throwable thrown) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    return (ConnectionFailure) thrown;
  }

  private static Throwable failing(CompletableFuture<?> future) throws Exception {
    try {
      future.get(5, TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (ExecutionException failed) {
      return failed.getCause();
    }
  }

  /** Acquires on a thread of its own. */
  private CompletableFuture<Lease> acquiring(Duration timeout) {
    CompletableFuture<Lease> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(manager.acquire(server.endpoint(), timeout));
              } catch (IOException | RuntimeException failed) {
                result.completeExceptionally(failed);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  // ---- waiting ----

  @Test
  void aWaiterGetsTheReleasedConnection() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease first = manager.acquire(server.endpoint());
    CompletableFuture<Lease> second = acquiring(Duration.ofSeconds(5));
    eventually("the second caller waits", () -> waiting() == 1);
    first.release();
    try (Lease lease = second.get(5, TimeUnit.SECONDS)) {
      assertThat(lease.isReused()).isTrue();
      echo(lease, "handed over");
      lease.release();
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void aWaiterDialsWhenTheConnectionIsDiscarded() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease first = manager.acquire(server.endpoint());
    CompletableFuture<Lease> second = acquiring(Duration.ofSeconds(5));
    eventually("the second caller waits", () -> waiting() == 1);
    first.close();
    try (Lease lease = second.get(5, TimeUnit.SECONDS)) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "new");
      lease.release();
    }
    assertThat(server.mostOpen()).isLessThanOrEqualTo(2);
  }

  @Test
  void waitersAreServedInOrder() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease held = manager.acquire(server.endpoint());
    BlockingQueue<Integer> order = new LinkedBlockingQueue<>();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      done.add(
          acquiring(Duration.ofSeconds(5))
              .thenAccept(
                  lease -> {
                    order.add(number);
                    lease.release();
                  }));
      int waiting = i + 1;
      eventually("caller " + i + " waits", () -> waiting() == waiting);
    }
    held.release();
    CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get(5, TimeUnit.SECONDS);
    assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void anAcquireTimeoutSaysHowThePoolStands() throws IOException {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease held = manager.acquire(server.endpoint());
    long start = System.nanoTime();
    assertThatThrownBy(() -> manager.acquire(server.endpoint(), SHORT))
        .isInstanceOf(PoolExhaustedException.class)
        .hasMessageContaining("1 of 1 connections leased")
        .hasMessageContaining(server.endpoint().toString())
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.ACQUIRE);
              assertThat(failureOf(thrown).advice())
                  .isEqualTo(RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
            });
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, SHORT.plusMillis(200));
    assertThat(waiting()).isZero();
    held.release();
    exchange("still usable");
  }

  @Test
  void anAcquireTimeoutCarriesTheLastConnectFailure() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    AtomicInteger dials = new AtomicInteger();
    start(
        builder()
            .pool(p -> p.maxPerEndpoint(1))
            .onOpen(
                lease -> {
                  if (dials.incrementAndGet() == 1) {
                    throw new IOException("wrong password");
                  }
                  gate.join(); // the second connection never becomes ready
                }));
    assertThatThrownBy(() -> manager.acquire(server.endpoint())).hasMessage("wrong password");
    CompletableFuture<Lease> stuck = acquiring(Duration.ofSeconds(5));
    eventually("the second dial is under way", () -> dials.get() == 2);
    assertThatThrownBy(() -> manager.acquire(server.endpoint(), SHORT))
        .isInstanceOf(PoolExhaustedException.class)
        .cause()
        .hasMessage("wrong password");
    gate.complete(null);
    stuck.get(5, TimeUnit.SECONDS).release();
  }

  @Test
  void aFullQueueRefusesAtOnce() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1).maxPending(1)));
    Lease held = manager.acquire(server.endpoint());
    CompletableFuture<Lease> waiting = acquiring(Duration.ofSeconds(5));
    eventually("one waits", () -> waiting() == 1);
    assertThatThrownBy(() -> manager.acquire(server.endpoint()))
        .isInstanceOf(PoolExhaustedException.class)
        .satisfies(
            thrown -> assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.QUEUE_FULL));
    held.release();
    waiting.get(5, TimeUnit.SECONDS).release();
  }

  @Test
  void anInterruptedWaiterLosesNoConnection() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease held = manager.acquire(server.endpoint());
    CompletableFuture<Boolean> flagSet = new CompletableFuture<>();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                manager.acquire(server.endpoint());
              } catch (IOException interrupted) {
                flagSet.complete(Thread.currentThread().isInterrupted());
                thrown.complete(interrupted);
              }
            });
    waiter.start();
    eventually("it waits", () -> waiting() == 1);
    waiter.interrupt();
    assertThat(thrown.get(5, TimeUnit.SECONDS)).isInstanceOf(DialInterruptedException.class);
    assertThat(flagSet.get()).isTrue();
    assertThat(waiting()).isZero();
    held.release();
    exchange("not lost");
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void theStormGuardLimitsDialsInFlight() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    start(builder().pool(p -> p.maxDialsInFlight(3).maxPerEndpoint(20)));
    List<CompletableFuture<Lease>> callers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      callers.add(acquiring(Duration.ofSeconds(5)));
    }
    gate.complete(null);
    for (CompletableFuture<Lease> caller : callers) {
      assertThat(snapshot().dialling()).isLessThanOrEqualTo(3);
      caller.get(5, TimeUnit.SECONDS);
    }
    assertThat(snapshot().active()).isEqualTo(20);
    callers.forEach(caller -> caller.join().release());
    assertThat(snapshot().idle()).isEqualTo(20);
  }

  // ---- connections that must not be leased ----

  @Test
  void aConnectionThatThePeerClosedIsReplacedBeforeARequestIsSent() throws Exception {
    start(builder());
    exchange("first");
    server.closeAll();
    eventually("the server has closed", () -> server.open() == 0);
    if (!manager.transport().isNative()) {
      Thread.sleep(1_100); // this transport looks only at what was idle for a second
    }
    try (Lease lease = manager.acquire(server.endpoint())) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "second");
      lease.release();
    }
    assertThat(snapshot().evicted()).isEqualTo(1);
    assertThat(snapshot().failedDials()).isZero();
  }

  @Test
  void aConnectionWithBytesNobodyAskedForIsNotLeased() throws Exception {
    start(builder());
    exchange("first");
    if (!manager.transport().isNative()) {
      Thread.sleep(1_100);
    }
    server.sayOnAll("unasked");
    Thread.sleep(50); // loopback delivers within microseconds, but no event tells so
    try (Lease lease = manager.acquire(server.endpoint())) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "clean");
      lease.release();
    }
  }

  // ---- ends of connections ----

  @Test
  void drainReplacesConnections() throws Exception {
    start(builder());
    Lease leased = manager.acquire(server.endpoint());
    exchange("idle one");
    assertThat(snapshot().idle()).isEqualTo(1);
    manager.drain(server.endpoint());
    assertThat(snapshot().idle()).isZero();
    echo(leased, "a lease goes on");
    leased.release();
    assertThat(snapshot().connections()).as("and ends at release").isEmpty();
    exchange("new");
    assertThat(snapshot().idle()).isEqualTo(1);
  }

  @Test
  void idleConnectionsEndAfterTheirTimeout() throws Exception {
    start(builder().pool(p -> p.idleTimeout(Duration.ofMillis(200))));
    exchange("x");
    assertThat(snapshot().idle()).isEqualTo(1);
    long start = System.nanoTime();
    eventually("it is evicted", () -> snapshot().idle() == 0);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(150));
    eventually("the server sees it", () -> server.open() == 0);
  }

  @Test
  void surplusConnectionsBecomeIdleAndEnd() throws Exception {
    start(builder().pool(p -> p.idleTimeout(Duration.ofMillis(400))));
    List<Lease> burst = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      burst.add(manager.acquire(server.endpoint()));
    }
    burst.forEach(Lease::release);
    assertThat(snapshot().idle()).isEqualTo(10);
    // One caller at a time from now on: it must keep to one connection, not go round through all
    // ten.
    eventually(
        "the surplus is evicted",
        () -> {
          try {
            exchange("y");
          } catch (IOException failed) {
            throw new IllegalStateException(failed);
          }
          return snapshot().idle() == 1;
        });
    assertThat(snapshot().handshakes()).isEqualTo(10);
  }

  @Test
  void aConnectionEndsAfterItsUsesAndItsLifetime() throws Exception {
    start(builder().pool(p -> p.maxUses(3)));
    for (int i = 0; i < 7; i++) {
      exchange("use");
    }
    assertThat(server.accepted()).isEqualTo(3);
    manager.close();
    start(builder().pool(p -> p.maxLifetime(Duration.ofMillis(100)).lifetimeJitterPercent(0)));
    Lease old = manager.acquire(server.endpoint());
    Thread.sleep(120);
    old.release();
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void atTheTotalCapTheLongestIdleConnectionOfAnotherEndpointGivesWay() throws Exception {
    try (EchoServer second = new EchoServer();
        EchoServer third = new EchoServer()) {
      start(builder().pool(p -> p.maxTotal(2)));
      exchange("a");
      Thread.sleep(20);
      manager.acquire(second.endpoint()).release();
      assertThat(manager.snapshot().openConnections()).isEqualTo(2);
      manager.acquire(third.endpoint()).release();
      assertThat(manager.snapshot().openConnections()).isEqualTo(2);
      assertThat(manager.snapshot().endpoint(third.endpoint()).orElseThrow().idle()).isEqualTo(1);
      eventually("one of the others was closed", () -> server.open() + second.open() == 1);
    }
  }

  @Test
  void aCallerAtTheTotalCapIsServedWhenAnotherEndpointReleases() throws Exception {
    try (EchoServer second = new EchoServer()) {
      start(builder().pool(p -> p.maxTotal(1)));
      Lease held = manager.acquire(second.endpoint());
      CompletableFuture<Lease> waiting = acquiring(Duration.ofSeconds(5));
      eventually("it waits", () -> waiting() == 1);
      held.release();
      waiting.get(5, TimeUnit.SECONDS).release();
    }
  }

  @Test
  void aForgottenLeaseIsFoundAndItsConnectionClosed() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1).leakStacks(true)));
    forgetALease();
    eventually(
        "it is found",
        Duration.ofSeconds(10),
        () -> {
          System.gc();
          return snapshot().leaked() == 1;
        });
    assertThat(snapshot().connections()).isEmpty();
    exchange("its place is free again");
  }

  private void forgetALease() throws IOException {
    Lease forgotten = manager.acquire(server.endpoint());
    echo(forgotten, "then forgotten");
  }

  @Test
  void theStreamOfALeaseKeepsItAlive() throws Exception {
    start(builder());
    java.io.InputStream in = leaseAndKeepOnlyTheStream();
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(in.read()).isEqualTo('k');
    assertThat(snapshot().leaked()).isZero();
  }

  private java.io.InputStream leaseAndKeepOnlyTheStream() throws IOException {
    Lease lease = manager.acquire(server.endpoint());
    lease.output().write('k');
    return lease.input();
  }

  // ---- closing the manager ----

  @Test
  void closeCutsLeasesAndRefusesNewOnes() throws Exception {
    start(builder());
    Lease lease = manager.acquire(server.endpoint());
    manager.close();
    assertThatThrownBy(() -> lease.input().read())
        .isInstanceOf(SocketException.class)
        .satisfies(thrown -> assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.CLOSED));
    lease.release();
    lease.close();
    assertThatThrownBy(() -> manager.acquire(server.endpoint()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("manager is closed");
    manager.close();
    eventually("the server sees the end", () -> server.open() == 0);
  }

  @Test
  void closeFailsThoseWhoWait() throws Exception {
    start(builder().pool(p -> p.maxPerEndpoint(1)));
    Lease held = manager.acquire(server.endpoint());
    CompletableFuture<Lease> waiting = acquiring(Duration.ofSeconds(30));
    eventually("it waits", () -> waiting() == 1);
    manager.close();
    assertThat(failureOf(failing(waiting)).kind()).isEqualTo(FailureKind.CLOSED);
    held.close();
  }

  @Test
  void aGracefulCloseWaitsForLeases() throws Exception {
    start(builder());
    Lease lease = manager.acquire(server.endpoint());
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(() -> manager.close(Duration.ofSeconds(5)));
    Thread.sleep(100);
    assertThat(closing).isNotDone();
    echo(lease, "goes on");
    lease.release();
    closing.get(2, TimeUnit.SECONDS);
    assertThat(manager.snapshot().openConnections()).isZero();
  }

  @Test
  void aGracefulCloseCutsWhatIsLateAtItsDeadline() throws Exception {
    start(builder());
    Lease lease = manager.acquire(server.endpoint());
    long start = System.nanoTime();
    manager.close(SHORT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, SHORT.plusMillis(500));
    assertThatThrownBy(() -> lease.output().write(1)).isInstanceOf(SocketException.class);
  }

  @Test
  void closeEndsTheThreadsOfTheManager() throws Exception {
    Set<Thread> ofOthers = Thread.getAllStackTraces().keySet(); // such as the shared manager's
    start(builder().pool(p -> p.minIdle(1)));
    exchange("x");
    manager.acquire(Endpoint.tcp("localhost", server.port())).release();
    manager.close();
    eventually(
        "its threads are gone",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(each -> !ofOthers.contains(each))
                .noneMatch(each -> each.isAlive() && each.getName().startsWith("trunkline-")));
  }

  // ---- opening ----

  @Test
  void theInitializerRunsOnceForEachConnection() throws Exception {
    try (EchoServer greeter = new EchoServer().greetingWith("hello\n")) {
      start(
          builder()
              .onOpen(
                  lease -> {
                    lease.attach(new String(lease.input().readNBytes(6), US_ASCII));
                    lease.socket().setSoTimeout(77);
                  }));
      for (int i = 0; i < 3; i++) {
        try (Lease lease = manager.acquire(greeter.endpoint())) {
          assertThat(lease.attachment()).isEqualTo("hello\n");
          assertThat(lease.socket().getSoTimeout()).as("options are set back").isEqualTo(30_000);
          echo(lease, "after");
          lease.release();
        }
      }
      assertThat(greeter.accepted()).isEqualTo(1);
    }
  }

  @Test
  void aFailingInitializerFailsTheDialAndClosesTheConnection() throws Exception {
    start(
        builder()
            .onOpen(
                lease -> {
                  throw new IOException("wrong password");
                }));
    assertThatThrownBy(() -> manager.acquire(server.endpoint())).hasMessage("wrong password");
    assertThat(snapshot().connections()).isEmpty();
    assertThat(snapshot().failedDials()).isEqualTo(1);
    eventually("the server sees the end", () -> server.open() == 0);
  }

  @Test
  void anInitializerThatTakesTooLongIsEnded() throws Exception {
    start(
        builder()
            .connect(c -> c.timeout(Duration.ofMillis(1_200)))
            .onOpen(lease -> lease.input().read()));
    long start = System.nanoTime();
    assertThatThrownBy(() -> manager.acquire(server.endpoint()))
        .isInstanceOf(IOException.class)
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE);
            });
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(1_150), Duration.ofMillis(1_600));
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void warmUpHasConnectionsReady() throws Exception {
    start(builder());
    assertThat(manager.warmUp(server.endpoint(), 5)).isEqualTo(5);
    assertThat(snapshot().idle()).isEqualTo(5);
    assertThat(snapshot().leases()).isZero();
    exchange("warm");
    assertThat(snapshot().handshakes()).isEqualTo(5);
    assertThat(manager.warmUp(server.endpoint(), 3)).as("there are enough").isEqualTo(5);
  }

  @Test
  void warmUpSaysWhyItFailed() throws Exception {
    start(builder());
    server.close();
    assertThatThrownBy(() -> manager.warmUp(server.endpoint(), 3))
        .isInstanceOf(java.net.ConnectException.class);
  }

  @Test
  void theMinimumOfIdleConnectionsIsKept() throws Exception {
    start(builder().pool(p -> p.minIdle(3).idleTimeout(Duration.ofMillis(200))));
    exchange("in use");
    eventually("three are idle, or that of the exchange too", () -> snapshot().idle() >= 3);
    Thread.sleep(500);
    assertThat(snapshot().idle()).as("beyond the idle timeout").isEqualTo(3);
    assertThat(snapshot().handshakes()).as("kept, not replaced").isLessThanOrEqualTo(4);
    long before = snapshot().handshakes();
    server.closeAll();
    eventually(
        "lost ones are replaced",
        () -> !isNative() || (snapshot().idle() == 3 && snapshot().handshakes() >= before + 3));
  }

  @Test
  void noMinimumIsKeptWhereNobodyLeases() throws Exception {
    start(builder().pool(p -> p.minIdle(1)));
    manager.dial(server.endpoint()).close();
    Thread.sleep(200); // for what should not come
    assertThat(server.accepted()).isEqualTo(1);
  }

  private boolean isNative() {
    return manager.transport().isNative();
  }

  @Test
  void aDialedSocketBelongsToTheCaller() throws Exception {
    start(builder());
    try (TransportSocket socket = manager.dial(server.endpoint())) {
      socket.getOutputStream().write("own".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(3)).isEqualTo("own".getBytes(US_ASCII));
      assertThat(socket.getTcpNoDelay()).isTrue();
      assertThat(socket.getSoTimeout()).isEqualTo(30_000);
      assertThat(manager.snapshot().openConnections()).isZero();
    }
  }

  @Test
  void warmUpByNameIsNotHeldUpByItsOwnLookups() throws Exception {
    start(builder());
    Endpoint byName = Endpoint.tcp("localhost", server.port());
    long start = System.nanoTime();
    assertThat(manager.warmUp(byName, 8)).isEqualTo(8);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void warmUpStopsAtTheFirstFailureOfAnInitializer() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    start(
        builder()
            .onOpen(
                lease -> {
                  opened.incrementAndGet();
                  throw new IllegalStateException("a defect");
                }));
    assertThatThrownBy(() -> manager.warmUp(server.endpoint(), 4)).hasMessage("a defect");
    assertThat(opened.get()).isLessThanOrEqualTo(4);
  }

  @Test
  void aServerThatClosesAtOnceIsNotStormedForIdleConnections() throws Exception {
    start(builder().pool(p -> p.minIdle(4)));
    long end = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
    exchange("in use");
    while (System.nanoTime() < end) {
      server.closeAll();
      Thread.sleep(1);
    }
    assertThat(server.accepted()).as("4 at once, and 4 after each pause").isLessThan(20);
  }

  @Test
  void anInitializerThatReturnsTooLateIsNotLeased() throws Exception {
    start(
        builder()
            .onOpen(
                lease -> {
                  try {
                    Thread.sleep(300);
                  } catch (InterruptedException unexpected) {
                    throw new IllegalStateException(unexpected);
                  }
                }));
    assertThatThrownBy(() -> manager.acquire(server.endpoint(), SHORT))
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE);
            });
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void aConnectionThatBrokeInItsInitializerIsNotLeased() throws Exception {
    start(
        builder()
            .onOpen(
                lease -> {
                  server.closeAll();
                  assertThat(lease.input().read()).isEqualTo(-1);
                }));
    eventually("the server listens", () -> server.open() == 0);
    assertThatThrownBy(() -> manager.acquire(server.endpoint()))
        .satisfies(
            thrown -> assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE));
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void anIdleConnectionEndsAfterItsLifetime() throws Exception {
    start(
        builder()
            .pool(
                p ->
                    p.maxLifetime(Duration.ofMillis(300))
                        .lifetimeJitterPercent(0)
                        .idleTimeout(Duration.ofSeconds(8))));
    exchange("once");
    assertThat(snapshot().idle()).isEqualTo(1);
    eventually("it is too old", Duration.ofMillis(1_500), () -> snapshot().idle() == 0);
  }

  @Test
  void endpointsThatOnlyTimedOutAreForgotten() throws Exception {
    start(builder().pool(p -> p.maxTotal(1).forgetAfter(Duration.ofMillis(50))));
    Lease held = manager.acquire(server.endpoint());
    for (int port = 1; port <= 5; port++) {
      Endpoint other = Endpoint.tcp("127.0.0.1", port);
      assertThatThrownBy(() -> manager.acquire(other, Duration.ofMillis(5)))
          .isInstanceOf(PoolExhaustedException.class);
    }
    eventually("only the one in use is left", () -> manager.snapshot().endpoints().size() == 1);
    held.release();
  }

  @Test
  void closeEndsDialsUnderWay() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      start(builder());
      Endpoint silent = Endpoint.tcp("127.0.0.1", full.getLocalPort());
      CompletableFuture<Throwable> dialled = new CompletableFuture<>();
      Thread dialler =
          new Thread(
              () -> {
                try {
                  manager.acquire(silent);
                } catch (IOException ended) {
                  dialled.complete(ended);
                }
              });
      dialler.start();
      eventually(
          "it dials",
          () -> manager.snapshot().endpoint(silent).map(EndpointSnapshot::dialling).orElse(0) == 1);
      Thread.sleep(50); // from the ticket to the handshake
      long start = System.nanoTime();
      manager.close();
      assertThat(failureOf(dialled.get(5, TimeUnit.SECONDS)).kind()).isEqualTo(FailureKind.CLOSED);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(manager.snapshot().openConnections()).isZero();
      assertThatThrownBy(() -> manager.dial(silent)).hasMessageContaining("closed");
      assertThat(first.isConnected() && second.isConnected()).isTrue();
    }
  }

  @Test
  void aCallReleasesOnlyOnNormalReturn() throws Exception {
    start(builder());
    String answer =
        manager.call(
            server.endpoint(),
            lease -> {
              echo(lease, "call");
              return "done";
            });
    assertThat(answer).isEqualTo("done");
    assertThat(snapshot().idle()).isEqualTo(1);
    assertThatThrownBy(
            () ->
                manager.call(
                    server.endpoint(),
                    lease -> {
                      throw new IOException("half way");
                    }))
        .hasMessage("half way");
    assertThat(snapshot().connections()).isEmpty();
  }

  // ---- bad input ----

  @Test
  void badInputIsRefusedBeforeAnythingIsOpened() throws Exception {
    start(builder());
    long before = manager.snapshot().openConnections();
    assertThatThrownBy(() -> manager.acquire(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("endpoint must not be null");
    assertThatThrownBy(() -> manager.acquire(server.endpoint(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must not be null");
    assertThatThrownBy(() -> builder().nativeLibrary(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nativeLibrary must not be null");
    for (Duration bad : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
      assertThatThrownBy(() -> manager.acquire(server.endpoint(), bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("acquire timeout")
          .hasMessageContaining(bad.toString());
    }
    assertThatThrownBy(() -> manager.warmUp(server.endpoint(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> manager.close(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("close timeout");
    assertThat(manager.snapshot().openConnections()).isEqualTo(before);
    assertThat(server.accepted()).isZero();
  }
}
