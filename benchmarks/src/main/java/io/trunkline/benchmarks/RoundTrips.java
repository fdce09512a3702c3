package io.trunkline.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What round-trip.sh has made for us, if it has: a peer in a network namespace of its own.
 *
 * @param addresses the peer's, by the round trip to it in milliseconds
 * @param enterPeer the beginning of a command that is to run there
 */
record RoundTrips(Map<Integer, String> addresses, List<String> enterPeer) {

  static RoundTrips of(Map<String, String> environment) {
    Map<Integer, String> addresses = new TreeMap<>();
    for (String trip : environment.getOrDefault("ROUND_TRIPS", "").split(" ", -1)) {
      int equals = trip.indexOf('=');
      if (equals > 0) {
        addresses.put(Integer.valueOf(trip.substring(0, equals)), trip.substring(equals + 1));
      }
    }
    return new RoundTrips(
        addresses,
        List.of("nsenter", "--net", "--target", environment.getOrDefault("ROUND_TRIP_PEER", "")));
  }
}
