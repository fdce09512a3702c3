package io.trunkline.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pool of somebody else's, such as that of an HTTP client, whose connections a connection manager
 * dials. Once attached to the manager its numbers are told with the manager's own, and it is told
 * what its connections must follow. Thread-safe; called outside of every lock of the manager. No
 * method but {@link #close} may block.
 */
public interface ConnectionHolder {
  /** The numbers of each endpoint that it has connections to or callers for. Reads memory only. */
  Map<Endpoint, EndpointCounts> counts();

  /** Each of its connections to the endpoint. May ask the kernel. */
  List<ConnectionSnapshot> connections(Endpoint endpoint);

  /** How many of its connections to the endpoint are open to one address. */
  int load(Endpoint endpoint, InetSocketAddress address);

  /** All its connections to the endpoint are to end: idle ones now, others when they are idle. */
  void drain(Endpoint endpoint);

  /** The endpoint has these addresses now: connections to others are to end, as in a drain. */
  void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current);

  /**
   * The manager is being closed: idle connections are to end now, others when they are idle, and
   * what is left after the time is to be cut.
   *
   * @throws InterruptedException if the thread was interrupted; then all are cut
   */
  void close(Duration timeout) throws InterruptedException;
}
