package io.trunkline.transport;

import io.trunkline.net.TransportInfo;
import java.io.IOException;

/**
 * How bytes reach the operating system: the one seam between Trunkline and sockets. Thread-safe.
 */
public interface Transport extends AutoCloseable {
  /** Which transport this is, and why it was chosen. */
  TransportInfo info();

  /** A new socket that is not connected and may not have a descriptor yet. */
  TransportSocket open() throws IOException;

  /**
   * Ends the threads of the transport. Its open sockets stay usable on platform threads;
   * idempotent.
   */
  @Override
  void close();
}
