package io.trunkline.pool;

import io.trunkline.config.PoolSettings;
import io.trunkline.time.InnerLock;
import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Who waits for one endpoint, and who is served next with what: the places under its caps, the
 * tickets to dial, and the queues. All of it is decided under one lock, and carried out after it.
 *
 * <p>Waiters of a kind are served strictly in order by {@link #settle}, which everything calls that
 * can have changed what there is: a release, an end of a dial, an end of a connection, a place
 * under the total cap, a change of the breaker, the next moment of the connect rate. A release
 * makes its connection idle and then looks for waiters; a waiter queues and then looks for idle
 * connections; so one of the two sees the other.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count is written under the lock
final class WaitingRoom {
  /** {@link #opened} after {@link #close}. */
  static final int NO_SLOT = -1;

  /** {@link #tryTicket} where there is none to be had. */
  static final long NO_TICKET = -1;

  private final EndpointPool pool;
  private final Shared shared;
  private final PoolSettings settings;
  private final Slots slots;

  private final ReentrantLock lock = new InnerLock();

  // Guarded by the lock.
  private final WaitQueues queues;
  private final DialGate gate;
  private final BitSet usedSlots = new BitSet();
  private boolean awaitsMoment; // the housekeeper will come when the connect rate allows a dial
  private long lastUseNanos;

  // Written under the lock, read without.
  private volatile int open;
  private volatile boolean closed;
  private volatile boolean forgotten;

  WaitingRoom(EndpointPool pool, Shared shared, Slots slots, WaitQueues queues) {
    this.pool = pool;
    this.shared = shared;
    this.settings = pool.settings();
    this.slots = slots;
    this.queues = queues;
    this.lastUseNanos = now();
    this.gate = new DialGate(pool.breaker(), settings, shared.rate(), lastUseNanos);
  }

  private long now() {
    return shared.ticker().nanoTime();
  }

  // ---- coming and going ----

  /** Queues a caller and serves whom it can, this one included. */
  void enter(Waiter waiter) {
    int place = 0;
    lock.lock();
    try {
      lastUseNanos = now();
      if (forgotten) {
        waiter.decide(Waiter.FORGOTTEN);
        return;
      }
      if (!closed) {
        queues.addLast(waiter);
        place = queues.waitingLike(waiter);
      }
    } finally {
      lock.unlock();
    }
    if (closed && cancel(waiter)) {
      waiter.decide(pool.failures().managerClosed());
      return;
    }
    settle();
    if (place > settings.maxPending() && isBeyondBound(waiter) && cancel(waiter)) {
      waiter.decide(pool.failures().queueFull());
    }
  }

  private boolean isBeyondBound(Waiter waiter) {
    return queues.waitingLike(waiter) > settings.maxPending() && waiter.outcome() == null;
  }

  /** Takes a waiter out of the queue; false if it has been served, and its outcome is there. */
  boolean cancel(Waiter waiter) {
    lock.lock();
    try {
      if (waiter.queued) {
        queues.remove(waiter);
      }
      return waiter.outcome() == null;
    } finally {
      lock.unlock();
    }
  }

  /** Fails a waiter that is in the queue; false if it is not, or not yet. */
  boolean fail(Waiter waiter, IOException failure) {
    lock.lock();
    try {
      if (!waiter.queued) {
        return false;
      }
      serve(waiter, failure);
    } finally {
      lock.unlock();
    }
    waiter.wake();
    return true;
  }

  /**
   * A waiter was given a connection that turned out dead: it has its place in the queue again.
   * Settle after it.
   */
  void comesBack(Waiter waiter) {
    waiter.reset();
    lock.lock();
    try {
      if (!closed) {
        queues.addBack(waiter);
      }
    } finally {
      lock.unlock();
    }
    if (closed && cancel(waiter)) {
      waiter.decide(pool.failures().managerClosed());
    }
  }

  /**
   * The dead connection of a waiter that came back is closed. Its places become a ticket for the
   * first in line, so that no other endpoint takes the one under the total cap.
   *
   * @return whether they do; if not, since the waiter has been served or there is no leave to dial
   *     now, they are free. Settle after it
   */
  boolean passOn(Waiter waiter, int slot) {
    Waiter served;
    lock.lock();
    try {
      if (closed || !waiter.queued || gate.refuses() || !gate.hasPlace()) {
        return false;
      }
      if (gate.waitNanos(shared.ticker()) > 0) {
        return false;
      }
      freeSlot(slot);
      served = serve(queues.firstForPool(), Waiter.TICKET);
    } finally {
      lock.unlock();
    }
    served.wake();
    return true;
  }

  // ---- serving ----

  /**
   * Serves waiters in order with what there is, until there is nothing left to give. Hold no lock.
   *
   * @return whether a place under the total cap was needed
   */
  boolean settle() {
    boolean needed = false;
    for (; ; ) {
      Waiter served;
      boolean capped = false;
      long momentIn = 0;
      lock.lock();
      try {
        served = serveIdle();
        if (served == null && gate.refuses()) {
          served = refuse();
        } else if (served == null) {
          Waiter next = nextToDial();
          momentIn = next == null ? 0 : gate.waitNanos(shared.ticker());
          if (next != null && momentIn == 0) {
            capped = next.isForPool() && !shared.total().tryTake();
            // One who needs no place under the cap does not wait behind one who does.
            served = serve(capped ? queues.firstForDials() : next, Waiter.TICKET);
          }
        }
        momentIn = awaitsMoment ? 0 : momentIn;
        awaitsMoment |= momentIn > 0;
      } finally {
        lock.unlock();
      }
      needed |= capped;
      if (momentIn > 0) {
        shared.housekeeper().schedule(momentIn, this::momentHasCome);
      }
      if (served != null) {
        served.wake();
      } else if (!capped) {
        return needed;
      } else if (!pool.makeRoom()) {
        return true;
      }
    }
  }

  private void momentHasCome() {
    lock.lock();
    try {
      awaitsMoment = false;
    } finally {
      lock.unlock();
    }
    settle();
  }

  /** Gives an idle connection to who waits for one longest. Under the lock. */
  private Waiter serveIdle() {
    Waiter first = queues.firstForPool();
    PooledConnection idle = first == null ? null : slots.claim();
    return idle == null ? null : serve(first, idle);
  }

  /** The waiter, null if there is none. Under the lock. */
  private Waiter serve(Waiter waiter, Object gift) {
    if (waiter != null) {
      if (gift == Waiter.TICKET) {
        gate.take(waiter.isForPool());
      }
      queues.remove(waiter);
      waiter.decide(gift);
    }
    return waiter;
  }

  /**
   * Turns away one who waits in vain while the breaker is open: who waits for the pool may still
   * get a connection that is leased now. Under the lock.
   */
  private Waiter refuse() {
    Waiter dialler = queues.firstForDials();
    return serve(dialler == null && open == 0 ? queues.firstForPool() : dialler, Waiter.REFUSED);
  }

  /** Who came first of those whom a dial can serve; null if none may dial. Under the lock. */
  private Waiter nextToDial() {
    if (closed || forgotten || !gate.hasPlace()) {
      return null;
    }
    return WaitQueues.earlier(isBelowCap() ? queues.firstForPool() : null, queues.firstForDials());
  }

  /** Under the lock. */
  private boolean isBelowCap() {
    return open + gate.pooled() < settings.maxPerEndpoint();
  }

  // ---- tickets and places ----

  /**
   * A ticket for work in the background, after everybody who waits.
   *
   * @return 0 if there is one; the nanoseconds after which the connect rate allows one; {@link
   *     #NO_TICKET}
   */
  long tryTicket() {
    return tryTicket(settings.maxPerEndpoint());
  }

  /**
   * The same, but none where so many connections are open or being dialled already: others dial
   * meanwhile, so the count and the ticket are one decision.
   */
  long tryTicket(int wanted) {
    lock.lock();
    try {
      if (!queues.isEmpty() || gate.refuses() || closed || forgotten) {
        return NO_TICKET;
      }
      if (!gate.hasPlace() || !isBelowCap() || open + gate.pooled() >= wanted) {
        return NO_TICKET;
      }
      long momentIn = gate.waitNanos(shared.ticker());
      if (momentIn == 0) {
        if (!shared.total().tryTake()) {
          return NO_TICKET;
        }
        gate.take(true);
      }
      return momentIn;
    } finally {
      lock.unlock();
    }
  }

  /** A ticket has come to its end without a connection for the pool. Settle after it. */
  void ticketEnded(boolean forPool) {
    lock.lock();
    try {
      gate.giveBack(forPool);
      lastUseNanos = now();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A ticket has become a connection, which has its place from now on. Settle after it.
   *
   * @return its slot; {@link #NO_SLOT} if the room is closed, and there is no place for it
   */
  int opened() {
    lock.lock();
    try {
      gate.giveBack(true);
      if (closed) {
        return NO_SLOT;
      }
      int slot = usedSlots.nextClearBit(0);
      usedSlots.set(slot);
      open++;
      return slot;
    } finally {
      lock.unlock();
    }
  }

  /** A connection has ended, and its slot is empty. Settle after it. */
  void ended(int slot) {
    lock.lock();
    try {
      freeSlot(slot);
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void freeSlot(int slot) {
    usedSlots.clear(slot);
    open--;
    lastUseNanos = now();
  }

  // ---- the end ----

  /** Refuses newcomers, and fails who waits, each with a failure of its own. */
  void close(Supplier<IOException> failure) {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    Waiter failed = failFirst(failure.get());
    while (failed != null) {
      failed.wake();
      failed = failFirst(failure.get());
    }
  }

  /** The waiter that was failed, null if there is none. */
  private Waiter failFirst(IOException failure) {
    lock.lock();
    try {
      return serve(WaitQueues.earlier(queues.firstForPool(), queues.firstForDials()), failure);
    } finally {
      lock.unlock();
    }
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
      if (open > 0 || gate.inFlight() > 0 || !queues.isEmpty()) {
        return -1;
      }
      long left = settings.forgetAfter().toNanos() - (now() - lastUseNanos);
      if (left <= 0) {
        forgotten = true;
      }
      return Math.max(0, left);
    } finally {
      lock.unlock();
    }
  }

  // ---- what is known of it ----

  boolean isClosed() {
    return closed;
  }

  /** Whether nobody can come any more: it is closed, or the endpoint was forgotten. */
  boolean isOver() {
    return closed || forgotten;
  }

  int waiting() {
    return queues.waiting();
  }

  int open() {
    return open;
  }

  /** Dials in flight, those of connections outside of the pool included. */
  int dialling() {
    return gate.inFlight();
  }

  /** Connections of the pool, those being dialled included. */
  int openOrDialling() {
    lock.lock();
    try {
      return open + gate.pooled();
    } finally {
      lock.unlock();
    }
  }
}
