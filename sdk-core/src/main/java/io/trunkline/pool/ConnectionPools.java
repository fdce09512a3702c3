package io.trunkline.pool;

import io.trunkline.breaker.Breakers;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.connect.AddressUser;
import io.trunkline.connect.Connector;
import io.trunkline.connect.Dial;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.RecentTime;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongFunction;

/** The pools of all endpoints of one manager. Thread-safe. */
public final class ConnectionPools implements AddressUser {
  /** Between two looks at what another thread does: it makes a new breaker, or dials. */
  private static final long UNTIL_NEXT_LOOK_NANOS = 1_000_000;

  private final Function<Endpoint, PoolSettings> settings;
  private final RetrySettings retry;
  private final Ticker ticker;
  private final Housekeeper housekeeper;
  private final Workers workers;
  private final ConnectionListener listener;
  private final boolean everyLeaseIsHeard;
  private final Acquirer acquirer;
  private final Shared shared;
  private final Holders holders = new Holders();
  private final ConcurrentHashMap<Endpoint, Entry> entries = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * @param forgetting whether a look is scheduled at whether the endpoint is still in use
   */
  private record Entry(
      EndpointPool pool,
      BackgroundDials background,
      RetryBudget budget,
      AtomicBoolean forgetting) {}

  /**
   * @param ofAll what holds for all endpoints together
   * @param settings what holds for each
   */
  public ConnectionPools(
      PoolSettings ofAll,
      Function<Endpoint, PoolSettings> settings,
      RetrySettings retry,
      Connector connector,
      Opener opener,
      Breakers breakers,
      ConnectionListener listener,
      Ticker ticker,
      Housekeeper housekeeper,
      Workers workers) {
    this.settings = settings;
    this.retry = retry;
    this.ticker = ticker;
    this.housekeeper = housekeeper;
    this.workers = workers;
    this.listener = listener;
    this.everyLeaseIsHeard = listener.hearsEveryLease();
    this.acquirer = new Acquirer(connector, workers, opener, ticker, ofAll.leakStacks());
    TotalCap total = new TotalCap(ofAll.maxTotal());
    this.shared =
        new Shared(
            ticker,
            new RecentTime(ticker, housekeeper),
            housekeeper,
            listener,
            breakers,
            new DialRate(ofAll.totalDialsPerSecond(), ticker.nanoTime()),
            total,
            new IdleWheel(ofAll, ticker, housekeeper, total),
            this::hasLess);
  }

  /**
   * A leased connection, checked to be alive.
   *
   * @param timeoutNanos the longest wait, dialling included
   */
  public PooledConnection acquire(Endpoint endpoint, long timeoutNanos) throws IOException {
    if (everyLeaseIsHeard) {
      return acquireTimed(endpoint, timeoutNanos, true);
    }
    PooledConnection connection = entry(endpoint).pool().tryAcquire();
    return connection != null ? connection : acquireTimed(endpoint, timeoutNanos, false);
  }

  /**
   * @param tryFirst whether nobody has looked for an idle connection yet
   */
  private PooledConnection acquireTimed(Endpoint endpoint, long timeoutNanos, boolean tryFirst)
      throws IOException {
    long start = ticker.nanoTime();
    PooledConnection connection;
    try {
      connection = tryFirst ? entry(endpoint).pool().tryAcquire() : null;
      if (connection == null) {
        connection = acquireSlowly(endpoint, timeoutNanos);
      }
    } catch (IOException failed) {
      listener.acquireFailed(endpoint, ticker.nanoTime() - start, failed);
      throw failed;
    }
    long now = ticker.nanoTime();
    if (everyLeaseIsHeard) {
      connection.leasedSince(now);
    }
    listener.acquired(endpoint, now - start, connection.uses() > 1);
    return connection;
  }

  private PooledConnection acquireSlowly(Endpoint endpoint, long timeoutNanos) throws IOException {
    for (; ; ) {
      Entry entry = entry(endpoint);
      try {
        PooledConnection connection = acquirer.acquire(entry.pool(), timeoutNanos);
        if (connection != null) {
          return connection;
        }
      } finally {
        entry.background().use();
        entry.background().topUp();
      }
      entries.remove(endpoint, entry); // it was forgotten while we came
    }
  }

  // ---- connections outside of the pool ----

  /**
   * The dial of a connection that will be its caller's alone. Its time runs from now.
   *
   * @param limitNanos the end of its time; the wait for leave to dial ends with the acquire
   *     timeout, too
   * @param begin begins the dial, given the nanoseconds that are left for it
   */
  public UnpooledDial unpooled(Endpoint endpoint, long limitNanos, LongFunction<Dial> begin) {
    long now = ticker.nanoTime();
    long mostWait = Deadline.saturatedNanos(settings.apply(endpoint).acquireTimeout());
    return new UnpooledDial(
        this,
        acquirer,
        ticker,
        endpoint,
        Deadline.afterNanos(ticker, now, limitNanos),
        Deadline.afterNanos(ticker, now, mostWait),
        begin);
  }

