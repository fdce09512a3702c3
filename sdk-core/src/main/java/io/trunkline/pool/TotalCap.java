package io.trunkline.pool;

import io.trunkline.time.Deadline;
import io.trunkline.time.InnerLock;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The places for connections over all endpoints, and the pools that wait for one. Thread-safe. */
final class TotalCap {
  private final int max;
  private final AtomicInteger taken = new AtomicInteger();
  private final ConcurrentLinkedQueue<EndpointPool> starved = new ConcurrentLinkedQueue<>();
  private final AtomicInteger starvedCount = new AtomicInteger();

  private final ReentrantLock emptyLock = new InnerLock();
  private final Condition empty = emptyLock.newCondition();

  TotalCap(int max) {
    this.max = max;
  }

  int max() {
    return max;
  }

  int taken() {
    return taken.get();
  }

  boolean tryTake() {
    for (; ; ) {
      int seen = taken.get();
      if (seen >= max) {
        return false;
      }
      if (taken.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  /** Gives a place back, and has a pool that waits for one try again. Hold no lock. */
  void give() {
    if (taken.decrementAndGet() == 0) {
      emptyLock.lock();
      try {
        empty.signalAll();
      } finally {
        emptyLock.unlock();
      }
    }
    serveStarved();
  }

  /** Remembers a pool whose waiters need a place. */
  void starve(EndpointPool pool) {
    if (pool.starved.compareAndSet(false, true)) {
      starved.add(pool);
      starvedCount.incrementAndGet();
    }
  }

  boolean hasStarved() {
    return starvedCount.get() > 0;
  }

  /**
   * Something may have changed for the pools that wait: each that no longer needs a place lets the
   * next one try.
   */
  void serveStarved() {
    for (int left = starvedCount.get(); left > 0; left--) {
      EndpointPool pool = starved.poll();
      if (pool == null) {
        return;
      }
      starvedCount.decrementAndGet();
      pool.starved.set(false);
      if (pool.room().settle()) {
        return;
      }
    }
  }

  /** Waits until no place is taken; whether that came in time. */
  boolean awaitEmpty(Deadline deadline) throws InterruptedException {
    emptyLock.lock();
    try {
      while (taken.get() > 0) {
        long left = deadline.remainingNanos();
        if (left == 0) {
          return false;
        }
        empty.await(left, TimeUnit.NANOSECONDS);
      }
      return true;
    } finally {
      emptyLock.unlock();
    }
  }
}
