package io.trunkline.time;

/**
 * Calls work at its time. It only keeps time: work that can block belongs to {@link Workers}.
 * Thread-safe.
 */
@FunctionalInterface
public interface Housekeeper {
  /**
   * Runs the work once, no earlier than after the delay. After the housekeeper was closed the work
   * is dropped.
   *
   * @param delayNanos nanoseconds from now
   * @return cancels the work if it has not begun
   */
  Runnable schedule(long delayNanos, Runnable work);

  /** Whether the caller is itself scheduled work, so that nothing is called while it runs. */
  default boolean isCurrentThread() {
    return false;
  }
}
