package io.trunkline.pool;

import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.time.Deadline;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The pools of other people whose connections this manager dials. Thread-safe. */
final class Holders {
  private final List<ConnectionHolder> all = new CopyOnWriteArrayList<>();

  void attach(ConnectionHolder holder) {
    all.add(holder);
  }

  void detach(ConnectionHolder holder) {
    all.remove(holder);
  }

  /** Whether one has a connection to the endpoint, or a caller for one. */
  boolean hold(Endpoint endpoint) {
    for (ConnectionHolder each : all) {
      EndpointCounts counts = each.counts().get(endpoint);
      if (counts != null && counts.active() + counts.idle() + counts.waiting() > 0) {
        return true;
      }
    }
    return false;
  }

  int load(Endpoint endpoint, InetSocketAddress address) {
    int load = 0;
    for (ConnectionHolder each : all) {
      load += each.load(endpoint, address);
    }
    return load;
  }

  /** Adds their numbers to those of endpoints that the manager knows itself. */
  void addTo(Map<Endpoint, EndpointCounts> counts) {
    for (ConnectionHolder each : all) {
      each.counts()
          .forEach(
              (endpoint, theirs) ->
                  counts.computeIfPresent(endpoint, (same, ours) -> ours.plus(theirs)));
    }
  }

  EndpointSnapshot addTo(EndpointSnapshot snapshot) {
    if (all.isEmpty()) {
      return snapshot;
    }
    EndpointCounts counts = snapshot.counts();
    List<ConnectionSnapshot> connections = new ArrayList<>(snapshot.connections());
    for (ConnectionHolder each : all) {
      EndpointCounts theirs = each.counts().get(snapshot.endpoint());
      if (theirs != null) {
        counts = counts.plus(theirs);
        connections.addAll(each.connections(snapshot.endpoint()));
      }
    }
    return new EndpointSnapshot(
        snapshot.endpoint(),
        counts,
        snapshot.addresses(),
        snapshot.breaker(),
        snapshot.lastFailure(),
        List.copyOf(connections));
  }

  int openConnections() {
    int open = 0;
    for (ConnectionHolder each : all) {
      for (EndpointCounts counts : each.counts().values()) {
        open += counts.active() + counts.idle();
      }
    }
    return open;
  }

  void drain(Endpoint endpoint) {
    all.forEach(each -> each.drain(endpoint));
  }

  void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
    all.forEach(each -> each.addressesChanged(endpoint, current));
  }

  void close(Deadline deadline) throws InterruptedException {
    for (ConnectionHolder each : all) {
      each.close(Duration.ofNanos(Math.max(0, deadline.remainingNanos())));
    }
  }
}