  EndpointPool poolOf(Endpoint endpoint) throws IOException {
    return entry(endpoint).pool();
  }

  /** Whoever came to a pool that was forgotten meanwhile asks for it again. */
  void forgotten(EndpointPool pool) {
    entries.computeIfPresent(
        pool.endpoint(), (endpoint, entry) -> entry.pool() == pool ? null : entry);
  }

  private Entry entry(Endpoint endpoint) throws IOException {
    Entry known = entries.get(endpoint);
    if (known != null) {
      return known;
    }
    Entry made = entries.computeIfAbsent(endpoint, this::make);
    made.pool().breaker().start();
    forgetLater(made);
    if (closed) {
      made.pool().close();
      throw Failures.exception(
          FailureDetails.of(FailureKind.CLOSED, FailurePhase.ACQUIRE)
              .withEndpoint(endpoint)
              .withNote("the connection manager is closed"));
    }
    return made;
  }

  private Entry make(Endpoint endpoint) {
    EndpointPool pool = new EndpointPool(endpoint, settings.apply(endpoint), shared);
    return new Entry(
        pool,
        new BackgroundDials(pool, acquirer, workers, housekeeper, pool.settings().minIdle()),
        new RetryBudget(retry, ticker),
        new AtomicBoolean());
  }

  // ---- warming up ----

  /**
   * Dials in the background until so many connections are open, or there is no leave to dial more.
   *
   * @return how many are open
   * @throws IOException the first failure, if none is open
   */
  public int warmUp(Endpoint endpoint, int connections, long timeoutNanos) throws IOException {
    Entry entry = entry(endpoint);
    entry.background().use();
    EndpointPool pool = entry.pool();
    Deadline deadline = Deadline.afterNanos(ticker, timeoutNanos);
    int wanted = Math.min(connections, pool.settings().maxPerEndpoint());
    Throwable failure = null;
    while (failure == null && pool.room().open() < wanted && !deadline.hasPassed()) {
      List<WarmUp> round = new ArrayList<>();
      long momentIn = 0;
      while (momentIn == 0 && round.size() < wanted) { // those that failed meanwhile are free again
        momentIn = pool.room().tryTicket(wanted);
        if (momentIn == 0) {
          round.add(new WarmUp(pool));
        }
      }
      if (round.isEmpty() && momentIn == WaitingRoom.NO_TICKET && othersMayOpen(pool)) {
        momentIn = UNTIL_NEXT_LOOK_NANOS;
      }
      if (round.isEmpty() && momentIn > 0) {
        awaitMoment(pool, Math.min(momentIn, deadline.remainingNanos()));
        continue;
      }
      if (round.isEmpty() || !awaitAll(round, deadline)) {
        break;
      }
      failure =
          round.stream()
              .map(each -> each.failure)
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
    }
    int open = pool.room().open();
    if (open == 0 && failure instanceof IOException dialFailed) {
      throw dialFailed;
    }
    if (open == 0 && failure instanceof RuntimeException initializerFailed) {
      throw initializerFailed;
    }
    if (open == 0 && pool.breaker().refuses()) {
      throw pool.breaker().refusal(0);
    }
    return open;
  }

  /** Whether another thread has begun what may give us a connection, or leave to dial. */
  private static boolean othersMayOpen(EndpointPool pool) {
    if (!pool.breaker().isStarted()) {
      return true;
    }
    pool.room().settle(); // who has queued this very moment dials before us
    return pool.room().openOrDialling() > pool.room().open();
  }

