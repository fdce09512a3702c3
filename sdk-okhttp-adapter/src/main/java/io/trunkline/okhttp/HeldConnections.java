package io.trunkline.okhttp;

import io.trunkline.Attachment;
import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TlsSummary;
import io.trunkline.observe.CloseReason;
import io.trunkline.transport.TransportSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * All connections of OkHttp that one adapter has dialled, each endpoint's together. Thread-safe.
 */
final class HeldConnections implements ConnectionHolder {
  /** Between two looks at whether the last calls have ended while the manager closes. */
  private static final long POLL_MILLIS = 5;

  private static final long LEAST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final OkHttpSettings settings;
  private final long forgetAfterNanos;
  private final Permits permits;
  private final ReadySockets ready;
  private final ConcurrentHashMap<Endpoint, Held> endpoints = new ConcurrentHashMap<>();

  /** Open or being opened, to all endpoints. */
  private final AtomicInteger total = new AtomicInteger();

  /** Held while room is made for one more connection. */
  private final ReentrantLock makingRoom = new ReentrantLock();

  private final AtomicBoolean sweepDue = new AtomicBoolean();
  private volatile boolean closed;
  private Attachment attachment;

  private static final class Held {
    final Set<CallSocket> sockets = ConcurrentHashMap.newKeySet();
    final AtomicInteger open = new AtomicInteger();
    final AtomicBoolean forgetDue = new AtomicBoolean();
    volatile long lastUseNanos;
    final LongAdder handshakes = new LongAdder();
    final LongAdder leases = new LongAdder();
    final LongAdder reuses = new LongAdder();
    final LongAdder evicted = new LongAdder();
    final LongAdder discarded = new LongAdder();
  }

  /**
   * @param forgetAfter without use for so long, an endpoint that has no connection is forgotten
   */
  HeldConnections(
      OkHttpSettings settings, Permits permits, ReadySockets ready, Duration forgetAfter) {
    this.settings = settings;
    this.forgetAfterNanos = saturated(forgetAfter);
    this.permits = permits;
    this.ready = ready;
  }

  void attached(Attachment to) {
    attachment = to;
  }

  private Held held(Endpoint endpoint) {
    return endpoints.computeIfAbsent(endpoint, each -> new Held());
  }

  // ---- room ----

  /**
   * A connection is about to be dialled by a call that has leave for one. Where the cap is reached,
   * the one that is idle for longest gives way.
   */
  void beginOpening(Endpoint endpoint) {
    Held held = endpoints.compute(endpoint, (each, before) -> opening(before));
    if (held.open.get() > settings.maxConnectionsPerEndpoint()) {
      closeLongestIdle(held.sockets.stream());
    }
    if (total.incrementAndGet() > settings.maxConnections()) {
      closeLongestIdle(endpoints.values().stream().flatMap(each -> each.sockets.stream()));
    }
  }

  private static Held opening(Held before) {
    Held held = before == null ? new Held() : before;
    held.lastUseNanos = System.nanoTime();
    held.open.incrementAndGet();
    return held;
  }

  private void closeLongestIdle(Stream<CallSocket> sockets) {
    long now = System.nanoTime();
    makingRoom.lock();
    try {
      List<CallSocket> longestFirst =
          sockets
              .filter(CallSocket::isIdle)
              .map(each -> Map.entry(each.idleSinceNanos() - now, each))
              .sorted(Map.Entry.comparingByKey())
              .map(Map.Entry::getValue)
              .toList();
      for (CallSocket each : longestFirst) {
        if (each.closeIfIdle(CloseReason.MADE_ROOM)) {
          return; // else a call is about to get it, and the next one goes
        }
      }
    } finally {
      makingRoom.unlock();
    }
  }

  /** It was dialled, and is counted for itself, or it failed. */
  void endOpening(Endpoint endpoint) {
    Held held = held(endpoint);
    held.open.decrementAndGet();
    total.decrementAndGet();
    forgetLater(endpoint, held, forgetAfterNanos);
  }

