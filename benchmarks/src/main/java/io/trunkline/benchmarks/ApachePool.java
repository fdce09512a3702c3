package io.trunkline.benchmarks;

import io.trunkline.net.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.ModalCloseable;
import org.apache.hc.core5.pool.LaxConnPool;
import org.apache.hc.core5.pool.ManagedConnPool;
import org.apache.hc.core5.pool.PoolEntry;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.pool.StrictConnPool;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/** The two pools of Apache HttpCore 5, with connections that are none. */
final class ApachePool implements LeasePool {
  private static final Timeout LIMIT = Timeout.ofSeconds(LIMIT_SECONDS);

  private final ManagedConnPool<Endpoint, Nothing> pool;
  private final Endpoint[] endpoints;

  private static final class Nothing implements ModalCloseable {
    @Override
    public void close(CloseMode mode) {}

    @Override
    public void close() {}
  }

  ApachePool(boolean strict, int endpoints, int each) throws Exception {
    this.endpoints =
        IntStream.range(0, endpoints).mapToObj(ManyEndpoints::endpoint).toArray(Endpoint[]::new);
    pool =
        strict
            ? new StrictConnPool<>(
                each, endpoints * each, TimeValue.NEG_ONE_MILLISECOND, PoolReusePolicy.LIFO, null)
            : new LaxConnPool<>(each, TimeValue.NEG_ONE_MILLISECOND, PoolReusePolicy.LIFO, null);
    List<PoolEntry<Endpoint, Nothing>> all = new ArrayList<>();
    for (int i = 0; i < endpoints * each; i++) {
      PoolEntry<Endpoint, Nothing> entry = lease(i % endpoints);
      entry.assignConnection(new Nothing());
      all.add(entry);
    }
    all.forEach(entry -> pool.release(entry, true));
  }

  private PoolEntry<Endpoint, Nothing> lease(int endpoint) throws Exception {
    return pool.lease(endpoints[endpoint], null, LIMIT, null)
        .get(LIMIT.getDuration(), LIMIT.getTimeUnit());
  }

  @Override
  public Object acquire(int endpoint) throws Exception {
    return lease(endpoint);
  }

  @Override
  @SuppressWarnings("unchecked") // it came from acquire
  public void release(Object lease) {
    pool.release((PoolEntry<Endpoint, Nothing>) lease, true);
  }

  @Override
  public void close() {
    pool.close(CloseMode.IMMEDIATE);
  }
}
