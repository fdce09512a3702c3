package io.trunkline;

import java.io.IOException;

/**
 * What is to be done once with each new connection before its first lease: log in, select, read a
 * greeting.
 */
@FunctionalInterface
public interface ConnectionInitializer {
  /**
   * Speaks to the peer over the lease. Runs on the thread that dials, within the time of the dial
   * and of its caller, and may leave an {@linkplain Lease#attach attachment}. It neither releases
   * nor closes the lease.
   *
   * @throws IOException if the connection is not fit for use: it is closed, and the dial fails with
   *     this
   */
  void initialize(Lease lease) throws IOException;
}
