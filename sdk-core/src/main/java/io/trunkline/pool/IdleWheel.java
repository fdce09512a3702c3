package io.trunkline.pool;

import io.trunkline.config.PoolSettings;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.InnerLock;
import io.trunkline.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When to look at which connection: for the idle timeout, the lifetime, and the longest-idle
 * connection of all. A ring of buckets by the time of the next look. A lease does not touch it; a
 * connection that was used since it was put into its bucket is moved when the bucket's turn comes,
 * once per idle timeout at most. So everything is O(1) per connection, and the housekeeper sleeps
 * while there is none.
 */
final class IdleWheel {
  static final int NOT_IN_WHEEL = -1;

  /** Looks per idle timeout; a connection is closed at most two looks late. */
  private static final int PARTS = 32;

  private static final int BUCKETS = PARTS + 3;
  private static final long NEVER = Long.MAX_VALUE;
  private static final Duration WITHOUT_IDLE_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration SHORTEST_PART = Duration.ofMillis(1);

  private final Ticker ticker;
  private final Housekeeper housekeeper;
  private final TotalCap total;
  private final boolean idleEnds;
  private final long horizonNanos;
  private final long partNanos;
  private final long originNanos;

  private final ReentrantLock lock = new InnerLock();
  private final PooledConnection[] heads = new PooledConnection[BUCKETS];
  private long turn; // the part whose bucket is next; guarded by lock
  private int size; // guarded by lock
  private long tickPart = NEVER; // the part that the housekeeper will call for; guarded by lock
  private Runnable cancelTick = () -> {}; // guarded by lock

  IdleWheel(PoolSettings settings, Ticker ticker, Housekeeper housekeeper, TotalCap total) {
    this.ticker = ticker;
    this.housekeeper = housekeeper;
    this.total = total;
    this.idleEnds = !settings.idleTimeout().isZero();
    this.horizonNanos =
        Deadline.saturatedNanos(idleEnds ? settings.idleTimeout() : WITHOUT_IDLE_TIMEOUT);
    this.partNanos = Math.max(SHORTEST_PART.toNanos(), horizonNanos / PARTS);
    this.originNanos = ticker.nanoTime();
  }

  /** The part of time that a moment is in. */
  private long partOf(long nanos) {
    return (nanos - originNanos) / partNanos;
  }

  /**
   * When this connection next needs a look: it is idle too long then, or too old. At release age is
   * looked at anyway.
   */
  private long lookAt(PooledConnection connection, long now) {
    long idleEnd = (connection.isIdle() ? connection.idleSinceNanos : now) + horizonNanos;
    return connection.expiresNanos - idleEnd < 0 ? connection.expiresNanos : idleEnd;
  }

  void add(PooledConnection connection) {
    lock.lock();
    try {
      insert(connection, ticker.nanoTime());
      size++;
      if (connection.isClosed()) {
        unlink(connection); // it ended before it was here to be removed
        size--;
      }
      schedule();
    } finally {
      lock.unlock();
    }
  }

  void remove(PooledConnection connection) {
    lock.lock();
    try {
      if (connection.wheelBucket != NOT_IN_WHEEL) {
        unlink(connection);
        size--;
      }
    } finally {
      lock.unlock();
    }
  }

  private void insert(PooledConnection connection, long now) {
    advanceOverEmpty(partOf(now));
    long at = lookAt(connection, now);
    if (at - now <= 0) {
      at = now + horizonNanos; // it was due, and kept
      long expires = connection.expiresNanos;
      at = expires - now > 0 && expires - at < 0 ? expires : at;
    }
    // A part behind the moment, so that when its turn has come the moment has passed.
    long part = partOf(at) + 1;
    part = Math.max(turn, Math.min(part, turn + BUCKETS - 1));
    int bucket = (int) (part % BUCKETS);
    PooledConnection head = heads[bucket];
    connection.wheelPrevious = null;
    connection.wheelNext = head;
    if (head != null) {
      head.wheelPrevious = connection;
    }
    heads[bucket] = connection;
    connection.wheelBucket = bucket;
  }