  /** No dial is allowed yet. */
  private static void awaitMoment(EndpointPool pool, long nanos) throws IOException {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException interrupted) {
      throw interrupted(pool, interrupted);
    }
  }

  private static IOException interrupted(EndpointPool pool, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return Failures.exception(
        FailureDetails.of(FailureKind.INTERRUPTED, FailurePhase.ACQUIRE)
            .withEndpoint(pool.endpoint()),
        cause);
  }

  private final class WarmUp implements Runnable {
    private final EndpointPool pool;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile Throwable failure;

    WarmUp(EndpointPool pool) {
      this.pool = pool;
      workers.execute(
          this,
          () -> {
            pool.ticketFailed(null);
            done.countDown();
          });
    }

    @Override
    public void run() {
      try {
        acquirer.dialToIdle(pool);
      } catch (IOException | RuntimeException dialFailed) {
        failure = dialFailed;
      } finally {
        done.countDown();
      }
    }
  }

  /** Whether all ended in time. */
  private static boolean awaitAll(List<WarmUp> round, Deadline deadline) throws IOException {
    boolean inTime = true;
    for (WarmUp each : round) {
      try {
        inTime &= each.done.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException interrupted) {
        throw interrupted(each.pool, interrupted);
      }
    }
    return inTime;
  }

  // ---- ends ----

  /**
   * Idle connections to the endpoint end now, leased ones when they are released; new ones are
   * dialled.
   */
  public void drain(Endpoint endpoint) {
    Entry known = entries.get(endpoint);
    if (known != null) {
      listener.drained(endpoint, Optional.empty());
      known.pool().drain();
    }
    holders.drain(endpoint);
  }

  /**
   * The endpoint has these addresses now. Connections to others end: idle ones now, leased ones
   * when they are released.
   */
  @Override
  public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
    Entry known = entries.get(endpoint);
    if (known != null) {
      known.pool().addressesChanged(current);
    }
    holders.addressesChanged(endpoint, current);
  }

  /**
   * Refuses newcomers, fails who waits, closes idle connections, waits for leases to come back, and
   * cuts those that do not in time.
   *
   * @throws InterruptedException after cutting them at once
   */
  public void close(Deadline deadline) throws InterruptedException {
    closed = true;
    entries.values().forEach(each -> each.pool().close());
    try {
      holders.close(deadline);
      shared.total().awaitEmpty(deadline);
    } finally {
      entries.values().forEach(each -> each.pool().closeLeased());
    }
  }

  /** A pool lost a connection: some may be missing, or it may have been the last. */
  private void hasLess(EndpointPool pool) {
    Entry entry = entries.get(pool.endpoint());
    if (entry == null || entry.pool() != pool) {
      return;
    }
    entry.background().topUp();
    if (pool.room().openOrDialling() == 0) {
      forgetLater(entry);
    }
  }

  private void forgetLater(Entry entry) {
    if (entry.forgetting().compareAndSet(false, true)) {
      long after = entry.pool().settings().forgetAfter().toNanos();
      housekeeper.schedule(after, () -> forgetIfUnused(entry));
    }
  }

  private void forgetIfUnused(Entry entry) {
    Endpoint endpoint = entry.pool().endpoint();
    long left =
        holders.hold(endpoint)
            ? entry.pool().settings().forgetAfter().toNanos()
            : entry.pool().room().tryForget();
    if (left == 0) {
      entries.remove(endpoint, entry);
      entry.pool().breaker().end();
      listener.forgotten(endpoint);
    } else if (left > 0) {
      housekeeper.schedule(left, () -> forgetIfUnused(entry));
    } else {
      entry.forgetting().set(false); // in use; the loss of its last connection brings us back
      if (entry.pool().room().openOrDialling() == 0) {
        forgetLater(entry); // it was lost while we looked, or only a waiter is left
      }
    }
  }

  // ---- what is known ----

  /**
   * Each endpoint in use. Asks the kernel about each connection, with no lock held.
   *
   * @param addresses the addresses that are known for an endpoint now
   */
  public List<EndpointSnapshot> snapshots(Function<Endpoint, List<InetSocketAddress>> addresses) {
    long now = ticker.nanoTime();
    return entries.values().stream()
        .map(each -> PoolSnapshots.of(each.pool(), addresses.apply(each.pool().endpoint()), now))
        .map(holders::addTo)
        .toList();
  }

  /** The numbers of each endpoint in use. Reads memory only. */
  public Map<Endpoint, EndpointCounts> counts() {
    Map<Endpoint, EndpointCounts> counts = new HashMap<>();
    entries.forEach((endpoint, entry) -> counts.put(endpoint, PoolSnapshots.counts(entry.pool())));
    holders.addTo(counts);
    return counts;
  }

  /** Whether the endpoint is in use, or was so lately. */
  public boolean knows(Endpoint endpoint) {
    return entries.containsKey(endpoint);
  }

  /** Whether connections or dials to the endpoint are there, so that its addresses matter. */
  @Override
  public boolean isInUse(Endpoint endpoint) {
    Entry known = entries.get(endpoint);
    return (known != null && known.pool().room().openOrDialling() > 0) || holders.hold(endpoint);
  }

  /** How many connections of the pool are open to one address of an endpoint. */
  @Override
  public int load(Endpoint endpoint, InetSocketAddress address) {
    Entry known = entries.get(endpoint);
    int own = known == null ? 0 : known.pool().openTo(address);
    return own + holders.load(endpoint, address);
  }

  /** Somebody has found that the endpoint answers: an open breaker closes. */
  public void answered(Endpoint endpoint) {
    Entry known = entries.get(endpoint);
    if (known != null) {
      known.pool().answered();
    }
  }

  /** How many exchanges with the endpoint may be repeated. */
  public RetryBudget retryBudget(Endpoint endpoint) throws IOException {
    return entry(endpoint).budget();
  }

  /** Connections open or being dialled, over all endpoints. */
  public int openConnections() {
    return shared.total().taken() + holders.openConnections();
  }

  // ---- the pools of others ----

  /**
   * Has an endpoint known whose callers wait in a pool of others, until it is not used for long.
   */
  public void meet(Endpoint endpoint) {
    try {
      entry(endpoint);
    } catch (IOException closed) {
      // Nobody will look for it.
    }
  }

  /** From now on its numbers are told with ours, and it is told what its connections follow. */
  public void attach(ConnectionHolder holder) {
    holders.attach(holder);
  }

  /** The opposite. Does nothing if it is not attached. */
  public void detach(ConnectionHolder holder) {
    holders.detach(holder);
  }
}
