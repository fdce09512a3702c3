package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Is asked right before a socket is opened for an address, whether it came from a resolver or is an
 * IP literal. Thread-safe, and never blocks.
 */
@FunctionalInterface
public interface AddressGuard {
  /** Lets every address pass. */
  AddressGuard ANY = (endpoint, address) -> {};

  /**
   * Looks at an address that is about to be dialled.
   *
   * @throws IOException if it must not be; a {@link io.trunkline.failure.ConnectionFailure}. No
   *     socket is opened for it, and the dial goes on with the next address
   */
  void check(Endpoint endpoint, InetSocketAddress address) throws IOException;
}
