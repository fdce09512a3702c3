package io.trunkline.time;

import java.lang.ref.Cleaner;

/**
 * The one Cleaner of the library: frees what its owner forgot. Its daemon thread is shared by all
 * managers.
 */
public final class Reaper {
  private static final Cleaner CLEANER = Cleaner.create();

  private Reaper() {}

  /**
   * Runs the action once the owner is unreachable, or when the result is cleaned.
   *
   * @param action must not refer to the owner, must not block
   */
  public static Cleaner.Cleanable register(Object owner, Runnable action) {
    return CLEANER.register(owner, action);
  }
}