  /** So that what is put in now has its place within one round. */
  private void advanceOverEmpty(long nowPart) {
    if (size == 0) {
      turn = Math.max(turn, nowPart);
    }
    while (turn < nowPart && heads[(int) (turn % BUCKETS)] == null) {
      turn++;
    }
  }

  private void unlink(PooledConnection connection) {
    if (connection.wheelPrevious == null) {
      heads[connection.wheelBucket] = connection.wheelNext;
    } else {
      connection.wheelPrevious.wheelNext = connection.wheelNext;
    }
    if (connection.wheelNext != null) {
      connection.wheelNext.wheelPrevious = connection.wheelPrevious;
    }
    connection.wheelPrevious = null;
    connection.wheelNext = null;
    connection.wheelBucket = NOT_IN_WHEEL;
  }

  /** Has the housekeeper call when the next bucket's turn comes. Under the lock. */
  private void schedule() {
    long part = turn;
    while (part < turn + BUCKETS && heads[(int) (part % BUCKETS)] == null) {
      part++;
    }
    if (size == 0 || part >= tickPart) {
      return;
    }
    cancelTick.run();
    tickPart = part;
    long delay = originNanos + part * partNanos - ticker.nanoTime();
    cancelTick = housekeeper.schedule(Math.max(0, delay), this::tick);
  }

  /** Looks at the connections whose time has come. */
  private void tick() {
    List<PooledConnection> due = new ArrayList<>();
    lock.lock();
    try {
      tickPart = NEVER;
      long nowPart = partOf(ticker.nanoTime());
      // Behind a long sleep, one round over all buckets has seen everything.
      turn = Math.max(turn, nowPart - BUCKETS);
      for (; turn <= nowPart; turn++) {
        PooledConnection next;
        for (PooledConnection each = heads[(int) (turn % BUCKETS)]; each != null; each = next) {
          next = each.wheelNext;
          due.add(each);
          unlink(each);
          size--;
        }
      }
    } finally {
      lock.unlock();
    }
    for (PooledConnection connection : due) {
      if (!evictIfDue(connection)) {
        add(connection);
      }
    }
    lock.lock();
    try {
      schedule();
    } finally {
      lock.unlock();
    }
    if (total.hasStarved()) {
      total.serveStarved(); // it may have looked while these were out of the wheel
    }
  }

  /** Whether it needs no further look: it is closed, now or before. */
  private boolean evictIfDue(PooledConnection connection) {
    if (connection.isLeased()) {
      return false;
    }
    long now = ticker.nanoTime();
    boolean tooOld = connection.expiresNanos - now <= 0;
    boolean idleTooLong = idleEnds && now - connection.idleSinceNanos >= horizonNanos;
    return connection.pool.evictIdle(connection, tooOld, idleTooLong);
  }

  /**
   * Takes the connection that was idle longest, to within a part, out of the pool of another
   * endpoint than the given.
   *
   * @return a closed connection whose socket the caller has to close and whose pool to tell; null
   *     if none is idle
   */
  PooledConnection evictLongestIdle(EndpointPool exceptOf) {
    lock.lock();
    try {
      long now = ticker.nanoTime();
      for (long part = turn; part < turn + BUCKETS; part++) {
        int bucket = (int) (part % BUCKETS);
        PooledConnection next;
        for (PooledConnection each = heads[bucket]; each != null; each = next) {
          next = each.wheelNext;
          if (partOf(lookAt(each, now)) + 1 > part) {
            unlink(each); // used since: it is not as old as its bucket
            insert(each, now);
          }
          if (each.wheelBucket == bucket && each.pool != exceptOf && each.tryEvict()) {
            unlink(each);
            size--;
            return each;
          }
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }
}
