package io.trunkline.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What happened in one pool so far. Leases are counted by each connection, which costs a lease
 * nothing.
 */
final class PoolCounters {
  final AtomicLong handshakes = new AtomicLong();
  final AtomicLong failedDials = new AtomicLong();
  final AtomicLong evicted = new AtomicLong();
  final AtomicLong discarded = new AtomicLong();
  final AtomicLong leaked = new AtomicLong();

  /** Of connections that are closed: their leases, and how many of them had any. */
  final AtomicLong pastLeases = new AtomicLong();

  final AtomicLong pastUsedConnections = new AtomicLong();

  /** Keeps the leases of a connection that goes. */
  void keep(long uses) {
    pastLeases.addAndGet(uses);
    if (uses > 0) {
      pastUsedConnections.incrementAndGet();
    }
  }
}
