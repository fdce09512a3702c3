package io.trunkline.pool;

/**
 * Who waits for one endpoint, in two queues: those who take a connection of the pool, and those who
 * only dial. Each is strictly in order; where a dial could serve either, it serves who came first.
 * So neither waits for what only the other lacks. Guarded by the lock of the pool; the counts may
 * be read without.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts are written under the lock of the pool
final class WaitQueues {
  private final WaitQueue forPool = new WaitQueue();
  private final WaitQueue forDials = new WaitQueue();
  private long order;
  private volatile int waitingForPool;
  private volatile int waitingForDials;

  /** The first of those who take a connection of the pool; null if there is none. */
  Waiter firstForPool() {
    return forPool.first();
  }

  /** The first of those who only dial; null if there is none. */
  Waiter firstForDials() {
    return forDials.first();
  }

  /** Of two, either of them null, who came first. */
  static Waiter earlier(Waiter one, Waiter other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.order - other.order < 0 ? one : other;
  }

  void addLast(Waiter waiter) {
    waiter.order = order++;
    queueOf(waiter).addLast(waiter);
    count(waiter, 1);
  }

  /** For one that was served and comes back with empty hands through no fault of its own. */
  void addBack(Waiter waiter) {
    queueOf(waiter).addBack(waiter);
    count(waiter, 1);
  }

  void remove(Waiter waiter) {
    queueOf(waiter).remove(waiter);
    count(waiter, -1);
  }

  private WaitQueue queueOf(Waiter waiter) {
    return waiter.isForPool() ? forPool : forDials;
  }

  private void count(Waiter waiter, int change) {
    if (waiter.isForPool()) {
      waitingForPool += change;
    } else {
      waitingForDials += change;
    }
  }

  /** How many wait for what this waiter waits for. */
  int waitingLike(Waiter waiter) {
    return waiter.isForPool() ? waitingForPool : waitingForDials;
  }

  int waitingForPool() {
    return waitingForPool;
  }

  int waiting() {
    return waitingForPool + waitingForDials;
  }

  boolean isEmpty() {
    return forPool.first() == null && forDials.first() == null;
  }
}
