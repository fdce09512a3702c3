package io.trunkline.pool;

/**
 * First in, first out, with removal from anywhere in constant time. Guarded by the lock of its
 * pool.
 */
final class WaitQueue {
  private Waiter first;
  private Waiter last;

  Waiter first() {
    return first;
  }

  void addLast(Waiter waiter) {
    waiter.previous = last;
    waiter.next = null;
    if (last == null) {
      first = waiter;
    } else {
      last.next = waiter;
    }
    last = waiter;
    waiter.queued = true;
  }

  /** For one that was served and comes back with empty hands through no fault of its own. */
  void addFirst(Waiter waiter) {
    waiter.previous = null;
    waiter.next = first;
    if (first == null) {
      last = waiter;
    } else {
      first.previous = waiter;
    }
    first = waiter;
    waiter.queued = true;
  }

  void remove(Waiter waiter) {
    if (waiter.previous == null) {
      first = waiter.next;
    } else {
      waiter.previous.next = waiter.next;
    }
    if (waiter.next == null) {
      last = waiter.previous;
    } else {
      waiter.next.previous = waiter.previous;
    }
    waiter.previous = null;
    waiter.next = null;
    waiter.queued = false;
  }
}
