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
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * All connections of OkHttp that one adapter has dialled, each endpoint's together. Thread-safe.
 */
final class HeldConnections implements ConnectionHolder {
  /** Between two looks at whether the last calls have ended while the manager closes. */
  private static final long POLL_MILLIS = 5;

  private static final long LEAST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final OkHttpSettings settings;
  private final Permits permits;
  private final ReadySockets ready;
  private final ConcurrentHashMap<Endpoint, HeldEndpoint> endpoints = new ConcurrentHashMap<>();

  /** Open or being opened, to all endpoints. */
  private final AtomicInteger total = new AtomicInteger();

  private final Room room = new Room();
  private final AtomicBoolean roomDue = new AtomicBoolean();
  private final ClosedNews closedNews = new ClosedNews();

  private final AgeSweep ages = new AgeSweep(this::endExpired, System::nanoTime, this::later);
  private volatile boolean closed;
  private volatile boolean isLeaving;
  private Attachment attachment;
  private Consumer<Endpoint> forgotten = endpoint -> {};

  HeldConnections(OkHttpSettings settings, Permits permits, ReadySockets ready) {
    this.settings = settings;
    this.permits = permits;
    this.ready = ready;
  }

  void attached(Attachment to) {
    attachment = to;
  }

  /** What else is to go with an endpoint; once, before the first connection. */
  void onForgotten(Consumer<Endpoint> action) {
    forgotten = action;
  }

  // ---- room ----

  /**
   * A connection is about to be dialled by a call that has leave for one. Where the cap is reached,
   * the one that is idle for longest gives way.
   */
  void beginOpening(Endpoint endpoint) {
    HeldEndpoint held = opening(endpoint);
    total.incrementAndGet();
    makeRoom(held);
  }

  /** Whether one more may be opened that nobody has asked for yet. */
  boolean hasRoom() {
    return tooMany() < 0;
  }

  private int tooMany() {
    return total.get() + ready.count() - settings.maxConnections();
  }

  private int tooMany(HeldEndpoint held) {
    return held.open.get() + ready.count(held.endpoint) - held.most;
  }

  private void makeRoom(HeldEndpoint held) {
    boolean later = room.make(() -> tooMany(held), () -> idle(held));
    later |= room.make(this::tooMany, this::idle);
    if (later && roomDue.compareAndSet(false, true)) {
      later(CallSocket.GRACE_NANOS, this::makeRoom);
    }
  }

  /** Some could not go, because a call might have been about to get them. */
  private void makeRoom() {
    roomDue.set(false);
    endpoints.values().forEach(this::makeRoom);
  }

  private Stream<Room.Idle> idle() {
    Stream<Room.Idle> unused =
        StreamSupport.stream(ready.endpoints().spliterator(), false).flatMap(ready::idle);
    return Stream.concat(unused, endpoints.values().stream().flatMap(HeldConnections::idleSockets));
  }

  private Stream<Room.Idle> idle(HeldEndpoint held) {
    return Stream.concat(ready.idle(held.endpoint), idleSockets(held));
  }

  private static Stream<Room.Idle> idleSockets(HeldEndpoint held) {
    return held.sockets.stream()
        .filter(CallSocket::isIdle)
        .map(
            each ->
                new Room.Idle(
                    each.idleSinceNanos(), () -> each.closeIfIdle(CloseReason.MADE_ROOM)));
  }

  /** One more is open, or being opened, so that the endpoint is not forgotten meanwhile. */
  private HeldEndpoint opening(Endpoint endpoint) {
    return endpoints.compute(
        endpoint,
        (each, before) -> {
          HeldEndpoint held = before == null ? new HeldEndpoint(each, settings) : before;
          held.lastUseNanos = System.nanoTime();
          held.open.incrementAndGet();
          return held;
        });
  }

  /** It was dialled, and is counted for itself, or it failed. */
  void endOpening(Endpoint endpoint) {
    HeldEndpoint held = endpoints.get(endpoint);
    held.open.decrementAndGet();
    total.decrementAndGet();
    forgetLater(held, held.forgetAfterNanos);
    leaveWithTheLast();
  }

  /** Looks once in a while, as long as there is no connection. */
  private void forgetLater(HeldEndpoint held, long delayNanos) {
    if (held.open.get() == 0 && held.forgetDue.compareAndSet(false, true)) {
      attachment.schedule(delayNanos, () -> forget(held));
    }
  }

  private void forget(HeldEndpoint held) {
    held.forgetDue.set(false);
    HeldEndpoint left =
        endpoints.computeIfPresent(
            held.endpoint, (each, now) -> now == held && held.isUnused() ? null : now);
    if (left == null) {
      forgotten.accept(held.endpoint);
      settings.listener().forgotten(held.endpoint);
    }
    if (left == held) {
      long unused = System.nanoTime() - held.lastUseNanos;
      forgetLater(held, Math.max(held.forgetAfterNanos - unused, LEAST_DELAY_NANOS));
    }
  }

