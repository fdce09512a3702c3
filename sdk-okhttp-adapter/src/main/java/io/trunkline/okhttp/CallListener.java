package io.trunkline.okhttp;

/**
 * Is told of each call that ended. Calls come from many threads; an implementation must be
 * thread-safe and fast, must not block, and must not throw.
 */
@FunctionalInterface
public interface CallListener {
  /** Hears nothing. */
  CallListener NONE = call -> {};

  /** A call has ended: its response was read to the end or closed, or it failed. */
  void ended(FinishedCall call);
}
