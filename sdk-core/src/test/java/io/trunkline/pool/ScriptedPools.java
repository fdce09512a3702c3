package io.trunkline.pool;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.breaker.Breakers;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.connect.AddressBook;
import io.trunkline.connect.AddressGuard;
import io.trunkline.connect.Connector;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Background;
import io.trunkline.testing.FakeTime;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import io.trunkline.transport.ScriptedTransport;
import io.trunkline.transport.SocketPreparation;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * All pools of a manager over a {@link ScriptedTransport}, with endpoints that are addresses. Time
 * passes while somebody dials; one worker does what is left to workers, when it is let.
 */
final class ScriptedPools implements ConnectionListener, AutoCloseable {
  static final Endpoint ONE = endpoint(1);
  static final Endpoint TWO = endpoint(2);
  private static final long MILLI = 1_000_000;
  private static final int LONG_SECONDS = 20;

  final FakeTime time = new FakeTime();
  final ScriptedTransport transport = new ScriptedTransport(time);
  final Workers workers = new Workers("test-worker", 1);
  final List<String> told = new ArrayList<>();
  final Connector connector;
  final ConnectionPools pools;
  private Opener opener = (connection, deadline) -> {};
  private EndpointPool watched;
  private Runnable whenSomebodyWaits;
  private int looksLeft;
  private Runnable whenClosed = () -> {};

  ScriptedPools(UnaryOperator<PoolSettings.Builder> change) {
    this(change, BreakerSettings.builder().enabled(false).build());
  }

  ScriptedPools(UnaryOperator<PoolSettings.Builder> change, BreakerSettings breaker) {
    PoolSettings settings = change.apply(PoolSettings.builder().lifetimeJitterPercent(0)).build();
    Ticker ticker = this::look;
    AddressBook book =
        new AddressBook(
            EndpointResolver.dns(), ResolveSettings.builder().build(), workers, time, time, this);
    try {
      connector =
          new Connector(
              transport,
              time,
              book,
              AddressGuard.ANY,
              TlsLayer.REFUSING,
              this,
              ConnectSettings.builder().timeout(Duration.ofSeconds(5)).build(),
              SocketSettings.builder().build());
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    pools =
        new ConnectionPools(
            settings,
            endpoint -> settings,
            RetrySettings.builder().build(),
            connector,
            (connection, deadline) -> opener.opened(connection, deadline),
            new Breakers(
                breaker,
                CircuitBreakerRegistry.ofDefaults(),
                endpoint -> {},
                time,
                time,
                workers::execute,
                this),
            this,
            ticker,
            time,
            workers);
    book.setUser(pools);
    connects(1, 0);
    connects(2, 0);
  }

  static Endpoint endpoint(int number) {
    return Endpoint.tcp("192.0.2." + number, address(number).getPort());
  }

  static InetSocketAddress address(int number) {
    return ScriptedTransport.address(number);
  }

  // ---- the script ----

  void connects(int number, long afterMillis) {
    transport.connects(address(number), Duration.ofMillis(afterMillis));
  }

  void refuses(int number, long afterMillis) {
    transport.refuses(address(number), Duration.ofMillis(afterMillis));
  }

  void opener(Opener value) {
    opener = value;
  }

  /** What happens while a connection is closed. */
  void whenClosed(Runnable action) {
    whenClosed = action;
  }

  void pass(Duration duration) {
    time.advance(duration);
  }

  /** What happens as soon as somebody who waits for the endpoint looks at the clock. */
  void whenSomebodyWaitsFor(Endpoint endpoint, Runnable action) throws IOException {
    whenSomebodyWaitsFor(endpoint, 1, action);
  }

  /** The same at a later look. */
  void whenSomebodyWaitsFor(Endpoint endpoint, int look, Runnable action) throws IOException {
    looksLeft = look;
    watched = pools.poolOf(endpoint);
    whenSomebodyWaits = action;
  }

  private long look() {
    if (whenSomebodyWaits != null && watched.room().waiting() > 0 && --looksLeft == 0) {
      Runnable action = whenSomebodyWaits;
      whenSomebodyWaits = null;
      action.run();
      LockSupport.unpark(Thread.currentThread()); // nobody else was there to wake it
    }
    return time.nanoTime();
  }

  // ---- callers ----

  PooledConnection acquire(Endpoint endpoint) throws IOException {
    return acquire(endpoint, 10_000);
  }

  PooledConnection acquire(Endpoint endpoint, long millis) throws IOException {
    return pools.acquire(endpoint, millis * MILLI);
  }

  static void release(PooledConnection connection) {
    connection.release(connection.takeHold());
  }

  /** Why an acquire fails. */
  ConnectionFailure refused(Endpoint endpoint, long millis) {
    return failure(() -> acquire(endpoint, millis));
  }

  static ConnectionFailure failure(Background.Action action) {
    Throwable thrown = Background.thrownBy(action);
    if (thrown instanceof ConnectionFailure failure) {
      return failure;
    }
    throw new AssertionError("no failure of ours: " + thrown, thrown);
  }

  UnpooledDial unpooled(Endpoint endpoint, long millis) {
    return pools.unpooled(
        endpoint,
        millis * MILLI,
        left -> connector.dial(endpoint, Optional.empty(), left, SocketPreparation.NONE));
  }

  EndpointCounts counts(Endpoint endpoint) {
    return pools.counts().get(endpoint);
  }

  // ---- work in the background ----

  /** Keeps the worker from its work; what is returned lets it. */
  Runnable holdWork() {
    CountDownLatch held = new CountDownLatch(1);
    workers.execute(() -> await(held), held::countDown);
    return held::countDown;
  }

  /** Waits until what the worker has been given is done, and what came of it. */
  void finishWork() {
    for (int round = 0; round < 3; round++) {
      CountDownLatch done = new CountDownLatch(1);
      workers.execute(done::countDown, done::countDown);
      await(done);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(LONG_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("it takes too long");
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws InterruptedException {
    pools.close(Deadline.afterNanos(time, 0));
    workers.close();
  }

  // ---- what is told ----

  List<String> takeTold() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  @Override
  public boolean hearsSamples() {
    return false;
  }

  @Override
  public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {
    told.add("acquired after " + elapsedNanos / MILLI + (reused ? ", again" : ""));
  }

  @Override
  public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    told.add("not acquired after " + elapsedNanos / MILLI);
  }

  @Override
  public void released(Endpoint endpoint, long usageNanos) {
    told.add("released after " + usageNanos / MILLI);
  }

  @Override
  public void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
    told.add("closed " + reason + " after " + lifetimeNanos / MILLI);
    whenClosed.run();
  }

  @Override
  public void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {
    told.add(
        "drained" + withdrawn.map(each -> " of " + each.getAddress().getHostAddress()).orElse(""));
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    told.add("forgotten");
  }
}
