package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.util.Set;

/**
 * Whoever holds connections to the addresses of an {@link AddressBook}. Called outside of its
 * locks, from many threads; must not block.
 */
public interface AddressUser {
  /** Whether there are connections or dials to the endpoint, so that it is kept up to date. */
  boolean isInUse(Endpoint endpoint);

  /** How many connections of the endpoint are open to the address. */
  int load(Endpoint endpoint, InetSocketAddress address);

  /**
   * The endpoint has these addresses now and no others. Told after a complete answer that is not
   * the one before, one call after the other for each endpoint; never after a failed lookup. A dial
   * under way may still reach an address that is not among them.
   */
  void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current);
}
