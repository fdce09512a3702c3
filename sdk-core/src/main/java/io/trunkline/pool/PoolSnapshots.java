package io.trunkline.pool;

import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.TlsSummary;
import io.trunkline.observe.CloseReason;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Looks at a pool from outside; no lock is held, the kernel is asked only for connections. */
final class PoolSnapshots {
  private PoolSnapshots() {}

  static EndpointSnapshot of(EndpointPool pool, List<InetSocketAddress> addresses, long now) {
    List<ConnectionSnapshot> connections = new ArrayList<>();
    for (int slot = 0; slot < pool.slots().size(); slot++) {
      PooledConnection each = pool.slots().get(slot);
      if (each != null) {
        connections.add(of(each, now));
      }
    }
    return new EndpointSnapshot(
        pool.endpoint(),
        counts(pool),
        addresses,
        pool.breaker().snapshot(),
        pool.failures().last(now),
        List.copyOf(connections));
  }

  /** The numbers alone: reads memory only, and makes nothing but the result. */
  static EndpointCounts counts(EndpointPool pool) {
    PoolCounters counters = pool.counters();
    int active = 0;
    int idle = 0;
    long leases = counters.pastLeases.get();
    long usedConnections = counters.pastUsedConnections.get();
    for (int slot = 0; slot < pool.slots().size(); slot++) {
      PooledConnection each = pool.slots().get(slot);
      if (each == null) {
        continue;
      }
      boolean leased = each.isLeased();
      active += leased ? 1 : 0;
      idle += leased ? 0 : 1;
      leases += each.uses();
      usedConnections += each.uses() > 0 ? 1 : 0;
    }
    return new EndpointCounts(
        active,
        idle,
        pool.room().dialling(),
        pool.room().waiting(),
        pool.slots().size(),
        leases,
        leases - usedConnections,
        counters.handshakes.get(),
        counters.failedDials.get(),
        counters.evicted(),
        counters.closed(CloseReason.DISCARDED),
        counters.closed(CloseReason.LEAKED));
  }

  private static ConnectionSnapshot of(PooledConnection connection, long now) {
    boolean leased = connection.isLeased();
    return new ConnectionSnapshot(
        (InetSocketAddress) connection.socket().getLocalSocketAddress(),
        (InetSocketAddress) connection.socket().getRemoteSocketAddress(),
        leased,
        Duration.ofNanos(Math.max(0, now - connection.bornNanos)),
        leased ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - connection.idleSinceNanos)),
        connection.uses(),
        connection
            .socket()
            .tlsSession()
            .map(session -> new TlsSummary(session.getProtocol(), session.getCipherSuite())),
        connection.socket().tcpInfo());
  }
}
