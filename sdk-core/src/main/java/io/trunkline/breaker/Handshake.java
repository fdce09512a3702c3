package io.trunkline.breaker;

import io.trunkline.net.Endpoint;
import java.io.IOException;

/** One handshake with an endpoint, TLS included where it speaks TLS, and no more. */
@FunctionalInterface
public interface Handshake {
  /**
   * Connects, and closes. Blocks, up to the connect timeout.
   *
   * @throws IOException if the endpoint did not answer well; it implements {@link
   *     io.trunkline.failure.ConnectionFailure}
   */
  void with(Endpoint endpoint) throws IOException;
}
