package io.trunkline.okhttp;

import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What an adapter was built with. Thread-safe.
 *
 * @param pool what is the same for all endpoints: the cap in all, and the idle timeout
 * @param pools caps, acquire timeout, age and uses of each endpoint
 */
record OkHttpSettings(
    PoolSettings pool,
    Function<Endpoint, PoolSettings> pools,
    boolean nativeTimeouts,
    CallListener listener) {
  int maxConnections() {
    return pool.maxTotal();
  }

  Duration idleTimeout() {
    return pool.idleTimeout();
  }

  int maxConnectionsPerEndpoint(Endpoint endpoint) {
    return pools.apply(endpoint).maxPerEndpoint();
  }

  int maxPending(Endpoint endpoint) {
    return pools.apply(endpoint).maxPending();
  }

  Duration acquireTimeout(Endpoint endpoint) {
    return pools.apply(endpoint).acquireTimeout();
  }

  long acquireTimeoutNanos(Endpoint endpoint) {
    return saturated(acquireTimeout(endpoint));
  }

  int maxUses(Endpoint endpoint) {
    return pools.apply(endpoint).maxUses();
  }

  /** Without use for so long, an endpoint that has no connection is forgotten. */
  Duration forgetAfter(Endpoint endpoint) {
    return pools.apply(endpoint).forgetAfter();
  }

  /** How old one connection may become: less for some, so that not all end together. */
  long ageLimitNanos(Endpoint endpoint) {
    PoolSettings its = pools.apply(endpoint);
    if (its.maxLifetime().isZero()) {
      return Long.MAX_VALUE;
    }
    long limit = saturated(its.maxLifetime());
    long spread = limit / 100 * its.lifetimeJitterPercent();
    return spread == 0 ? limit : limit - ThreadLocalRandom.current().nextLong(spread + 1);
  }

  private static long saturated(Duration duration) {
    return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0
        ? Long.MAX_VALUE
        : Math.max(0, TimeUnit.NANOSECONDS.convert(duration));
  }
}
