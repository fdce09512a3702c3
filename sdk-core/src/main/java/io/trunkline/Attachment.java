package io.trunkline;

import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.time.Housekeeper;

/** A pool of somebody else's that has joined a manager. Thread-safe. */
public final class Attachment implements AutoCloseable {
  private final ConnectionPools pools;
  private final ConnectionHolder holder;
  private final ConnectionListener listener;
  private final Housekeeper housekeeper;

  Attachment(
      ConnectionPools pools,
      ConnectionHolder holder,
      ConnectionListener listener,
      Housekeeper housekeeper) {
    this.pools = pools;
    this.holder = holder;
    this.listener = listener;
    this.housekeeper = housekeeper;
    pools.attach(holder);
  }

  /**
   * Who is to be told what happens to the leases and connections of the pool: the meters of leases
   * are made of it. What a dial does is told already.
   */
  public ConnectionListener listener() {
    return listener;
  }

  /**
   * Runs an action later on the one thread of the manager that keeps time. It must not block.
   * Nothing runs after the manager was closed.
   */
  public void schedule(long delayNanos, Runnable action) {
    housekeeper.schedule(delayNanos, action);
  }

  /**
   * Has the manager know an endpoint before anything was dialled to it, because callers of the pool
   * wait for it, or were refused: the numbers of an endpoint are told only once it is known. It is
   * forgotten as any other.
   */
  public void meet(Endpoint endpoint) {
    pools.meet(endpoint);
  }

  /** Leaves the manager, which ends no connection. */
  @Override
  public void close() {
    pools.detach(holder);
  }
}
