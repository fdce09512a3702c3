package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where a dial gets its addresses from, and who is told how they did. Thread-safe. */
interface Addresses {
  /**
   * The resolved addresses of an endpoint, in the order in which they are to be tried. Never
   * blocks.
   *
   * @return the caller's own future: cancelling it disturbs nobody else
   */
  CompletableFuture<List<InetSocketAddress>> of(Endpoint endpoint);

  /** The address took a handshake. */
  default void succeeded(InetSocketAddress address) {}

  /**
   * The address did not answer, refused, or was overtaken by one that was tried after it: for a
   * while it is tried after the others. It says something of the order only.
   */
  default void failed(InetSocketAddress address) {}
}
