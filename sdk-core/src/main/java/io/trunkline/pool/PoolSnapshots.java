package io.trunkline.pool;

import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.EndpointSnapshot;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at a pool from outside; the kernel is asked with no lock held. */
final class PoolSnapshots {
  private PoolSnapshots() {}

  static EndpointSnapshot of(EndpointPool pool, int maxConnections, long now) {
    List<ConnectionSnapshot> connections = new ArrayList<>();
    int active = 0;
    int idle = 0;
    long leases = pool.counters().pastLeases.get();
    long usedConnections = pool.counters().pastUsedConnections.get();
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
      connections.add(of(each, leased, now));
    }
    PoolCounters counters = pool.counters();
    return new EndpointSnapshot(
        pool.endpoint(),
        active,
        idle,
        pool.dialling(),
        pool.waiting(),
        maxConnections,
        leases,
        leases - usedConnections,
        counters.handshakes.get(),
        counters.failedDials.get(),
        counters.evicted.get(),
        counters.discarded.get(),
        counters.leaked.get(),
        Optional.ofNullable(pool.failures().last()),
        List.copyOf(connections));
  }

  private static ConnectionSnapshot of(PooledConnection connection, boolean leased, long now) {
    return new ConnectionSnapshot(
        (InetSocketAddress) connection.socket().getLocalSocketAddress(),
        (InetSocketAddress) connection.socket().getRemoteSocketAddress(),
        leased,
        Duration.ofNanos(Math.max(0, now - connection.bornNanos)),
        leased ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - connection.idleSinceNanos)),
        connection.uses(),
        connection.socket().tcpInfo());
  }
}
