package io.trunkline.pool;

import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections of one endpoint: who gets which, who waits, who may dial. It decides and never
 * waits; {@link Acquirer} does the waiting and dialling.
 *
 * <p>Leasing and releasing an idle connection touches no lock. All else is decided under the lock
 * and carried out, I/O and wake-ups included, after it. Waiters are served strictly in order by
 * {@link #settle}, which everything calls that can have changed what there is: a release, an end of
 * a dial, an end of a connection, a place under the total cap. A release makes its connection idle
 * and then looks for waiters; a waiter queues and then looks for idle connections; so one of the
 * two sees the other.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts are written under the lock
final class EndpointPool {
  /**
   * The outcome for a waiter that came to a pool which was forgotten meanwhile: it asks for the
   * pool again.
   */
  static final Object FORGOTTEN = new Object();

  private final Endpoint endpoint;
  private final Shared shared;
  private final PoolSettings settings;
  private final Slots slots;
  private final PoolCounters counters = new PoolCounters();
  private final PoolFailures failures = new PoolFailures(this);

  /** Whether it stands in the queue for a place under the total cap; by {@link TotalCap}. */
  final AtomicBoolean starved = new AtomicBoolean();

  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final WaitQueue queue = new WaitQueue();
  private final BitSet usedSlots = new BitSet();
  private int open;
  private boolean forgotten;
  private long lastUseNanos;

  // Written under the lock, read without.
  private volatile int waiting;
  private volatile int dialling;
  private volatile int epoch;
  private volatile boolean closed;

  EndpointPool(Endpoint endpoint, Shared shared) {
    this.endpoint = endpoint;
    this.shared = shared;
    this.settings = shared.settings();
    this.slots = new Slots(settings.maxPerEndpoint());
    this.lastUseNanos = shared.ticker().nanoTime();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  // ---- lease and release: no lock ----

  /** A living idle connection, unless there is none or others wait for it. */
  PooledConnection tryAcquire() {
    if (waiting > 0) {
      return null;
    }
    for (PooledConnection found = slots.claim(); found != null; found = slots.claim()) {
      if (isAlive(found)) {
        found.leased(settings.leakStacks());
        return found;
      }
      dropDead(found);
    }
    return null;
  }

  /** One poll; a connection with bytes that nobody asked for is as bad as a dead one. */
  boolean isAlive(PooledConnection leased) {
    return !leased.isBroken()
        && leased.socket().checkIdle(leased.idleSinceNanos) == IdleState.CLEAN;
  }

  /** The lease has ended well: the connection goes back, or ends if its time has come. */
  void release(PooledConnection connection) {
    long now = shared.ticker().nanoTime();
    if (!isReusable(connection, now)) {
      end(connection, counters.evicted);
      return;
    }
    connection.idleSinceNanos = now;
    if (!connection.becomeIdle()) {
      return; // the manager closed it meanwhile
    }
    slots.becameIdle(connection);
    if (connection.epoch != epoch && connection.tryEvict()) {
      remove(connection, counters.evicted); // a drain or close came between and did not see it idle
    } else if (waiting > 0) {
      settle();
    }
    if (shared.total().hasStarved()) {
      shared.total().serveStarved(); // another endpoint waits for a place: an idle one can give way
    }
  }

  private boolean isReusable(PooledConnection connection, long now) {
    return connection.epoch == epoch
        && !connection.isBroken()
        // With Fast Open and nothing written it has not sent a packet: not a connection to keep.
        && !connection.socket().awaitsFirstFlight()
        && (settings.maxUses() == 0 || connection.uses() < settings.maxUses())
        && connection.expiresNanos - now > 0;
  }

  /** The lease has ended and the connection with it. */
  void discard(PooledConnection connection) {
    end(connection, counters.discarded);
  }

  /** A lease that nobody holds any more; whether it was one. */
  boolean reclaim(PooledConnection connection) {
    return end(connection, counters.leaked);
  }

  private void dropDead(PooledConnection leased) {
    end(leased, counters.evicted);
  }

  private boolean end(PooledConnection leased, AtomicLong counter) {
    boolean ours = leased.closeLeased();
    if (ours) {
      remove(leased, counter);
    }
    return ours;
  }

  // ---- waiting ----

  /** Queues a caller and serves whom it can, this one included. */
  void enter(Waiter waiter) {
    int place = 0;
    lock.lock();
    try {
      lastUseNanos = shared.ticker().nanoTime();
      if (forgotten) {
        waiter.decide(FORGOTTEN);
        return;
      }
      if (!closed) {
        queue.addLast(waiter);
        waiting++;
        place = waiting;
      }
    } finally {
      lock.unlock();
    }
    if (closed && cancel(waiter)) {
      waiter.decide(failures.managerClosed());
      return;
    }
    settle();
    if (place > settings.maxPending() && isBeyondBound(waiter) && cancel(waiter)) {
      waiter.decide(failures.queueFull());
    }
  }

  private boolean isBeyondBound(Waiter waiter) {
    return waiting > settings.maxPending() && waiter.outcome() == null;
  }

  /** Takes a waiter out of the queue; false if it has been served, and its outcome is there. */
  boolean cancel(Waiter waiter) {
    lock.lock();
    try {
      if (waiter.queued) {
        queue.remove(waiter);
        waiting--;
      }
      return waiter.outcome() == null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A connection that was handed to a waiter turned out dead. It becomes the waiter's ticket, or,
   * where the storm guard does not allow a dial now, the waiter's place at the head of the queue.
   */
  void replaceDead(PooledConnection dead, Waiter waiter) {
    waiter.reset();
    boolean ticket = false;
    boolean ours = dead.closeLeased();
    lock.lock();
    try {
      if (ours) {
        forgetSlot(dead);
      }
      if (!closed) {
        // Its place under the total cap goes over to the ticket.
        ticket = ours && dialling < settings.maxDialsInFlight();
        if (ticket) {
          dialling++;
          waiter.decide(Waiter.TICKET);
        } else {
          queue.addFirst(waiter);
          waiting++;
        }
      }
    } finally {
      lock.unlock();
    }
    if (ours) {
      finish(dead, counters.evicted);
    }
    if (ours && !ticket) {
      shared.total().give();
    }
    if (closed && cancel(waiter)) {
      waiter.decide(failures.managerClosed());
    }
    settle();
  }

  /**
   * Serves waiters in order with what there is, until there is nothing left to give. Hold no lock.
   *
   * @return whether a place under the total cap was needed
   */
  boolean settle() {
    boolean needed = false;
    for (; ; ) {
      Waiter served = null;
      boolean capped = false;
      lock.lock();
      try {
        Waiter first = queue.first();
        if (first != null) {
          Object gift = slots.claim();
          if (gift == null && mayDial()) {
            capped = !shared.total().tryTake();
            if (!capped) {
              dialling++;
              gift = Waiter.TICKET;
            }
          }
          if (gift != null) {
            queue.remove(first);
            waiting--;
            first.decide(gift);
            served = first;
          }
        }
      } finally {
        lock.unlock();
      }
      if (served != null) {
        served.wake();
      } else if (!capped) {
        return needed;
      } else if (!makeRoom()) {
        return true;
      }
      needed |= capped;
    }
  }

  /** Under the lock. */
  private boolean mayDial() {
    return !closed
        && !forgotten
        && dialling < settings.maxDialsInFlight()
        && open + dialling < settings.maxPerEndpoint();
  }

  /** Closes the longest-idle connection of another endpoint; whether it is worth trying again. */
  private boolean makeRoom() {
    PooledConnection victim = shared.wheel().evictLongestIdle(this);
    if (victim == null) {
      if (!starved.get()) {
        shared.total().starve(this);
        return true; // once more: a place may have come free before we stood in the queue
      }
      return false;
    }
    victim.pool.remove(victim, victim.pool.counters.evicted);
    return true;
  }

  // ---- tickets ----

  /** A ticket for work in the background, after everybody who waits. */
  boolean tryTicket() {
    lock.lock();
    try {
      if (queue.first() != null || !mayDial() || !shared.total().tryTake()) {
        return false;
      }
      dialling++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The dial of a ticket has succeeded: the connection is leased to who dialled. */
  PooledConnection ticketDone(TransportSocket socket) throws IOException {
    PooledConnection connection = null;
    lock.lock();
    try {
      dialling--;
      if (!closed) {
        open++;
        int slot = usedSlots.nextClearBit(0);
        usedSlots.set(slot);
        long now = shared.ticker().nanoTime();
        connection = new PooledConnection(socket, this, slot, epoch, now, now + lifetimeNanos());
        slots.put(connection);
      }
    } finally {
      lock.unlock();
    }
    if (connection == null) {
      Sockets.closeQuietly(socket);
      shared.total().give();
      throw failures.managerClosed();
    }
    counters.handshakes.incrementAndGet();
    shared.wheel().add(connection);
    PooledConnection watched = connection;
    socket.onPeerClosed(() -> peerClosed(watched));
    settle(); // the storm guard has a place again
    return connection;
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
    lock.lock();
    try {
      dialling--;
    } finally {
      lock.unlock();
    }
    if (failure != null) {
      failed(failure);
    }
    shared.total().give();
    settle();
    shared.whenLess().accept(this);
  }

  /** A dial, or what was to be done with the new connection, has failed. */
  void failed(IOException failure) {
    failures.dialFailed(failure);
    counters.failedDials.incrementAndGet();
  }

  /** A new connection is ready for use. */
  void succeeded() {
    failures.dialSucceeded();
  }

  // ---- ends of connections ----

  private void peerClosed(PooledConnection connection) {
    connection.peerHasClosed();
    if (connection.tryEvict()) {
      remove(connection, counters.evicted);
    }
  }

  /** By the wheel: whether the connection needs no further look. */
  boolean evictIdle(PooledConnection connection, boolean tooOld, boolean idleTooLong) {
    boolean due = tooOld || (idleTooLong && !isKeptForMinIdle());
    if (due && connection.tryEvict()) {
      remove(connection, counters.evicted);
      return true;
    }
    return connection.isClosed();
  }

  private boolean isKeptForMinIdle() {
    return settings.minIdle() > 0 && idle() <= settings.minIdle();
  }

  /** After the state became CLOSED, by whoever moved it there. */
  private void remove(PooledConnection connection, AtomicLong counter) {
    lock.lock();
    try {
      forgetSlot(connection);
    } finally {
      lock.unlock();
    }
    finish(connection, counter);
    shared.total().give();
    settle();
    shared.whenLess().accept(this);
  }

  /** Under the lock. */
  private void forgetSlot(PooledConnection connection) {
    slots.clear(connection);
    usedSlots.clear(connection.slot);
    open--;
    lastUseNanos = shared.ticker().nanoTime();
  }

  private void finish(PooledConnection connection, AtomicLong counter) {
    shared.wheel().remove(connection);
    counters.keep(connection.uses());
    counter.incrementAndGet();
    connection.closeSocket();
  }

  /** Idle connections end now, leased ones when they are released. */
  void drain() {
    lock.lock();
    try {
      epoch++;
    } finally {
      lock.unlock();
    }
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null && each.epoch != epoch && each.tryEvict()) {
        remove(each, counters.evicted);
      }
    }
  }

  /** Refuses newcomers, fails who waits, and drains. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    failWaiters(failures.managerClosed());
    drain();
  }

  private void failWaiters(IOException failure) {
    for (; ; ) {
      Waiter first;
      lock.lock();
      try {
        first = queue.first();
        if (first == null) {
          return;
        }
        queue.remove(first);
        waiting--;
        first.decide(failure);
      } finally {
        lock.unlock();
      }
      first.wake();
    }
  }

  /** Cuts the leases that are still out. */
  void closeLeased() {
    for (int slot = 0; slot < slots.size(); slot++) {
      PooledConnection each = slots.get(slot);
      if (each != null && each.closeLeased()) {
        remove(each, counters.discarded);
      }
    }
  }

  // ---- being forgotten ----

  /** Under the lock. */
  private boolean isEmpty() {
    return open == 0 && dialling == 0 && queue.first() == null;
  }

  /**
   * Forgets an endpoint that nobody has used for long.
   *
   * @return nanoseconds until it is worth asking again; 0 if it is forgotten now, -1 if it is in
   *     use
   */
  long tryForget() {
    lock.lock();
    try {
      if (!isEmpty()) {
        return -1;
      }
      long left = settings.forgetAfter().toNanos() - (shared.ticker().nanoTime() - lastUseNanos);
      if (left <= 0) {
        forgotten = true;
      }
      return Math.max(0, left);
    } finally {
      lock.unlock();
    }
  }

  // ---- what is known of it ----

  Slots slots() {
    return slots;
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

  int openOrDialling() {
    lock.lock();
    try {
      return open + dialling;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    return waiting;
  }

  int dialling() {
    return dialling;
  }

  boolean isClosed() {
    return closed;
  }

  Shared shared() {
    return shared;
  }

  PoolFailures failures() {
    return failures;
  }
}
