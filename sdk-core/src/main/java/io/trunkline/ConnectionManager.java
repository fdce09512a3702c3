package io.trunkline;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointResolver;
import io.trunkline.net.ManagerSnapshot;
import io.trunkline.net.ProbeReport;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.Listeners;
import io.trunkline.observe.jfr.FlightRecording;
import io.trunkline.observe.log.LogListener;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pools connections to any number of endpoints. One manager serves a whole application.
 *
 * <pre>{@code
 * try (ConnectionManager manager = ConnectionManager.builder().build()) {
 *   try (Lease lease = manager.acquire(Endpoint.tcp("redis.example", 6379))) {
 *     lease.output().write(ping);
 *     readAnswer(lease.input());
 *     lease.release();
 *   }
 * }
 * }</pre>
 *
 * <p>Thread-safe. The caller's own thread dials, so failures and interrupts reach the caller as
 * they happen. Exceptions implement {@link io.trunkline.failure.ConnectionFailure}. The threads of
 * the manager are daemons and end with {@link #close()}.
 */
public final class ConnectionManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionManager.class);

  /**
   * A lost SYN is repeated after one second; a little more than that lets the second one be
   * answered.
   */
  private static final Duration SURVIVES_ONE_LOST_SYN = Duration.ofMillis(1_100);

  private final PoolSettings poolSettings;
  private final long acquireTimeoutNanos;

  /** What holds for single endpoints; mostly empty. */
  private final Map<Endpoint, EndpointSettings> own;

  private final ConnectionListener listener;
  private final ManagerParts parts;
  private final ConnectionPools pools; // of the parts; at hand for those who acquire
  private final Calls calls;
  private final Supplier<Map<Endpoint, EndpointCounts>> counts;
  private final AtomicBoolean closed = new AtomicBoolean();

  private ConnectionManager(Builder from) throws IOException {
    poolSettings = from.pool;
    acquireTimeoutNanos = Deadline.saturatedNanos(poolSettings.acquireTimeout());
    own = from.endpoints.over(from.pool, from.connect, from.socket, from.tls);
    listener = from.allListeners();
    parts = new ManagerParts(from, own, this::poolSettings, listener);
    pools = parts.pools();
    calls = new Calls(pools, from.retry, this::acquireTimeoutNanos, listener);
    counts = pools::counts;
    listener.managerStarted(parts.transport().info(), counts);
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** {@link #acquire(Endpoint, Duration)} with the acquire timeout of the settings. */
  public Lease acquire(Endpoint endpoint) throws IOException {
    notNull("endpoint", endpoint);
    return new Lease(pools.acquire(endpoint, acquireTimeoutNanos(endpoint)), false);
  }

  private long acquireTimeoutNanos(Endpoint endpoint) {
    return own.isEmpty()
        ? acquireTimeoutNanos
        : Deadline.saturatedNanos(poolSettings(endpoint).acquireTimeout());
  }

  /**
   * Leases a living connection: an idle one if there is one, else a new one, dialled on this
   * thread, or one that another caller releases meanwhile. Callers that have to wait are served in
   * order.
   *
   * @param timeout the longest wait, dialling included. A dial that takes longer goes on in the
   *     background and is pooled.
   * @throws io.trunkline.failure.PoolExhaustedException if no connection could be had in time, or
   *     too many callers wait
   * @throws io.trunkline.failure.DialInterruptedException if the thread was interrupted; its flag
   *     is set
   * @throws io.trunkline.failure.CircuitOpenException if dials to the endpoint keep failing, and no
   *     connection can come back to this caller
   * @throws IOException why the dial failed
   * @throws IllegalArgumentException if the timeout is not positive
   */
  public Lease acquire(Endpoint endpoint, Duration timeout) throws IOException {
    notNull("endpoint", endpoint);
    notNull("timeout", timeout);
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("acquire timeout must be positive, but was " + timeout);
    }
    return new Lease(pools.acquire(endpoint, Deadline.saturatedNanos(timeout)), false);
  }

  /**
   * Dials a connection that belongs to the caller: not pooled, not initialized, not counted under
   * the caps. It has the options of the settings and fails as exactly, and it waits for leave to
   * dial as all dials do, up to the acquire timeout.
   *
   * @throws io.trunkline.failure.CircuitOpenException if dials to the endpoint keep failing
   * @throws io.trunkline.failure.PoolExhaustedException if there was no leave to dial in time
   */
  public TransportSocket dial(Endpoint endpoint) throws IOException {
    notNull("endpoint", endpoint);
    return dialler().begin(endpoint, DialOptions.DEFAULT).run();
  }

  /** Dials for {@link ManagedSocket}s and for pools of other people. */
  public Dialler dialler() {
    return parts.dialler();
  }

  /**
   * {@link #call(Endpoint, boolean, Exchange)} for an exchange that is not idempotent: it is
   * repeated only where nothing of it was sent.
   */
  public <T> T call(Endpoint endpoint, Exchange<T> exchange) throws IOException {
    return call(endpoint, false, exchange);
  }

  /**
   * Runs an exchange over a lease, and releases the lease if the exchange returns; if it throws,
   * the connection is closed.
   *
   * <p>Where that is safe the exchange is run again, over another lease:
   *
   * <ul>
   *   <li>at once, if a connection that had served before died before a byte of the answer came,
   *       and nothing of the request was sent, or the exchange is idempotent;
   *   <li>after a pause, if no connection could be dialled and the advice of the failure is to wait
   *       (a refusal is not repeated: the dial has tried each address already);
   *   <li>after a pause, if a read or write limit passed before a byte of the answer came, on the
   *       same condition.
   * </ul>
   *
   * It begins at most {@code retry.max-attempts} times, and never again once the acquire timeout
   * has passed since the beginning of the call. Retries to one endpoint have a budget, so that they
   * never become the storm. What the exchange throws that is not a failure of its connection is
   * never answered by a retry.
   *
   * @param idempotent whether the peer may get the request twice
   * @param exchange must be repeatable
   * @return what the exchange returned
   * @throws IOException as {@link #acquire(Endpoint)}, or what the exchange threw; failures of
   *     earlier attempts are suppressed in it
   */
  public <T> T call(Endpoint endpoint, boolean idempotent, Exchange<T> exchange)
      throws IOException {
    notNull("endpoint", endpoint);
    notNull("exchange", exchange);
    return calls.call(endpoint, idempotent, exchange);
  }

  /**
   * Tries an endpoint now, on this thread: resolves it, and makes the handshakes with each of its
   * addresses, each within the connect timeout. If one answers, an open circuit breaker closes.
   *
   * @throws IOException if the name could not be resolved, or the thread was interrupted
   */
  public ProbeReport probe(Endpoint endpoint) throws IOException {
    notNull("endpoint", endpoint);
    ProbeReport report = parts.handshakes().report(endpoint);
    if (report.answered()) {
      pools.answered(endpoint);
    }
    if (!pools.knows(endpoint)) {
      listener.forgotten(endpoint); // what its events have left with listeners
    }
    return report;
  }

  /**
   * Has connections ready before they are needed. Waits until they are, or one fails, or the
   * acquire timeout passes.
   *
   * @param connections how many are to be open in all, at most the cap of the endpoint
   * @return how many are open
   * @throws IOException the failure, if none is open
   * @throws IllegalArgumentException if the number is negative
   */
  public int warmUp(Endpoint endpoint, int connections) throws IOException {
    notNull("endpoint", endpoint);
    if (connections < 0) {
      throw new IllegalArgumentException("connections must be 0 or more, but was " + connections);
    }
    return pools.warmUp(endpoint, connections, acquireTimeoutNanos(endpoint));
  }

  /**
   * Replaces all connections to the endpoint: idle ones end now, leased ones when they are
   * released.
   */
  public void drain(Endpoint endpoint) {
    notNull("endpoint", endpoint);
    pools.drain(endpoint);
  }

  /**
   * The addresses of an endpoint, as the manager knows them: from its cache or its resolver, in the
   * order in which a dial would try them, so that those that failed lately come last.
   *
   * @param timeout how long the caller waits for a lookup
   * @throws io.trunkline.failure.ResolutionException if there are none, or not in time
   * @throws IllegalArgumentException if the timeout is negative
   */
  public List<InetSocketAddress> resolve(Endpoint endpoint, Duration timeout) throws IOException {
    return resolve(endpoint, timeout, cancel -> {});
  }

  /**
   * The same for a caller whose wait somebody else may end.
   *
   * @param canceller is given, before the wait begins, what ends it: to be run from any thread, at
   *     any time. The caller then gets a failure of kind {@code CLOSED}; others who wait for the
   *     same lookup are not disturbed
   */
  public List<InetSocketAddress> resolve(
      Endpoint endpoint, Duration timeout, Consumer<Runnable> canceller) throws IOException {
    notNull("endpoint", endpoint);
    notNull("canceller", canceller);
    notNegative("resolve timeout", timeout);
    Optional<List<InetSocketAddress>> addresses =
        parts.connector().resolve(endpoint, Deadline.after(Ticker.SYSTEM, timeout), canceller);
    if (addresses.isEmpty()) {
      throw Failures.exception(
          FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
              .withEndpoint(endpoint)
              .withElapsedNanos(Deadline.saturatedNanos(timeout))
              .withNote("no answer in time"));
    }
    return addresses.get();
  }

  /**
   * Whether a dial to the address failed within the last half minute, and none succeeded since. For
   * clients that choose among the addresses themselves.
   */
  public boolean hasFailedLately(InetSocketAddress address) {
    return parts.addresses().hasFailedLately(notNull("address", address));
  }

  /**
   * Has a pool of somebody else's join, whose connections this manager dials: its numbers are in
   * {@link #snapshot} and in the meters, and it is told of drains, withdrawn addresses and the end.
   */
  public Attachment attach(ConnectionHolder holder) {
    return new Attachment(pools, notNull("holder", holder), listener, parts.housekeeper());
  }

  /** The settings of its pools, which pools of others may follow. */
  public PoolSettings poolSettings() {
    return poolSettings;
  }

  /** The same for one endpoint, which may have settings of its own. */
  public PoolSettings poolSettings(Endpoint endpoint) {
    EndpointSettings its = own.get(notNull("endpoint", endpoint));
    return its == null ? poolSettings : its.pool();
  }

  /** What there is now. Asks the kernel about each connection, and holds no lock meanwhile. */
  public ManagerSnapshot snapshot() {
    return new ManagerSnapshot(
        transport(),
        pools.openConnections(),
        poolSettings.maxTotal(),
        pools.snapshots(parts.addresses()::known));
  }

  /** Which transport runs, and why. */
  public TransportInfo transport() {
    return parts.transport().info();
  }

  /** Closes at once; leases that are out are cut, and their next operation says so. Idempotent. */
  @Override
  public void close() {
    close(Duration.ZERO);
  }

  /**
   * Closes in good order: no more leases, idle connections closed at once, those that are leased
   * when they come back, or at the deadline. An interrupt ends the wait, and sets the flag of the
   * thread. Idempotent.
   *
   * @param timeout how long to wait for leases to come back
   * @throws IllegalArgumentException if the timeout is negative
   */
  public void close(Duration timeout) {
    notNegative("close timeout", timeout);
    try {
      pools.close(Deadline.after(Ticker.SYSTEM, timeout));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      parts.close();
      if (closed.compareAndSet(false, true)) {
        listener.managerClosed(counts);
      }
    }
  }

  private static <T> T notNull(String what, T value) {
    if (value == null) {
      throw new IllegalArgumentException(what + " must not be null");
    }
    return value;
  }

  private static void notNegative(String what, Duration value) {
    if (notNull(what, value).isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative, but was " + value);
    }
  }

  /**
   * Settings of a manager. Each method refuses a bad value at once. A method that changes settings
   * may be called again, and goes on with what it made of them before. Not thread-safe.
   */
  public static final class Builder {
    // Read by ManagerParts.
    PoolSettings pool = PoolSettings.builder().build();
    ConnectSettings connect = ConnectSettings.builder().build();
    ResolveSettings resolve = ResolveSettings.builder().build();
    EndpointResolver resolver = EndpointResolver.dns();
    AddressPolicy addressPolicy = AddressPolicy.any();
    SocketSettings socket = SocketSettings.builder().build();
    TlsSettings tls = TlsSettings.builder().build();
    BreakerSettings circuitBreaker = BreakerSettings.builder().build();
    RetrySettings retry = RetrySettings.builder().build();
    CircuitBreakerRegistry circuitBreakers = CircuitBreakerRegistry.ofDefaults();
    TransportMode transport = TransportMode.AUTO;
    Optional<Path> nativeLibrary = Optional.empty();
    ConnectionInitializer initializer;

    private final EndpointChanges endpoints = new EndpointChanges();
    private final List<ConnectionListener> listeners = new ArrayList<>();

    private Builder() {}

    /** Changes how connections are pooled: {@code .pool(p -> p.maxPerEndpoint(16))}. */
    public Builder pool(UnaryOperator<PoolSettings.Builder> change) {
      pool = changed("pool", change, pool.toBuilder()).build();
      return this;
    }

    /** Changes how connections are dialled: {@code .connect(c -> c.timeout(ofSeconds(3)))}. */
    public Builder connect(UnaryOperator<ConnectSettings.Builder> change) {
      connect = changed("connect", change, connect.toBuilder()).build();
      return this;
    }

    /** Changes how addresses are looked up and kept: {@code .resolve(r -> r.ttl(ofMinutes(1)))}. */
    public Builder resolve(UnaryOperator<ResolveSettings.Builder> change) {
      resolve = changed("resolve", change, resolve.toBuilder()).build();
      return this;
    }

    /** Who knows the addresses of endpoints. Default {@link EndpointResolver#dns}. */
    public Builder resolver(EndpointResolver discovery) {
      resolver = notNull("resolver", discovery);
      return this;
    }

    /**
     * Which addresses may be connected to, such as {@link AddressPolicy#publicOnly} where the
     * endpoints come from users. Default {@link AddressPolicy#any}.
     */
    public Builder addressPolicy(AddressPolicy policy) {
      addressPolicy = notNull("addressPolicy", policy);
      return this;
    }

    /** Changes the options of connections: {@code .socket(s -> s.readTimeout(ofSeconds(10)))}. */
    public Builder socket(UnaryOperator<SocketSettings.Builder> change) {
      socket = changed("socket", change, socket.toBuilder()).build();
      return this;
    }

    /** Changes how TLS is spoken where an endpoint wants it: {@code .tls(t -> t.sslContext(c))}. */
    public Builder tls(UnaryOperator<TlsSettings.Builder> change) {
      tls = changed("tls", change, tls.toBuilder()).build();
      return this;
    }

    /** Changes when dials are refused: {@code .circuitBreaker(b -> b.minimumDials(10))}. */
    public Builder circuitBreaker(UnaryOperator<BreakerSettings.Builder> change) {
      circuitBreaker = changed("circuitBreaker", change, circuitBreaker.toBuilder()).build();
      return this;
    }

    /**
     * Where the circuit breakers are kept, each named {@code trunkline-} and the endpoint; for one
     * manager alone. If it has a configuration named {@code trunkline}, that takes the place of
     * what {@link #circuitBreaker} says of window, number of dials and failure rate. Default a
     * registry of the manager's own.
     */
    public Builder circuitBreakers(CircuitBreakerRegistry registry) {
      circuitBreakers = notNull("circuitBreakers", registry);
      return this;
    }

    /** Changes how exchanges are repeated: {@code .retry(r -> r.maxAttempts(2))}. */
    public Builder retry(UnaryOperator<RetrySettings.Builder> change) {
      retry = changed("retry", change, retry.toBuilder()).build();
      return this;
    }

    /**
     * Changes what holds for one endpoint, beginning with what holds for all: {@code
     * .endpoint(redis, e -> e.pool(p -> p.maxPerEndpoint(8)))}. The order in which this and the
     * settings of the manager are given does not matter; the change is made, and a bad value
     * refused, by {@link #build}. May be called again for the same endpoint.
     *
     * @throws IllegalArgumentException if the endpoint or the change is null
     */
    public Builder endpoint(Endpoint endpoint, UnaryOperator<EndpointSettings.Builder> change) {
      endpoints.add(notNull("endpoint", endpoint), notNull("change of endpoint", change));
      return this;
    }

    /** Chooses the transport. Default {@link TransportMode#AUTO}. */
    public Builder transport(TransportMode mode) {
      transport = notNull("transport", mode);
      return this;
    }

    /**
     * The native library to load, and no other. Default: the library path, then the copy in the
     * jar.
     */
    public Builder nativeLibrary(Path file) {
      nativeLibrary = Optional.of(notNull("nativeLibrary", file));
      return this;
    }

    /** What to do once with each new connection, before its first lease. Default nothing. */
    public Builder onOpen(ConnectionInitializer action) {
      initializer = notNull("onOpen", action);
      return this;
    }

    /**
     * Tells a listener of every step. May be called several times; the listeners are called in this
     * order. See {@link ConnectionListener} for what a listener must not do.
     */
    public Builder listener(ConnectionListener value) {
      listeners.add(notNull("listener", value));
      return this;
    }

    private static <B> B changed(String what, UnaryOperator<B> change, B builder) {
      return notNull(what, notNull(what, change).apply(builder));
    }

    /** The listeners of the user, and those that every manager has. */
    private ConnectionListener allListeners() {
      List<ConnectionListener> all = new ArrayList<>(listeners);
      all.add(FlightRecording.listener());
      all.add(new LogListener(Ticker.SYSTEM));
      return Listeners.of(all);
    }

    /**
     * Builds the manager. It opens no connection and starts no thread yet.
     *
     * @throws IllegalStateException if the transport is {@link TransportMode#NATIVE} and the native
     *     library cannot be loaded; the message says why
     * @throws IllegalArgumentException if a setting of an {@link #endpoint} is bad
     */
    public ConnectionManager build() {
      if (connect.timeout().compareTo(SURVIVES_ONE_LOST_SYN) < 0) {
        LOG.warn(
            "connect.timeout is {} ms: a lost SYN is repeated after 1 s, so every lost packet will"
                + " fail a connect; use at least {} ms",
            connect.timeout().toMillis(),
            SURVIVES_ONE_LOST_SYN.toMillis());
      }
      try {
        return new ConnectionManager(this);
      } catch (IOException noSocket) {
        throw new IllegalStateException("cannot open a socket: " + noSocket.getMessage(), noSocket);
      }
    }
  }
}
