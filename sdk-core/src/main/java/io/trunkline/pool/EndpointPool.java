package io.trunkline.pool;

import io.trunkline.breaker.EndpointBreaker;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CloseReason;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The connections of one endpoint: how they are leased and released, and when they end. Who waits
 * and who may dial is decided in its {@link WaitingRoom}; {@link Acquirer} does the waiting and
 * dialling. Leasing and releasing an idle connection touches no lock.
 */
final class EndpointPool {
  private static final VarHandle EPOCH;

  static {
    try {
      EPOCH = MethodHandles.lookup().findVarHandle(EndpointPool.class, "epoch", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Endpoint endpoint;
  private final Shared shared;
  private final PoolSettings settings;
  private final EndpointBreaker breaker;
  private final PoolEvents events;
  private final boolean leasesAreHeard;
  private final Slots slots;
  private final WaitQueues queues = new WaitQueues();
  private final WaitingRoom room;
  private final PoolCounters counters = new PoolCounters();
  private final PoolFailures failures = new PoolFailures(this);

  /** Whether it stands in the queue for a place under the total cap; by {@link TotalCap}. */
  final AtomicBoolean starved = new AtomicBoolean();

  /** Raised by each drain: connections of an earlier one end. */
  private volatile int epoch;

  /** The addresses of the endpoint, null while nobody has said that they changed. */
  private volatile Set<InetSocketAddress> addresses;

  EndpointPool(Endpoint endpoint, PoolSettings settings, Shared shared) {
    this.endpoint = endpoint;
    this.shared = shared;
    this.settings = settings;
    this.events = new PoolEvents(endpoint, shared.listener(), shared.ticker());
    this.leasesAreHeard = events.hearsLeases();
    this.slots = new Slots(settings.maxPerEndpoint());
    this.breaker = shared.breakers().of(endpoint, this::breakerChanged);
    this.room = new WaitingRoom(this, shared, slots, queues);
  }

  Endpoint endpoint() {
    return endpoint;
  }

  // ---- lease and release: no lock ----

  /** A living idle connection, unless there is none or others wait for it. */
  PooledConnection tryAcquire() {
    if (isAwaited()) {
      return null;
    }
    for (PooledConnection found = slots.claim(); found != null; found = slots.claim()) {
      CloseReason unfit = unfit(found);
      if (unfit == null) {
        found.leased(settings.leakStacks());
        return found;
      }
      end(found, unfit);
    }
    return null;
  }

  /** Whether somebody waits for a connection of the pool, so that no newcomer may overtake. */
  private boolean isAwaited() {
    return queues.waitingForPool() > 0;
  }

  /**
   * One poll; a connection with bytes that nobody asked for is as bad as a dead one.
   *
   * @return why it must not be leased; null if it may
   */
  private static CloseReason unfit(PooledConnection leased) {
    if (leased.isKnownBroken()) {
      return leased.hasPeerClosed() ? CloseReason.PEER_CLOSED : CloseReason.DISCARDED;
    }
    return switch (leased.socket().checkIdle(leased.idleSinceNanos)) {
      case CLEAN -> null;
      case READABLE -> CloseReason.UNASKED_BYTES;
      case PEER_CLOSED -> CloseReason.PEER_CLOSED;
    };
  }

  /** The lease has ended well: the connection goes back, or ends if its time has come. */
  void release(PooledConnection connection) {
    long now;
    if (leasesAreHeard) {
      now = shared.ticker().nanoTime();
      events.leaseEnds(connection, now);
    } else {
      now = shared.recent().nanoTime();
    }
    connection.idleSinceNanos = now;
    boolean unwatched = connection.takeUnwatched();
    CloseReason due = due(connection, now);
    if (due == null && unwatched && peerHasClosedUnwatched(connection)) {
      due = CloseReason.PEER_CLOSED;
    }
    if (due != null) {
      end(connection, due);
      return;
    }
    if (!connection.becomeIdle()) {
      return; // the manager closed it meanwhile
    }
    slots.becameIdle(connection);
    if (unwatched) {
      // Only now, so that what is found at once can be evicted at once.
      connection.socket().onPeerClosed(() -> peerClosed(connection));
    }
    // A drain, a withdrawal or a close may have come between, and not have seen it idle.
    if (isOutdated(connection) && connection.tryEvict()) {
      remove(connection, outdated());
    } else if (isAwaited()) {
      room.settle();
    }
    if (shared.total().hasStarved()) {
      shared.total().serveStarved(); // another endpoint waits for a place: an idle one can give way
    }
  }

  /**
   * The first lease is not watched, as many connections have no second one. With TLS the answer may
   * take a read, which is for the next lease; there the watch finds it.
   */
  private boolean peerHasClosedUnwatched(PooledConnection connection) {
    return !endpoint.isTls()
        && connection.socket().checkIdle(connection.idleSinceNanos) == IdleState.PEER_CLOSED;
  }

  /** Why it is not to be leased again; null if it may be. */
  private CloseReason due(PooledConnection connection, long now) {
    if (connection.isBroken()) {
      return connection.hasPeerClosed() ? CloseReason.PEER_CLOSED : CloseReason.DISCARDED;
    }
    if (isOutdated(connection)) {
      return outdated();
    }
    if (settings.maxUses() != 0 && connection.uses() >= settings.maxUses()) {
      return CloseReason.MAX_USES;
    }
    if (connection.socket().awaitsFirstFlight()) {
      return CloseReason.DISCARDED; // with Fast Open and nothing written it has not sent a packet
    }
    return connection.expiresNanos - now > 0 ? null : CloseReason.MAX_LIFETIME;
  }

  private boolean isOutdated(PooledConnection connection) {
    return connection.epoch != epoch || connection.withdrawn;
  }

  private CloseReason outdated() {
    return room.isClosed() ? CloseReason.MANAGER_CLOSED : CloseReason.DRAINED;
  }

  /** The lease has ended and the connection with it. */
  void discard(PooledConnection connection) {
    end(connection, CloseReason.DISCARDED);
  }

  /** A lease that nobody holds any more; whether it was one. */
  boolean reclaim(PooledConnection connection) {
    boolean ours = end(connection, CloseReason.LEAKED);
    if (ours) {
      shared.listener().leaked(endpoint, Optional.ofNullable(connection.acquiredAt()));
    }
    return ours;
  }

  private boolean end(PooledConnection leased, CloseReason reason) {
    boolean ours = leased.closeLeased();
    if (ours) {
      remove(leased, reason);
    }
    return ours;
  }

  // ---- what a waiter or a ticket came to ----

  /** Whether a connection that was handed to a waiter lives; if not, the waiter goes on waiting. */
  boolean accept(PooledConnection handed, Waiter waiter) {
    CloseReason unfit = unfit(handed);
    if (unfit == null) {
      handed.leased(settings.leakStacks());
      return true;
    }
    boolean ours = handed.closeLeased();
    if (ours) {
      slots.clear(handed);
    }
    room.comesBack(waiter); // before the close, which takes its time
    if (!ours) {
      room.settle();
      return false;
    }
    try {
      finish(handed, unfit);
    } finally {
      if (room.passOn(waiter, handed.slot)) {
        room.settle();
      } else {
        placesAreFree(handed.slot);
      }
    }
    return false;
  }

  /** The dial of a ticket has succeeded: the connection is leased to who dialled. */
  PooledConnection ticketDone(TransportSocket socket) throws IOException {
    int slot = room.opened();
    if (slot == WaitingRoom.NO_SLOT) {
      Sockets.closeQuietly(socket);
      shared.total().give();
      throw failures.managerClosed();
    }
    PooledConnection connection = enter(socket, slot);
    // Who closes looks through the slots after it says so: one of us two sees the other.
    if (room.isClosed() && end(connection, CloseReason.MANAGER_CLOSED)) {
      throw failures.managerClosed();
    }
    return connection;
  }

  /**
   * Whatever is thrown here, of the close of another connection perhaps that has to make room: no
   * place is lost to a connection that nobody has.
   */
  private PooledConnection enter(TransportSocket socket, int slot) {
    PooledConnection connection = null;
    try {
      long now = shared.ticker().nanoTime();
      connection = new PooledConnection(socket, this, slot, epoch, now, now + lifetimeNanos());
      slots.put(connection);
      shared.wheel().add(connection);
      Set<InetSocketAddress> known = addresses;
      if (known != null && !known.contains(connection.remote)) {
        connection.withdrawn = true;
      }
      room.settle(); // the storm guard has a place again
      return connection;
    } catch (RuntimeException | Error defect) {
      if (connection == null) {
        Sockets.closeQuietly(socket);
        placesAreFree(slot);
      } else {
        discard(connection);
      }
      throw defect;
    }
  }

  private long lifetimeNanos() {
    long most = settings.maxLifetime().toNanos();
    if (most == 0) {
      return Long.MAX_VALUE / 2;
    }
    double part = settings.lifetimeJitterPercent() / 100.0;
    return (long) (most * (1 - part * ThreadLocalRandom.current().nextDouble()));
  }

  /**
   * The dial of a ticket has failed, or was given up.
   *
   * @param failure null where it says nothing about the endpoint
   */
  void ticketFailed(IOException failure) {
    if (failure != null) {
      failed(failure);
    }
    shared.total().give();
    room.ticketEnded(true);
    room.settle();
    shared.whenLess().accept(this);
  }

  /**
   * The dial of a connection that does not belong to the pool has ended.
   *
   * @param failure null where there is none, or it says nothing about the endpoint
   */
  void unpooledEnded(IOException failure) {
    room.ticketEnded(false);
    if (failure != null) {
      failed(failure);
    }
    room.settle();
    shared.whenLess().accept(this);
  }

  /** A dial, or what was to be done with the new connection, has failed. */
  void failed(IOException failure) {
    failures.dialFailed(failure);
    counters.failedDials.incrementAndGet();
  }

  /**
   * A dial has its socket. With Fast Open that says nothing yet: the first write will. Hold no
   * lock.
   *
   * @param pooled whether the connection is to be the pool's
   */
  void dialled(TransportSocket socket, long elapsedNanos, boolean pooled) {
    if (socket.awaitsFirstFlight()) {
      socket.onFirstFlight((nanos, failure) -> firstFlightEnded(nanos, failure, pooled));
    } else {
      established(elapsedNanos, pooled);
      if (!pooled) {
        succeeded(); // one of the pool has its initializer before it
      }
    }
  }

  private void firstFlightEnded(long elapsedNanos, Optional<IOException> failure, boolean pooled) {
    if (failure.isEmpty()) {
      established(elapsedNanos, pooled);
      succeeded();
      return;
    }
    breaker.dialFailed(elapsedNanos, failure.get(), false);
    if (!endedHere(failure.get())) {
      failed(failure.get());
    }
  }

  private void established(long elapsedNanos, boolean pooled) {
    if (pooled) {
      counters.handshakes.incrementAndGet();
    }
    breaker.dialled(elapsedNanos);
  }

  /** A new connection is ready for use. */
  void succeeded() {
    failures.dialSucceeded();
  }

  /** Somebody has found that the endpoint answers: an open breaker closes. */
  void answered() {
    failures.probeAnswered();
    breaker.answered();
  }

  private static boolean endedHere(IOException failure) {
    FailureKind kind = FailureClassifier.ofException(failure, FailurePhase.CONNECT);
    return kind == FailureKind.CLOSED || kind == FailureKind.INTERRUPTED;
  }

  private void breakerChanged() {
    room.settle();
    if (!breaker.refuses()) {
      failures.probeAnswered();
      shared.whenLess().accept(this); // what is missing may be dialled again
    }
  }

  /**
   * Closes the longest-idle connection of another endpoint, for a place under the total cap.
   *
   * @return whether it is worth trying again
   */
  boolean makeRoom() {
    PooledConnection victim = shared.wheel().evictLongestIdle(this);
    if (victim == null) {
      if (!starved.get()) {
        shared.total().starve(this);
        return true; // once more: a place may have come free before we stood in the queue
      }
      return false;
    }
    victim.pool.remove(victim, CloseReason.MADE_ROOM);
    return true;
  }

  // ---- ends of connections ----

  private void peerClosed(PooledConnection connection) {
    connection.peerHasClosed();
    if (connection.tryEvict()) {
      remove(connection, CloseReason.PEER_CLOSED);
    }
  }

  /** By the wheel: whether the connection needs no further look. */
  boolean evictIdle(PooledConnection connection, boolean tooOld, boolean idleTooLong) {
    boolean due = tooOld || (idleTooLong && !isKeptForMinIdle());
    if (due && connection.tryEvict()) {
      remove(connection, tooOld ? CloseReason.MAX_LIFETIME : CloseReason.IDLE_TIMEOUT);
      return true;
    }
    return connection.isClosed();
  }

  private boolean isKeptForMinIdle() {
    return settings.minIdle() > 0 && idle() <= settings.minIdle();
  }

  /**
   * After the state became CLOSED, by whoever moved it there. Its places are free only once the
   * socket is closed, or shut down where somebody is still in a call on it; and then they are,
   * whatever the close throws.
   */
  private void remove(PooledConnection connection, CloseReason reason) {
    slots.clear(connection);
    try {
      finish(connection, reason);
    } finally {
      placesAreFree(connection.slot);
    }
  }

  private void finish(PooledConnection connection, CloseReason reason) {
    shared.wheel().remove(connection);
    counters.closed(reason, connection.uses());
    try {
      events.closes(connection, reason);
    } finally {
      connection.closeSocket();
    }
  }

  /**
   * The one under the total cap comes first, so that an endpoint never holds more of those than its
   * own cap allows.
   */
  private void placesAreFree(int slot) {
    shared.total().give();
    room.ended(slot);
    room.settle();
    shared.whenLess().accept(this);
  }

  /** Idle connections end now, leased ones when they are released. */
  void drain() {
    EPOCH.getAndAdd(this, 1);
    evictOutdated();
  }

  /** The endpoint has these addresses now: connections to others end as in {@link #drain}. */
  void addressesChanged(Set<InetSocketAddress> current) {
    addresses = Set.copyOf(current);
    Set<InetSocketAddress> gone = new LinkedHashSet<>();
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null) {
        boolean withdrawn = !current.contains(each.remote);
        if (withdrawn && !each.withdrawn) {
          gone.add(each.remote);
        }
        each.withdrawn = withdrawn;
      }
    }
    gone.forEach(address -> shared.listener().drained(endpoint, Optional.of(address)));
    evictOutdated();
  }

  private void evictOutdated() {
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null && isOutdated(each) && each.tryEvict()) {
        remove(each, outdated());
      }
    }
  }

  /** Refuses newcomers, fails who waits, and drains. */
  void close() {
    room.close(failures::managerClosed);
    drain();
    breaker.end();
  }

  /** Cuts the leases that are still out. */
  void closeLeased() {
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null) {
        end(each, CloseReason.MANAGER_CLOSED);
      }
    }
  }

  // ---- what is known of it ----

  WaitingRoom room() {
    return room;
  }

  Slots slots() {
    return slots;
  }

  EndpointBreaker breaker() {
    return breaker;
  }

  PoolCounters counters() {
    return counters;
  }

  int idle() {
    int idle = 0;
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null && each.isIdle()) {
        idle++;
      }
    }
    return idle;
  }

  /** Open connections to one address. */
  int openTo(InetSocketAddress address) {
    int open = 0;
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null && each.remote.equals(address)) {
        open++;
      }
    }
    return open;
  }

  PoolSettings settings() {
    return settings;
  }

  Shared shared() {
    return shared;
  }

  PoolFailures failures() {
    return failures;
  }
}