  /** Looks once in a while, as long as there is no connection. */
  private void forgetLater(Endpoint endpoint, Held held, long delayNanos) {
    if (held.open.get() == 0 && held.forgetDue.compareAndSet(false, true)) {
      attachment.schedule(delayNanos, () -> forget(endpoint, held));
    }
  }

  private void forget(Endpoint endpoint, Held held) {
    held.forgetDue.set(false);
    Held left =
        endpoints.computeIfPresent(
            endpoint, (each, now) -> now == held && isUnused(held) ? null : now);
    if (left == held) {
      long unused = System.nanoTime() - held.lastUseNanos;
      forgetLater(endpoint, held, Math.max(forgetAfterNanos - unused, LEAST_DELAY_NANOS));
    }
  }

  private boolean isUnused(Held held) {
    return held.open.get() == 0 && System.nanoTime() - held.lastUseNanos >= forgetAfterNanos;
  }

  /** How many connections are open to the endpoint, those among them that no call has used yet. */
  int open(Endpoint endpoint) {
    Held held = endpoints.get(endpoint);
    return (held == null ? 0 : held.sockets.size()) + ready.count(endpoint);
  }

  // ---- connections ----

  void add(CallSocket socket) {
    Held held = held(socket.endpoint());
    held.sockets.add(socket);
    held.handshakes.increment();
    held.open.incrementAndGet();
    total.incrementAndGet();
    if (closed) {
      socket.retire(CloseReason.MANAGER_CLOSED);
    }
    if (socket.expiresNanos() != Long.MAX_VALUE) {
      sweepLater();
    }
  }

  void remove(CallSocket socket, CloseReason reason) {
    Held held = held(socket.endpoint());
    if (!held.sockets.remove(socket)) {
      return;
    }
    held.lastUseNanos = System.nanoTime();
    held.open.decrementAndGet();
    total.decrementAndGet();
    forgetLater(socket.endpoint(), held, forgetAfterNanos);
    (reason == CloseReason.DISCARDED ? held.discarded : held.evicted).increment();
    attachment
        .listener()
        .closed(
            socket.endpoint(),
            socket.remote(),
            reason,
            Math.max(0, System.nanoTime() - socket.bornNanos()));
  }

  void leased(CallSocket socket, boolean reused) {
    Held held = held(socket.endpoint());
    held.leases.increment();
    if (reused) {
      held.reuses.increment();
    }
  }

  // ---- age ----

  /** There is one sweep ahead as long as there are connections, at the end of the oldest one. */
  private void sweepLater() {
    if (!sweepDue.compareAndSet(false, true)) {
      return;
    }
    long now = System.nanoTime();
    long next = Long.MAX_VALUE;
    for (Held held : endpoints.values()) {
      for (CallSocket each : held.sockets) {
        boolean has = !each.isRetired() && each.expiresNanos() != Long.MAX_VALUE;
        next = has ? Math.min(next, each.expiresNanos() - now) : next;
      }
    }
    if (next == Long.MAX_VALUE) {
      sweepDue.set(false);
      return;
    }
    long delay = Math.max(next, LEAST_DELAY_NANOS);
    attachment.schedule(delay, this::sweep);
  }

  private void sweep() {
    long now = System.nanoTime();
    for (Held held : endpoints.values()) {
      held.sockets.forEach(each -> each.checkAge(now));
    }
    sweepDue.set(false);
    sweepLater();
  }

  void later(long delayNanos, Runnable action) {
    attachment.schedule(delayNanos, action);
  }

  // ---- what the manager asks ----

  @Override
  public Map<Endpoint, EndpointCounts> counts() {
    Map<Endpoint, Integer> waiting = permits.waiting();
    Map<Endpoint, EndpointCounts> counts = new HashMap<>();
    endpoints.forEach(
        (endpoint, held) ->
            counts.put(endpoint, counts(endpoint, held, waiting.getOrDefault(endpoint, 0))));
    waiting.forEach(
        (endpoint, calls) ->
            counts.computeIfAbsent(endpoint, each -> counts(each, new Held(), calls)));
    ready
        .endpoints()
        .forEach(endpoint -> counts.computeIfAbsent(endpoint, each -> counts(each, new Held(), 0)));
    return counts;
  }

