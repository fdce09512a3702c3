package io.trunkline.spring.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.okhttp3.OkHttpConnectionPoolMetrics;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import okhttp3.ConnectionPool;

/** The meters of OkHttp's pool. A registry holds only weakly what it asks: so it is held here. */
final class PoolMeters implements MeterBinder {
  private final Supplier<ConnectionPool> pool;
  private final List<OkHttpConnectionPoolMetrics> bound = new CopyOnWriteArrayList<>();

  PoolMeters(Supplier<ConnectionPool> pool) {
    this.pool = pool;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    OkHttpConnectionPoolMetrics meters = new OkHttpConnectionPoolMetrics(pool.get());
    meters.bindTo(registry);
    bound.add(meters);
  }
}
