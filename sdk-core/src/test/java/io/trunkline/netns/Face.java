package io.trunkline.netns;

import java.io.IOException;
import java.net.URI;

/**
 * One of the ways into the library, as an HTTP/1.1 client that keeps its connections. Made with a
 * manager and a limit in milliseconds for each read, write and TLS handshake.
 */
interface Face extends AutoCloseable {
  /**
   * Sends a request and reads its answer.
   *
   * @param bodyBytes of a POST; negative for a GET
   * @return the local port that it came from
   */
  int exchange(URI url, int bodyBytes) throws IOException;

  /** Closes what is idle. */
  @Override
  void close();
}
