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
}
