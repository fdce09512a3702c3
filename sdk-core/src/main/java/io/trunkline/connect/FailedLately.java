package io.trunkline.connect;

import io.trunkline.time.Ticker;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Remembers for a while which addresses failed. Bounded, thread-safe, wakes for nothing. */
final class FailedLately {
  static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(30);
  static final int MOST = 1_024;

  private final Ticker ticker;
  private final ConcurrentHashMap<InetSocketAddress, Long> untilNanos = new ConcurrentHashMap<>();

  FailedLately(Ticker ticker) {
    this.ticker = ticker;
  }

  void failed(InetSocketAddress address) {
    long now = ticker.nanoTime();
    if (untilNanos.size() >= MOST) {
      untilNanos.values().removeIf(until -> until - now <= 0);
    }
    if (untilNanos.size() < MOST) { // else forget it: the order is a preference, no more
      untilNanos.put(address, now + REMEMBERED_NANOS);
    }
  }

  void succeeded(InetSocketAddress address) {
    if (!untilNanos.isEmpty()) {
      untilNanos.remove(address);
    }
  }

  boolean contains(InetSocketAddress address) {
    Long until = untilNanos.get(address);
    if (until == null) {
      return false;
    }
    if (until - ticker.nanoTime() > 0) {
      return true;
    }
    untilNanos.remove(address, until);
    return false;
  }
}
