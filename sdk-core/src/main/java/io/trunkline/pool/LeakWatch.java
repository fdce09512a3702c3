package io.trunkline.pool;

import io.trunkline.time.Reaper;
import java.lang.ref.Cleaner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds leases that were never closed. One small object stands for the lease: it is with the
 * connection while idle and with the lease while leased, so it becomes unreachable exactly when a
 * lease is forgotten. One registration serves the whole life of the connection, and a lease costs
 * nothing for it.
 */
final class LeakWatch implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LeakWatch.class);

  private final PooledConnection connection;
  private volatile Cleaner.Cleanable registration;
  private volatile boolean ended;

  LeakWatch(PooledConnection connection) {
    this.connection = connection;
  }

  /** The object to hand around; this watch does not refer to it. */
  Object hold() {
    Object hold = new Object();
    registration = Reaper.register(hold, this);
    return hold;
  }

  /** The lease was forgotten. */
  @Override
  public void run() {
    if (ended || !connection.pool.reclaim(connection)) {
      return;
    }
    String endpoint = connection.pool.endpoint().toString();
    if (connection.acquiredAt() == null) {
      LOG.warn(
          "A lease on {} was never closed; its connection is closed now. Close each lease, best with"
              + " try-with-resources. The setting pool.leak-stacks shows where it was acquired.",
          endpoint);
    } else {
      LOG.warn(
          "A lease on {} was never closed; its connection is closed now. Close each lease, best with"
              + " try-with-resources.",
          endpoint,
          connection.acquiredAt());
    }
  }

  /** The connection is closed: nothing to find any more. */
  void end() {
    ended = true;
    registration.clean();
  }
}
