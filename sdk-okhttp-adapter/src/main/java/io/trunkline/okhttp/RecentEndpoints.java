package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;

/**
 * The endpoints that calls asked for last, so that a host is not looked at letter by letter for
 * each call. Thread-safe without a lock: an endpoint never changes, so whoever sees one sees all of
 * it, and one that is overwritten is made once more.
 */
final class RecentEndpoints {
  private static final int PLACES = 64; // a power of two

  private final Endpoint[] places = new Endpoint[PLACES];

  /**
   * A plain endpoint.
   *
   * @throws IllegalArgumentException as {@link Endpoint#tcp}
   */
  Endpoint of(String host, int port) {
    int place = (31 * host.hashCode() + port) & (PLACES - 1);
    Endpoint known = places[place];
    if (known != null && known.port() == port && known.host().equals(host)) {
      return known;
    }
    Endpoint made = Endpoint.tcp(host, port);
    places[place] = made;
    return made;
  }
}
