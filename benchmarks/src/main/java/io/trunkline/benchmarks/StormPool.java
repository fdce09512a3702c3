package io.trunkline.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import stormpot.Allocator;
import stormpot.Expiration;
import stormpot.Pool;
import stormpot.Poolable;
import stormpot.Slot;
import stormpot.Timeout;

/** Stormpot, with connections that are none and never expire. */
final class StormPool implements LeasePool {
  private static final Timeout LIMIT = new Timeout(LIMIT_SECONDS, TimeUnit.SECONDS);

  private final Pool<Connection> pool;

  private record Connection(Slot slot) implements Poolable {
    @Override
    public void release() {
      slot.release(this);
    }
  }

  private static final class Connections implements Allocator<Connection> {
    @Override
    public Connection allocate(Slot slot) {
      return new Connection(slot);
    }

    @Override
    public void deallocate(Connection connection) {}
  }

  StormPool(int connections) throws InterruptedException, TimeoutException {
    pool =
        Pool.fromThreaded(new Connections())
            .setSize(connections)
            .setExpiration(Expiration.never())
            .setBackgroundExpirationEnabled(false)
            .build();
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (pool.getManagedPool().getAllocationCount() < connections) {
      if (System.nanoTime() - giveUp > 0) {
        throw new TimeoutException("the pool does not fill");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @Override
  public Object acquire(int endpoint) throws Exception {
    Connection connection = pool.claim(LIMIT);
    if (connection == null) {
      throw new TimeoutException("nothing in the pool");
    }
    return connection;
  }

  @Override
  public void release(Object lease) {
    ((Connection) lease).release();
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
