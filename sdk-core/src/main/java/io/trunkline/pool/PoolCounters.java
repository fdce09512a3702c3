package io.trunkline.pool;

import io.trunkline.observe.CloseReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What happened in one pool so far. Leases are counted by each connection, which costs a lease
 * nothing.
 */
final class PoolCounters {
  final AtomicLong handshakes = new AtomicLong();
  final AtomicLong failedDials = new AtomicLong();

  /** Connections that ended; each reason is there from the beginning. */
  private final Map<CloseReason, AtomicLong> closed = new EnumMap<>(CloseReason.class);

  /** Of connections that are closed: their leases, and how many of them had any. */
  final AtomicLong pastLeases = new AtomicLong();

  final AtomicLong pastUsedConnections = new AtomicLong();

  PoolCounters() {
    for (CloseReason reason : CloseReason.values()) {
      closed.put(reason, new AtomicLong());
    }
  }

  /** A connection goes; keeps its leases. */
  void closed(CloseReason reason, long uses) {
    closed.get(reason).incrementAndGet();
    pastLeases.addAndGet(uses);
    if (uses > 0) {
      pastUsedConnections.incrementAndGet();
    }
  }

  long closed(CloseReason reason) {
    return closed.get(reason).get();
  }

  /** Connections that the pool closed, for whatever reason of its own. */
  long evicted() {
    long evicted = 0;
    for (CloseReason reason : closed.keySet()) {
      if (reason != CloseReason.DISCARDED && reason != CloseReason.LEAKED) {
        evicted += closed(reason);
      }
    }
    return evicted;
  }
}
