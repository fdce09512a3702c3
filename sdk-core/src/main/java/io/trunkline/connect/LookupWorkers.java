package io.trunkline.connect;

import io.trunkline.time.Housekeeper;
import io.trunkline.time.Workers;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lookups on a few workers. A lookup cannot be interrupted; while a slow one blocks its worker,
 * another worker does the rest, so that one silent name server does not stand in the way of other
 * names. There is a bound: where more names than that hang, it is the resolver that is down, and no
 * more than some lookups wait behind them.
 */
final class LookupWorkers implements Lookups {
  static final int THREADS = 2;
  static final int MOST_SLOW = 6;

  /** Two threads do as many in some seconds, at 10 ms each: no dial would wait for more. */
  static final int MOST_WAITING = 1_000;

  private final Workers workers;
  private final Housekeeper housekeeper;
  private final long slowAfterNanos;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private int slow;

  /**
   * @param workers run lookups and nothing else; {@link #THREADS} of them
   */
  LookupWorkers(Workers workers, Housekeeper housekeeper, long slowAfterNanos) {
    this.workers = workers;
    this.housekeeper = housekeeper;
    this.slowAfterNanos = slowAfterNanos;
  }

  @Override
  public void run(Runnable lookup, Runnable ifDropped) {
    workers.execute(new Timed(lookup), ifDropped);
  }

  @Override
  public Runnable tryRun(Runnable lookup, Runnable ifDropped) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return null;
    }
    Runnable timed = new Timed(lookup);
    Runnable begins =
        () -> {
          waiting.decrementAndGet();
          timed.run();
        };
    Runnable dropped =
        () -> {
          waiting.decrementAndGet();
          ifDropped.run();
        };
    workers.execute(begins, dropped);
    return () -> {
      if (workers.withdraw(begins, dropped)) {
        waiting.decrementAndGet();
      }
    };
  }

  private final class Timed implements Runnable {
    private final Runnable lookup;

    // Guarded by the lock.
    private boolean isSlow;
    private boolean ended;

    Timed(Runnable lookup) {
      this.lookup = lookup;
    }

    @Override
    public void run() {
      Runnable cancel = housekeeper.schedule(slowAfterNanos, this::becameSlow);
      try {
        lookup.run();
      } finally {
        cancel.run();
        ended();
      }
    }

    private void becameSlow() {
      lock.lock();
      try {
        if (!ended) {
          isSlow = true;
          slow++;
          resize();
        }
      } finally {
        lock.unlock();
      }
    }

    private void ended() {
      lock.lock();
      try {
        ended = true;
        if (isSlow) {
          slow--;
          resize();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Under the lock. */
  private void resize() {
    workers.resize(THREADS + Math.min(slow, MOST_SLOW));
  }
}
