package io.trunkline.net;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * One endpoint's pool at one moment.
 *
 * @param endpoint whose pool it is
 * @param counts its numbers
 * @param addresses the addresses that are known for it now; empty before the first dial
 * @param breaker its circuit breaker; empty if there is none
 * @param lastFailure the latest failed dial
 * @param connections each open connection
 */
public record EndpointSnapshot(
    Endpoint endpoint,
    EndpointCounts counts,
    List<InetSocketAddress> addresses,
    Optional<BreakerSnapshot> breaker,
    Optional<FailedDial> lastFailure,
    List<ConnectionSnapshot> connections) {

  /** Connections that callers hold. */
  public int active() {
    return counts.active();
  }

  /** Connections that wait in the pool. */
  public int idle() {
    return counts.idle();
  }

  /** Dials in flight. */
  public int dialling() {
    return counts.dialling();
  }

  /** Callers in the queue. */
  public int waiting() {
    return counts.waiting();
  }

  /** The cap of this endpoint. */
  public int maxConnections() {
    return counts.maxConnections();
  }

  /** Leases granted since the endpoint came into use. */
  public long leases() {
    return counts.leases();
  }

  /** How many leases were served by a connection that had served before. */
  public long reuses() {
    return counts.reuses();
  }

  /** Connections established. */
  public long handshakes() {
    return counts.handshakes();
  }

  /** Dials that failed. */
  public long failedDials() {
    return counts.failedDials();
  }

  /** Connections closed by the pool while idle or at release. */
  public long evicted() {
    return counts.evicted();
  }

  /** Connections closed because a lease was closed without release, or failed. */
  public long discarded() {
    return counts.discarded();
  }

  /** Leases that were never closed and were found. */
  public long leaked() {
    return counts.leaked();
  }

  /** The part of all leases that cost no handshake, 0 to 1; 0 where there was no lease. */
  public double reuseRatio() {
    return counts.reuseRatio();
  }
}
