package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What {@link HeldConnections} knows of one endpoint. Thread-safe. */
final class HeldEndpoint {
  final Endpoint endpoint;

  /** Most connections in use. */
  final int most;

  /** Without use for so long, it is forgotten once it has no connection. */
  final long forgetAfterNanos;

  final Set<CallSocket> sockets = ConcurrentHashMap.newKeySet();

  /** Open or being opened. */
  final AtomicInteger open = new AtomicInteger();

  final AtomicBoolean forgetDue = new AtomicBoolean();
  volatile long lastUseNanos;
  final LongAdder handshakes = new LongAdder();
  final LongAdder leases = new LongAdder();
  final LongAdder reuses = new LongAdder();
  final LongAdder evicted = new LongAdder();
  final LongAdder discarded = new LongAdder();

  HeldEndpoint(Endpoint endpoint, OkHttpSettings settings) {
    this.endpoint = endpoint;
    this.most = settings.maxConnectionsPerEndpoint(endpoint);
    this.forgetAfterNanos = saturated(settings.forgetAfter(endpoint));
  }

  boolean isUnused() {
    return open.get() == 0 && System.nanoTime() - lastUseNanos >= forgetAfterNanos;
  }

  boolean isInUse() {
    return sockets.stream().anyMatch(each -> !each.isIdle());
  }

  /**
   * @param ready connections that no call has used yet
   * @param waiting calls that wait for leave
   */
  EndpointCounts counts(int ready, int waiting) {
    int idle = 0;
    int active = 0;
    for (CallSocket each : sockets) {
      boolean isIdle = each.isIdle();
      idle += isIdle ? 1 : 0;
      active += isIdle ? 0 : 1;
    }
    return new EndpointCounts(
        active,
        idle + ready,
        0, // the manager counts its dials itself, and those that fail
        waiting,
        most,
        leases.sum(),
        reuses.sum(),
        handshakes.sum(),
        0,
        evicted.sum(),
        discarded.sum(),
        0);
  }

  /** Half of what a long holds, so that it can be added to a time. */
  static long saturated(Duration time) {
    return time.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE / 2 : time.toNanos();
  }
}
