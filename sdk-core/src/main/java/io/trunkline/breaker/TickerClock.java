package io.trunkline.breaker;

import io.trunkline.time.Ticker;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock for resilience4j that a change of the wall clock does not move: its window and its waits
 * are measured with it.
 */
final class TickerClock extends Clock {
  private final Ticker ticker;
  private final ZoneId zone;
  private final Instant origin;
  private final long originNanos;

  TickerClock(Ticker ticker) {
    this(ticker, ZoneOffset.UTC, Instant.now(), ticker.nanoTime());
  }

  private TickerClock(Ticker ticker, ZoneId zone, Instant origin, long originNanos) {
    this.ticker = ticker;
    this.zone = zone;
    this.origin = origin;
    this.originNanos = originNanos;
  }

  @Override
  public Instant instant() {
    return origin.plusNanos(ticker.nanoTime() - originNanos);
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  @Override
  public Clock withZone(ZoneId other) {
    return new TickerClock(ticker, other, origin, originNanos);
  }
}
