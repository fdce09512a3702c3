package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;

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

  /**
   * No connection was open to the endpoint, and no dial begun, for the {@code pool.forget-after} of
   * the manager: what is kept for it can go. It may come back.
   */
  default void forgotten(Endpoint endpoint) {}
}
