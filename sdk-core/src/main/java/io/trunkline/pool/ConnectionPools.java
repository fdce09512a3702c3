package io.trunkline.pool;

import io.trunkline.config.PoolSettings;
import io.trunkline.connect.Connector;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** The pools of all endpoints of one manager. Thread-safe. */
public final class ConnectionPools {
  private final PoolSettings settings;
  private final Ticker ticker;
  private final Housekeeper housekeeper;
  private final Workers workers;
  private final Acquirer acquirer;
  private final Shared shared;
  private final ConcurrentHashMap<Endpoint, Entry> entries = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * @param forgetting whether a look is scheduled at whether the endpoint is still in use
   */
  private record Entry(EndpointPool pool, BackgroundDials background, AtomicBoolean forgetting) {}

  public ConnectionPools(
      PoolSettings settings,
      Connector connector,
      Opener opener,
      Ticker ticker,
      Housekeeper housekeeper,
      Workers workers) {
    this.settings = settings;
    this.ticker = ticker;
    this.housekeeper = housekeeper;
    this.workers = workers;
    this.acquirer = new Acquirer(connector, workers, opener, ticker, settings.leakStacks());
    TotalCap total = new TotalCap(settings.maxTotal());
    this.shared =
        new Shared(
            settings,
            ticker,
            total,
            new IdleWheel(settings, ticker, housekeeper, total),
            this::hasLess);
  }

  /**
   * A leased connection, checked to be alive.
   *
   * @param timeoutNanos the longest wait, dialling included
   */
  public PooledConnection acquire(Endpoint endpoint, long timeoutNanos) throws IOException {
    PooledConnection connection = entry(endpoint).pool().tryAcquire();
    return connection != null ? connection : acquireSlowly(endpoint, timeoutNanos);
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
        entry.background().topUp();
      }
      entries.remove(endpoint, entry); // it was forgotten while we came
    }
  }

  private Entry entry(Endpoint endpoint) throws IOException {
    Entry known = entries.get(endpoint);
    if (known != null) {
      return known;
    }
    Entry made = entries.computeIfAbsent(endpoint, this::make);
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
    EndpointPool pool = new EndpointPool(endpoint, shared);
    return new Entry(
        pool,
        new BackgroundDials(pool, acquirer, workers, housekeeper, settings.minIdle()),
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
    EndpointPool pool = entry(endpoint).pool();
    Deadline deadline = Deadline.afterNanos(ticker, timeoutNanos);
    int wanted = Math.min(connections, settings.maxPerEndpoint());
    Throwable failure = null;
    while (failure == null && pool.openOrDialling() < wanted && !deadline.hasPassed()) {
      List<WarmUp> round = new ArrayList<>();
      int missing = wanted - pool.openOrDialling();
      while (round.size() < missing && pool.tryTicket()) {
        round.add(new WarmUp(pool));
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
    int open = pool.openOrDialling() - pool.dialling();
    if (open == 0 && failure instanceof IOException dialFailed) {
      throw dialFailed;
    }
    if (open == 0 && failure instanceof RuntimeException initializerFailed) {
      throw initializerFailed;
    }
    return open;
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
        Thread.currentThread().interrupt();
        throw Failures.exception(
            FailureDetails.of(FailureKind.INTERRUPTED, FailurePhase.ACQUIRE)
                .withEndpoint(each.pool.endpoint()),
            interrupted);
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
      known.pool().drain();
    }
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
    if (pool.openOrDialling() == 0) {
      forgetLater(entry);
    }
  }

  private void forgetLater(Entry entry) {
    if (entry.forgetting().compareAndSet(false, true)) {
      housekeeper.schedule(settings.forgetAfter().toNanos(), () -> forgetIfUnused(entry));
    }
  }

  private void forgetIfUnused(Entry entry) {
    long left = entry.pool().tryForget();
    if (left == 0) {
      entries.remove(entry.pool().endpoint(), entry);
    } else if (left > 0) {
      housekeeper.schedule(left, () -> forgetIfUnused(entry));
    } else {
      entry.forgetting().set(false); // in use; the loss of its last connection brings us back
      if (entry.pool().openOrDialling() == 0) {
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
        .toList();
  }

  /** The numbers of each endpoint in use. Reads memory only. */
  public Map<Endpoint, EndpointCounts> counts() {
    Map<Endpoint, EndpointCounts> counts = new HashMap<>();
    entries.forEach((endpoint, entry) -> counts.put(endpoint, PoolSnapshots.counts(entry.pool())));
    return counts;
  }

  /** Connections open or being dialled, over all endpoints. */
  public int openConnections() {
    return shared.total().taken();
  }
}
