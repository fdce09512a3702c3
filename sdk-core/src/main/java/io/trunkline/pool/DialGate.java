package io.trunkline.pool;

import io.trunkline.breaker.EndpointBreaker;
import io.trunkline.config.PoolSettings;
import io.trunkline.time.Ticker;

/**
 * What a dial to one endpoint needs beside a place under the caps: the breaker's consent, a place
 * under the storm guard, and its moment under the connect rates. Guarded by the lock of its pool;
 * the counts may be read without.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts are written under the lock of the pool
final class DialGate {
  /**
   * A reserved moment that nobody used for this long is given up, so that many pools cannot keep
   * many.
   */
  private static final long KEPT_NANOS = 1_000_000_000L;

  private final EndpointBreaker breaker;
  private final int mostInFlight;
  private final DialRate ownRate;
  private final DialRate totalRate;

  private boolean reserved;
  private long momentNanos;

  private volatile int pooled;
  private volatile int unpooled;

  DialGate(EndpointBreaker breaker, PoolSettings settings, DialRate totalRate, long now) {
    this.breaker = breaker;
    this.mostInFlight = settings.maxDialsInFlight();
    this.ownRate = new DialRate(settings.dialsPerSecond(), now);
    this.totalRate = totalRate;
  }

  boolean refuses() {
    return breaker.refuses();
  }

  /** Whether another dial may be in flight. */
  boolean hasPlace() {
    return inFlight() < breaker.dialsAllowed(mostInFlight);
  }

  /**
   * Nanoseconds until the rates let the next dial begin; 0 if it may now.
   *
   * @param ticker asked only where a rate is limited
   */
  long waitNanos(Ticker ticker) {
    if (!ownRate.isLimited() && !totalRate.isLimited()) {
      return 0;
    }
    long now = ticker.nanoTime();
    if (reserved && now - momentNanos > KEPT_NANOS) {
      reserved = false;
    }
    if (!reserved) {
      long own = ownRate.reserve(now);
      long total = totalRate.reserve(now);
      momentNanos = own - total > 0 ? own : total;
      reserved = true;
    }
    return Math.max(0, momentNanos - now);
  }

  /** A dial begins, of a connection for the pool or for a caller of its own. */
  void take(boolean forPool) {
    reserved = false;
    if (forPool) {
      pooled++;
    } else {
      unpooled++;
    }
  }

  /** A dial has ended. */
  void giveBack(boolean forPool) {
    if (forPool) {
      pooled--;
    } else {
      unpooled--;
    }
  }

  /** Dials in flight for the pool: each has a place under the caps. */
  int pooled() {
    return pooled;
  }

  /** All dials in flight. */
  int inFlight() {
    return pooled + unpooled;
  }
}
