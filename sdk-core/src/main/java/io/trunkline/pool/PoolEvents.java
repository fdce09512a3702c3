package io.trunkline.pool;

import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.Listeners;
import io.trunkline.time.Ticker;

/**
 * Tells the listener what happens to the connections of one pool, and measures what only it wants
 * to know. Where nobody listens nothing is measured. Hold no lock.
 */
final class PoolEvents {
  /** A connection in use is looked at so often at most. */
  private static final long SAMPLED_EVERY_NANOS = 10_000_000_000L;

  private final Endpoint endpoint;
  private final ConnectionListener listener;
  private final Ticker ticker;
  private final boolean observed;
  private final boolean timed;
  private final boolean sampled;

  PoolEvents(Endpoint endpoint, ConnectionListener listener, Ticker ticker) {
    this.endpoint = endpoint;
    this.listener = listener;
    this.ticker = ticker;
    this.observed = listener != Listeners.NONE;
    this.timed = listener.hearsEveryLease();
    this.sampled = listener.hearsSamples();
  }

  /** Whether the ends of leases have to be told, by the exact time. */
  boolean hearsLeases() {
    return timed || sampled;
  }

  /** A lease ends, whose connection the caller owns; only where they are heard. */
  void leaseEnds(PooledConnection connection, long now) {
    tellOfLease(connection, now);
    if (sampled && now - connection.sampledAtNanos >= SAMPLED_EVERY_NANOS) {
      sample(connection, now);
    }
  }

  private void tellOfLease(PooledConnection connection, long now) {
    long since = connection.takeLeasedSince();
    if (since != PooledConnection.NOT_TIMED) {
      listener.released(endpoint, now - since);
    }
  }

  /** A connection has ended, whose socket is still open. */
  void closes(PooledConnection connection, CloseReason reason) {
    if (observed) {
      long now = ticker.nanoTime();
      tellOfLease(connection, now);
      if (sampled) {
        sample(connection, now);
      }
      listener.closed(endpoint, connection.remote, reason, now - connection.bornNanos);
    }
  }

  private void sample(PooledConnection connection, long now) {
    connection.sampledAtNanos = now;
    TcpInfo info = connection.socket().tcpInfo().orElse(null);
    if (info != null) {
      long before = connection.seenRetransmits;
      connection.seenRetransmits = info.totalRetransmits();
      listener.sampled(endpoint, connection.remote, info, info.totalRetransmits() - before);
    }
  }
}
