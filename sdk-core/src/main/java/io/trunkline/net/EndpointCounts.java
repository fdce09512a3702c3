package io.trunkline.net;

/**
 * The numbers of one endpoint's pool. Each is exact, but they are not taken at the same instant.
 *
 * @param active connections that callers hold
 * @param idle connections that wait in the pool
 * @param dialling dials in flight
 * @param waiting callers in the queue
 * @param maxConnections the cap of this endpoint
 * @param leases leases granted since the endpoint came into use
 * @param reuses how many of them were served by a connection that had served before
 * @param handshakes connections established
 * @param failedDials dials that failed
 * @param evicted connections closed by the pool while idle or at release
 * @param discarded connections closed because a lease was closed without release, or failed
 * @param leaked leases that were never closed and were found
 */
public record EndpointCounts(
    int active,
    int idle,
    int dialling,
    int waiting,
    int maxConnections,
    long leases,
    long reuses,
    long handshakes,
    long failedDials,
    long evicted,
    long discarded,
    long leaked) {

  /** Both together; the cap is the higher one. */
  public EndpointCounts plus(EndpointCounts other) {
    return new EndpointCounts(
        active + other.active,
        idle + other.idle,
        dialling + other.dialling,
        waiting + other.waiting,
        Math.max(maxConnections, other.maxConnections),
        leases + other.leases,
        reuses + other.reuses,
        handshakes + other.handshakes,
        failedDials + other.failedDials,
        evicted + other.evicted,
        discarded + other.discarded,
        leaked + other.leaked);
  }

  /** The part of all leases that cost no handshake, 0 to 1; 0 where there was no lease. */
  public double reuseRatio() {
    return leases == 0 ? 0 : (double) reuses / leases;
  }
}
