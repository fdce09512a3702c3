package io.trunkline.transport.jni;

/**
 * Turns a time of {@link System#nanoTime} into one of the clock that native code reads, so that a
 * transfer reads one clock, once. On HotSpot both are CLOCK_MONOTONIC, but no one promises it.
 */
final class Clock {
  private static final long NATIVE_MINUS_JAVA = difference();

  private Clock() {}

  /**
   * The native deadline of what began at a Java time.
   *
   * @param limitNanos 0 or {@link Long#MAX_VALUE} for none
   */
  static long deadline(long startNanos, long limitNanos) {
    return limitNanos == 0 || limitNanos == Long.MAX_VALUE
        ? NativeCalls.NO_DEADLINE
        : startNanos + NATIVE_MINUS_JAVA + limitNanos;
  }

  /** The two clocks are read in a row until nothing came between. */
  private static long difference() {
    long best = 0;
    long shortest = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 100; attempt++) {
      long before = System.nanoTime();
      long there = NativeCalls.monotonicNanos();
      long took = System.nanoTime() - before;
      if (took < shortest) {
        shortest = took;
        best = there - (before + took / 2);
      }
    }
    return best;
  }
}
