package io.trunkline.benchmarks;

import io.trunkline.net.Endpoint;
import java.time.Duration;
import java.util.stream.IntStream;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;

/** The keyed pool of Apache Commons Pool 2, with connections that are none. */
final class CommonsPool implements LeasePool {
  private final GenericKeyedObjectPool<Endpoint, Connection> pool;
  private final Endpoint[] endpoints;

  private record Connection(Endpoint endpoint) {}

  private static final class Factory extends BaseKeyedPooledObjectFactory<Endpoint, Connection> {
    @Override
    public Connection create(Endpoint endpoint) {
      return new Connection(endpoint);
    }

    @Override
    public PooledObject<Connection> wrap(Connection connection) {
      return new DefaultPooledObject<>(connection);
    }
  }

  CommonsPool(int endpoints, int each) throws Exception {
    this.endpoints =
        IntStream.range(0, endpoints).mapToObj(ManyEndpoints::endpoint).toArray(Endpoint[]::new);
    GenericKeyedObjectPoolConfig<Connection> settings = new GenericKeyedObjectPoolConfig<>();
    settings.setMaxTotalPerKey(each);
    settings.setMaxIdlePerKey(each);
    settings.setMinIdlePerKey(each);
    settings.setMaxTotal(endpoints * each);
    settings.setMaxWait(Duration.ofSeconds(LIMIT_SECONDS));
    settings.setJmxEnabled(false);
    pool = new GenericKeyedObjectPool<>(new Factory(), settings);
    for (Endpoint endpoint : this.endpoints) {
      pool.preparePool(endpoint);
    }
  }

  @Override
  public Object acquire(int endpoint) throws Exception {
    return pool.borrowObject(endpoints[endpoint]);
  }

  @Override
  public void release(Object lease) {
    Connection connection = (Connection) lease;
    pool.returnObject(connection.endpoint(), connection);
  }

  @Override
  public void close() {
    pool.close();
  }
}
