package io.trunkline.pool;

import io.trunkline.time.Deadline;
import java.io.IOException;

/** What is to be done once with a new connection before its first lease. */
@FunctionalInterface
public interface Opener {
  /**
   * Makes the connection fit for use.
   *
   * @param deadline the end of the dial's time
   * @throws IOException if the connection is not fit for use; it is closed then
   */
  void opened(PooledConnection connection, Deadline deadline) throws IOException;
}
