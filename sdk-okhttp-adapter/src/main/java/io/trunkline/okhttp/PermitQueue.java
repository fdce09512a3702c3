package io.trunkline.okhttp;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/** What {@link Permits} knows of one endpoint, under its lock. */
final class PermitQueue {
  final ArrayDeque<PermitWaiter> waiters = new ArrayDeque<>(1);
  final Set<Permit> idle = new HashSet<>();

  /** Most connections in use. */
  private final int most;

  private final int mostWaiting;

  int taken;
  int shared;

  /** How many have leave to share, and have not come to a connection yet. */
  int guests;

  /** When there was something more to share last, by the count of {@link Permits}. */
  long changed;

  PermitQueue(int most, int mostWaiting) {
    this.most = most;
    this.mostWaiting = mostWaiting;
  }

  boolean isFull() {
    return taken >= most;
  }

  boolean isCrowded() {
    return waiters.size() >= mostWaiting;
  }

  boolean isUnused() {
    return taken == 0 && guests == 0 && waiters.isEmpty();
  }
}
