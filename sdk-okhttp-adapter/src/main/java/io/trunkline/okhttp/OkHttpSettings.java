package io.trunkline.okhttp;

import io.trunkline.config.PoolSettings;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What an adapter was built with. Immutable. */
record OkHttpSettings(
    int maxConnectionsPerEndpoint,
    int maxConnections,
    int maxPending,
    Duration acquireTimeout,
    Duration maxAge,
    int ageJitterPercent,
    Duration idleTimeout,
    int maxUses,
    boolean nativeTimeouts,
    CallListener listener) {

  /** As the pools of the manager. */
  static OkHttpSettings of(PoolSettings pool) {
    return new OkHttpSettings(
        pool.maxPerEndpoint(),
        pool.maxTotal(),
        pool.maxPending(),
        pool.acquireTimeout(),
        pool.maxLifetime(),
        pool.lifetimeJitterPercent(),
        pool.idleTimeout(),
        pool.maxUses(),
        false,
        CallListener.NONE);
  }

  long acquireTimeoutNanos() {
    return saturated(acquireTimeout);
  }

  /** How old one connection may become: less for some, so that not all end together. */
  long ageLimitNanos() {
    if (maxAge.isZero()) {
      return Long.MAX_VALUE;
    }
    long limit = saturated(maxAge);
    long spread = limit / 100 * ageJitterPercent;
    return spread == 0 ? limit : limit - ThreadLocalRandom.current().nextLong(spread + 1);
  }

  private static long saturated(Duration duration) {
    return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0
        ? Long.MAX_VALUE
        : Math.max(0, TimeUnit.NANOSECONDS.convert(duration));
  }

  OkHttpSettings withMaxConnectionsPerEndpoint(int value) {
    return new OkHttpSettings(
        atLeast("okhttp.max-connections-per-endpoint", 1, value),
        maxConnections,
        maxPending,
        acquireTimeout,
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        listener);
  }

  OkHttpSettings withMaxConnections(int value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        atLeast("okhttp.max-connections", 1, value),
        maxPending,
        acquireTimeout,
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        listener);
  }

  OkHttpSettings withMaxPending(int value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        maxConnections,
        atLeast("okhttp.max-pending", 0, value),
        acquireTimeout,
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        listener);
  }

  OkHttpSettings withAcquireTimeout(Duration value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        maxConnections,
        maxPending,
        positive("okhttp.acquire-timeout", value),
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        listener);
  }

  OkHttpSettings withMaxAge(Duration value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        maxConnections,
        maxPending,
        acquireTimeout,
        notNegative("okhttp.max-age", value),
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        listener);
  }

  OkHttpSettings withNativeTimeouts(boolean value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        maxConnections,
        maxPending,
        acquireTimeout,
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        value,
        listener);
  }

  OkHttpSettings withListener(CallListener value) {
    return new OkHttpSettings(
        maxConnectionsPerEndpoint,
        maxConnections,
        maxPending,
        acquireTimeout,
        maxAge,
        ageJitterPercent,
        idleTimeout,
        maxUses,
        nativeTimeouts,
        notNull("okhttp.listener", value));
  }

  private static int atLeast(String name, int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be " + least + " or more, but was " + value);
    }
    return value;
  }

  private static Duration positive(String name, Duration value) {
    if (notNull(name, value).isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be positive, but was " + value);
    }
    return value;
  }

  private static Duration notNegative(String name, Duration value) {
    if (notNull(name, value).isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, but was " + value);
    }
    return value;
  }

  private static <T> T notNull(String name, T value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must not be null");
    }
    return value;
  }
}
