package io.trunkline.benchmarks;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/** Reactor's pool, with connections that are none; the caller blocks until it has one. */
final class ReactorPool implements LeasePool {
  private static final Duration LIMIT = Duration.ofSeconds(LIMIT_SECONDS);

  private final InstrumentedPool<Object> pool;

  ReactorPool(int connections) {
    pool =
        PoolBuilder.from(Mono.fromSupplier(Object::new))
            .sizeBetween(connections, connections)
            .idleResourceReuseMruOrder()
            .buildPool();
    pool.warmup().block(LIMIT);
  }

  @Override
  public Object acquire(int endpoint) {
    return pool.acquire().block(LIMIT);
  }

  @Override
  public void release(Object lease) {
    ((PooledRef<?>) lease).release().block(LIMIT);
  }

  @Override
  public void close() {
    pool.disposeLater().block(LIMIT);
  }
}
