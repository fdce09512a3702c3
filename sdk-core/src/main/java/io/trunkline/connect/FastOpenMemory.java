package io.trunkline.connect;

import io.trunkline.time.Ticker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which addresses did badly with Fast Open, and until when it is not tried again: a minute after
 * the first failure, twice as long after each further one, at most an hour. RFC 7413, section
 * 4.1.3.1, asks clients for it, for each address and port; the kernel itself forgets (its {@code
 * tcp_fastopen_blackhole_timeout_sec} is 0 by default). Bounded: of too many addresses the one
 * asked for least recently is forgotten. Thread-safe.
 */
final class FastOpenMemory {
  static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
  static final Duration LONGEST_PAUSE = Duration.ofHours(1);
  static final int MOST_ADDRESSES = 1024;

  private record Pause(long endNanos, long lengthNanos) {}

  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, since a look changes the order. */
  private final Map<InetSocketAddress, Pause> pauses =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Pause> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  FastOpenMemory(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Whether Fast Open may be tried with the address now. */
  boolean isGood(InetSocketAddress address) {
    lock.lock();
    try {
      Pause pause = pauses.get(address);
      return pause == null || isOver(pause);
    } finally {
      lock.unlock();
    }
  }

  /** The address took data in a SYN. */
  void succeeded(InetSocketAddress address) {
    lock.lock();
    try {
      pauses.remove(address);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fast Open failed there. Of dials that were under way together the first to fail counts, so that
   * one fault is not taken for many.
   */
  void failed(InetSocketAddress address) {
    lock.lock();
    try {
      Pause last = pauses.get(address);
      if (last == null || isOver(last)) {
        long length =
            last == null
                ? FIRST_PAUSE.toNanos()
                : Math.min(2 * last.lengthNanos(), LONGEST_PAUSE.toNanos());
        pauses.put(address, new Pause(ticker.nanoTime() + length, length));
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isOver(Pause pause) {
    return pause.endNanos() - ticker.nanoTime() <= 0;
  }
}
