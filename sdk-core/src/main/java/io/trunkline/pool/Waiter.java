package io.trunkline.pool;

import io.trunkline.time.Deadline;
import java.util.concurrent.locks.LockSupport;

/**
 * A caller in a queue of one pool. What it gets is decided under the lock of the pool: a
 * connection, a ticket to dial, or a failure.
 */
final class Waiter {
  /** Leave to dial one connection: a place under the caps, and one under the storm guard. */
  static final Object TICKET = new Object();

  /** The breaker refuses dials, and no connection can come back to who waits. */
  static final Object REFUSED = new Object();

  /** The pool was forgotten before the waiter came: it asks for the pool again. */
  static final Object FORGOTTEN = new Object();

  private final Thread thread = Thread.currentThread();
  private final boolean forPool;

  /**
   * A PooledConnection, {@link #TICKET}, {@link #REFUSED}, {@link #FORGOTTEN} or an IOException;
   * null while it waits.
   */
  private volatile Object outcome;

  // Guarded by the lock of the pool.
  Waiter previous;
  Waiter next;
  boolean queued;

  /** Its place in the order in which waiters of both kinds came. */
  long order;

  /**
   * @param forPool whether it takes a connection of the pool; else only a ticket, to dial one that
   *     will never be in the pool
   */
  Waiter(boolean forPool) {
    this.forPool = forPool;
  }

  boolean isForPool() {
    return forPool;
  }

  /** By the pool, under its lock; {@link #wake} follows outside. */
  void decide(Object decided) {
    outcome = decided;
  }

  void wake() {
    // Who serves itself does not park any more.
    if (thread != Thread.currentThread()) {
      LockSupport.unpark(thread);
    }
  }

  Object outcome() {
    return outcome;
  }

  /** Before it queues again. */
  void reset() {
    outcome = null;
  }

  /** Parks until decided, interrupted, or out of time; null for the last two. */
  Object await(Deadline deadline) {
    while (outcome == null) {
      long left = deadline.remainingNanos();
      if (left == 0 || thread.isInterrupted()) {
        return null;
      }
      LockSupport.parkNanos(this, left);
    }
    return outcome;
  }
}