  private EndpointCounts counts(Endpoint endpoint, Held held, int waiting) {
    int idle = 0;
    int active = 0;
    for (CallSocket each : held.sockets) {
      boolean isIdle = each.isIdle();
      idle += isIdle ? 1 : 0;
      active += isIdle ? 0 : 1;
    }
    return new EndpointCounts(
        active,
        idle + ready.count(endpoint),
        0, // the manager counts its dials itself, and those that fail
        waiting,
        settings.maxConnectionsPerEndpoint(),
        held.leases.sum(),
        held.reuses.sum(),
        held.handshakes.sum(),
        0,
        held.evicted.sum(),
        held.discarded.sum(),
        0);
  }

  @Override
  public List<ConnectionSnapshot> connections(Endpoint endpoint) {
    long now = System.nanoTime();
    List<ConnectionSnapshot> snapshots = new ArrayList<>(ready.snapshots(endpoint, now));
    Held held = endpoints.get(endpoint);
    if (held != null) {
      held.sockets.forEach(each -> snapshots.add(snapshot(each, now)));
    }
    return snapshots;
  }

  private static ConnectionSnapshot snapshot(CallSocket socket, long now) {
    boolean leased = !socket.isIdle();
    TransportSocket carrier = socket.carrier();
    return new ConnectionSnapshot(
        (InetSocketAddress) carrier.getLocalSocketAddress(),
        socket.remote(),
        leased,
        Duration.ofNanos(Math.max(0, now - socket.bornNanos())),
        leased ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - socket.idleSinceNanos())),
        socket.uses(),
        carrier
            .tlsSession()
            .map(session -> new TlsSummary(session.getProtocol(), session.getCipherSuite())),
        carrier.tcpInfo());
  }

  @Override
  public int load(Endpoint endpoint, InetSocketAddress address) {
    int load = ready.load(endpoint, address);
    Held held = endpoints.get(endpoint);
    if (held != null) {
      for (CallSocket each : held.sockets) {
        load += each.remote().equals(address) ? 1 : 0;
      }
    }
    return load;
  }

  @Override
  public void drain(Endpoint endpoint) {
    ready.closeIf(endpoint, each -> true);
    Held held = endpoints.get(endpoint);
    if (held != null) {
      held.sockets.forEach(each -> each.retireAndClose(CloseReason.DRAINED));
    }
  }

  @Override
  public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
    ready.closeIf(endpoint, each -> !current.contains(each));
    Held held = endpoints.get(endpoint);
    if (held != null) {
      for (CallSocket each : held.sockets) {
        if (!current.contains(each.remote())) {
          each.retireAndClose(CloseReason.DRAINED);
        }
      }
    }
  }

  // ---- ends ----

  /** Idle connections end now, the others when they are idle. */
  void closeIdle() {
    closed = true;
    for (Held held : endpoints.values()) {
      held.sockets.forEach(each -> each.retireAndClose(CloseReason.MANAGER_CLOSED));
    }
  }

  @Override
  public void close(Duration timeout) throws InterruptedException {
    ready.close();
    closeIdle();
    long end = System.nanoTime() + saturated(timeout);
    try {
      while (isInUse() && System.nanoTime() - end < 0) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } finally {
      endpoints.values().forEach(held -> held.sockets.forEach(CallSocket::close));
    }
  }

  private boolean isInUse() {
    return endpoints.values().stream()
        .anyMatch(held -> held.sockets.stream().anyMatch(each -> !each.isIdle()));
  }

  private static long saturated(Duration timeout) {
    return timeout.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE / 2 : timeout.toNanos();
  }
}
