package io.trunkline;

import java.io.IOException;

/**
 * A request and its whole answer over one lease.
 *
 * @param <T> what it gives back
 */
@FunctionalInterface
public interface Exchange<T> {
  /**
   * Sends the request and reads all of the answer. It need neither release nor close the lease. It
   * may be run again, over another lease, where {@link ConnectionManager#call} says so: whatever it
   * reads the request from must then be at its beginning.
   *
   * @throws IOException if that failed; the connection is closed then
   */
  T run(Lease lease) throws IOException;
}
