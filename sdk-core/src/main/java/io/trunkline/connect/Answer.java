package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a resolver said of an endpoint.
 *
 * @param addresses at least one, resolved, each once
 * @param complete false if the resolver named a host that could not be looked up, so that an
 *     address that is missing here need not have been withdrawn
 */
record Answer(List<InetSocketAddress> addresses, boolean complete) {
  /**
   * Asks the resolver. Blocks.
   *
   * @throws UnknownHostException if there is no address
   */
  static Answer ask(EndpointResolver resolver, Endpoint endpoint) throws IOException {
    List<InetSocketAddress> given = resolver.resolve(endpoint);
    if (given == null) {
      throw new IOException("the resolver returned null for " + endpoint);
    }
    Set<InetSocketAddress> addresses = new LinkedHashSet<>();
    UnknownHostException failed = null;
    for (InetSocketAddress each : given) {
      if (each == null) {
        throw new IOException("the resolver returned a null address for " + endpoint);
      }
      int port = each.getPort() == 0 ? endpoint.port() : each.getPort();
      try {
        for (InetAddress ip : ips(each)) {
          addresses.add(new InetSocketAddress(unmapped(ip), port));
        }
      } catch (UnknownHostException unknown) {
        failed = unknown;
      }
    }
    if (addresses.isEmpty()) {
      throw failed != null ? failed : new UnknownHostException(endpoint.host());
    }
    return new Answer(List.copyOf(addresses), failed == null);
  }

  private static InetAddress[] ips(InetSocketAddress address) throws UnknownHostException {
    return address.isUnresolved()
        ? InetAddress.getAllByName(address.getHostString())
        : new InetAddress[] {address.getAddress()};
  }

  /**
   * An IPv4-mapped address is IPv4 on the wire, and the peer's address of a connection to it is
   * IPv4.
   */
  private static InetAddress unmapped(InetAddress ip) throws UnknownHostException {
    InetAddress plain = InetAddress.getByAddress(ip.getAddress());
    return plain.getClass() == ip.getClass() ? ip : plain;
  }
}
