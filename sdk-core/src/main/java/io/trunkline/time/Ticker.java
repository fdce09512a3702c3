package io.trunkline.time;

/** A monotonic clock, injected so that tests own the time. Thread-safe. */
@FunctionalInterface
public interface Ticker {
  /** The JVM's monotonic clock. */
  Ticker SYSTEM = System::nanoTime;

  /** Nanoseconds since an arbitrary origin; only differences mean anything, and they may wrap. */
  long nanoTime();
}
