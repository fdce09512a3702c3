package io.trunkline.okhttp;

import java.util.concurrent.Semaphore;

/**
 * A call that waits for leave. Whoever wakes it has decided what it gets. What is not final or
 * volatile is written under the lock of {@link Permits}.
 */
final class PermitWaiter {
  final Semaphore woken = new Semaphore(0);

  /** Whether it was ever queued. */
  volatile boolean hasWaited;

  long arrival;
  boolean queued;
  Permit permit;
  boolean cancelled;
}
