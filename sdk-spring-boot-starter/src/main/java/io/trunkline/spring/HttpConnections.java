package io.trunkline.spring;

import io.trunkline.net.Endpoint;
import java.io.IOException;

/** The connections of HTTP clients, which have a pool of their own. Thread-safe. */
public interface HttpConnections {
  /** Whether HTTP clients have connections to the endpoint, or had lately. */
  boolean has(Endpoint plain);

  /**
   * Opens connections where the next calls will find them.
   *
   * @param connections how many are to be open in all
   * @return how many are open
   * @throws IOException the first failure, if none is open
   */
  int warmUp(Endpoint plain, int connections) throws IOException;
}
