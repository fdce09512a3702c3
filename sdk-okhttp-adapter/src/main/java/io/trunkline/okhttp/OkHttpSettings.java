package io.trunkline.okhttp;

import io.trunkline.config.PoolSettings;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * What an adapter was built with. Immutable.
 *
 * @param pool caps, acquire timeout, age and uses: what the pools of the manager have, unless the
 *     adapter was told otherwise
 */
record OkHttpSettings(PoolSettings pool, boolean nativeTimeouts, CallListener listener) {
  int maxConnectionsPerEndpoint() {
    return pool.maxPerEndpoint();
  }

  int maxConnections() {
    return pool.maxTotal();
  }

  int maxPending() {
    return pool.maxPending();
  }

  Duration acquireTimeout() {
    return pool.acquireTimeout();
  }

  long acquireTimeoutNanos() {
    return saturated(pool.acquireTimeout());
  }

  Duration idleTimeout() {
    return pool.idleTimeout();
  }

  int maxUses() {
    return pool.maxUses();
  }

  /** How old one connection may become: less for some, so that not all end together. */
  long ageLimitNanos() {
    if (pool.maxLifetime().isZero()) {
      return Long.MAX_VALUE;
    }
    long limit = saturated(pool.maxLifetime());
    long spread = limit / 100 * pool.lifetimeJitterPercent();
    return spread == 0 ? limit : limit - ThreadLocalRandom.current().nextLong(spread + 1);
  }

  private static long saturated(Duration duration) {
    return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0
        ? Long.MAX_VALUE
        : Math.max(0, TimeUnit.NANOSECONDS.convert(duration));
  }
}
