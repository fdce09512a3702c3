package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;
import java.util.concurrent.Semaphore;

/**
 * A call that waits for leave. Whoever wakes it has decided what it gets. What is not final or
 * volatile is written under the lock of {@link Permits}.
 */
final class PermitWaiter {
  final Semaphore woken = new Semaphore(0);

  /** Whether it was ever queued. */
  volatile boolean hasWaited;

  /** Whom it is told to wait for, such as a proxy; null for the endpoint of its leave. */
  volatile Endpoint named;

  long arrival;
  boolean queued;
  Permit permit;
  boolean cancelled;

  Endpoint named(Endpoint endpoint) {
    Endpoint told = named;
    return told == null ? endpoint : told;
  }
}
