package io.trunkline.connect;

/** Runs lookups, which can block and not be bounded. */
@FunctionalInterface
interface Lookups {
  /**
   * Runs the lookup on another thread.
   *
   * @param ifDropped runs instead if the lookup will never run
   */
  void run(Runnable lookup, Runnable ifDropped);

  /**
   * The same, unless too many wait already.
   *
   * @return takes the lookup back if it has not begun, and then neither runs; null if too many wait
   */
  default Runnable tryRun(Runnable lookup, Runnable ifDropped) {
    run(lookup, ifDropped);
    return () -> {};
  }
}
