package io.trunkline.net;

import java.util.List;
import java.util.Optional;

/**
 * A connection manager at one moment.
 *
 * @param transport which transport runs, and why
 * @param openConnections connections open or being dialled, over all endpoints
 * @param maxConnections the cap over all endpoints
 * @param endpoints the endpoints in use
 */
public record ManagerSnapshot(
    TransportInfo transport,
    int openConnections,
    int maxConnections,
    List<EndpointSnapshot> endpoints) {

  /** The snapshot of one endpoint, empty if it is not in use. */
  public Optional<EndpointSnapshot> endpoint(Endpoint wanted) {
    return endpoints.stream().filter(each -> each.endpoint().equals(wanted)).findFirst();
  }

  /** A table of several lines, for people: each endpoint, and under it each connection. */
  @Override
  public String toString() {
    return SnapshotTable.of(this);
  }
}