  /** How many connections are open to the endpoint, those among them that no call has used yet. */
  int open(Endpoint endpoint) {
    HeldEndpoint held = endpoints.get(endpoint);
    return (held == null ? 0 : held.sockets.size()) + ready.count(endpoint);
  }

  /** Whether there is, or was lately, a connection to the endpoint. */
  boolean knows(Endpoint endpoint) {
    return endpoints.containsKey(endpoint) || ready.count(endpoint) > 0;
  }

  // ---- connections ----

  void add(CallSocket socket) {
    HeldEndpoint held = opening(socket.endpoint());
    held.sockets.add(socket);
    held.handshakes.increment();
    total.incrementAndGet();
    if (closed) {
      socket.retire(CloseReason.MANAGER_CLOSED);
    }
    if (socket.expiresNanos() != Long.MAX_VALUE) {
      ages.expiresIn(socket.expiresNanos() - System.nanoTime());
    }
  }

  /** More than once does no harm, even where the endpoint was forgotten meanwhile. */
  void remove(CallSocket socket, CloseReason reason) {
    HeldEndpoint held = endpoints.get(socket.endpoint());
    if (held == null || !held.sockets.remove(socket)) {
      return;
    }
    held.lastUseNanos = System.nanoTime();
    held.open.decrementAndGet();
    total.decrementAndGet();
    forgetLater(held, held.forgetAfterNanos);
    (reason == CloseReason.DISCARDED ? held.discarded : held.evicted).increment();
    long lived = Math.max(0, System.nanoTime() - socket.bornNanos());
    closedNews.tell(
        () -> attachment.listener().closed(socket.endpoint(), socket.remote(), reason, lived));
    leaveWithTheLast();
  }

  void leased(CallSocket socket, boolean reused) {
    HeldEndpoint held = endpoints.get(socket.endpoint());
    if (held == null) {
      return; // it was closed under the call, and long ago
    }
    held.leases.increment();
    if (reused) {
      held.reuses.increment();
    }
  }

  // ---- age ----

  /** Ends what is too old, and says in how many nanoseconds the next one will be. */
  private long endExpired(long now) {
    long next = AgeSweep.NONE;
    for (HeldEndpoint held : endpoints.values()) {
      for (CallSocket each : held.sockets) {
        each.checkAge(now);
        if (!each.isRetired() && each.expiresNanos() != Long.MAX_VALUE) {
          next = Math.min(next, each.expiresNanos() - now);
        }
      }
    }
    return next;
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
            counts.put(
                endpoint, held.counts(ready.count(endpoint), waiting.getOrDefault(endpoint, 0))));
    waiting.forEach(
        (endpoint, calls) -> counts.computeIfAbsent(endpoint, each -> none(each, calls)));
    ready.endpoints().forEach(endpoint -> counts.computeIfAbsent(endpoint, each -> none(each, 0)));
    return counts;
  }

  private EndpointCounts none(Endpoint endpoint, int waiting) {
    return new HeldEndpoint(endpoint, settings).counts(ready.count(endpoint), waiting);
  }

  @Override
  public List<ConnectionSnapshot> connections(Endpoint endpoint) {
    long now = System.nanoTime();
    List<ConnectionSnapshot> snapshots = new ArrayList<>(ready.snapshots(endpoint, now));
    HeldEndpoint held = endpoints.get(endpoint);
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
    HeldEndpoint held = endpoints.get(endpoint);
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
    HeldEndpoint held = endpoints.get(endpoint);
    if (held != null) {
      held.sockets.forEach(each -> each.retireAndClose(CloseReason.DRAINED));
    }
  }

  @Override
  public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
    ready.closeIf(endpoint, each -> !current.contains(each));
    HeldEndpoint held = endpoints.get(endpoint);
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
    for (HeldEndpoint held : endpoints.values()) {
      held.sockets.forEach(each -> each.retireAndClose(CloseReason.MANAGER_CLOSED));
    }
  }

  /**
   * The same, and the manager is left. It has what is still open until that has ended, so that its
   * own close ends it, too.
   */
  void leave() {
    closeIdle();
    isLeaving = true;
    leaveWithTheLast();
    closedNews.tellRest();
  }

  private void leaveWithTheLast() {
    if (isLeaving && total.get() == 0) {
      attachment.close();
    }
  }

  @Override
  public void close(Duration timeout) throws InterruptedException {
    ready.close();
    closeIdle();
    long end = System.nanoTime() + HeldEndpoint.saturated(timeout);
    try {
      while (isInUse() && System.nanoTime() - end < 0) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } finally {
      endpoints.values().forEach(held -> held.sockets.forEach(CallSocket::close));
      closedNews.tellRest();
    }
  }

  private boolean isInUse() {
    return endpoints.values().stream().anyMatch(HeldEndpoint::isInUse);
  }
}
