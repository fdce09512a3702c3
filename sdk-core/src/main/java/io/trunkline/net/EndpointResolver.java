package io.trunkline.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Service discovery: knows the addresses behind an endpoint. Must be thread-safe. The connection
 * manager caches what it says, asks at most once at a time for each endpoint, and never asks about
 * an endpoint that is an IP literal.
 */
@FunctionalInterface
public interface EndpointResolver {
  /**
   * The addresses of the endpoint, in the order of preference. Runs on a worker and may block; it
   * should end by itself, for until it does the endpoint is not asked about again.
   *
   * @return addresses; one that is {@linkplain InetSocketAddress#isUnresolved unresolved} has its
   *     host name looked up by DNS, and port 0 stands for the port of the endpoint. An empty list
   *     means that the name does not exist.
   * @throws java.net.UnknownHostException if the name does not exist
   * @throws IOException if it could not be found out. What was known before is served on for a
   *     while, after this exception and after an empty list as well.
   */
  List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException;

  /**
   * Asks to be told when the addresses of an endpoint have changed, so that they are looked up
   * again before their time. Runs on a worker before the first lookup, and may block.
   *
   * @param changed to be run after each change; fast, thread-safe, never throws
   * @return ends the subscription, once; must not block. The default has none, and returns an
   *     action that does nothing.
   */
  default Runnable onChange(Endpoint endpoint, Runnable changed) {
    return () -> {};
  }

  /**
   * DNS, the hosts file, and whatever else the system's resolver knows, through {@link
   * InetAddress#getAllByName}. The JDK has a cache of its own beneath, of 30 s by default (security
   * property {@code networkaddress.cache.ttl}).
   */
  static EndpointResolver dns() {
    return endpoint ->
        Arrays.stream(InetAddress.getAllByName(endpoint.host()))
            .map(ip -> new InetSocketAddress(ip, endpoint.port()))
            .toList();
  }
}
