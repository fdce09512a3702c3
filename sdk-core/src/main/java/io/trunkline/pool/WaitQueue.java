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

  /** Before all who came later: behind none but those who came back before it. */
  void addBack(Waiter waiter) {
    Waiter before = null;
    Waiter behind = first;
    while (behind != null && behind.order - waiter.order < 0) {
      before = behind;
      behind = behind.next;
    }
    waiter.previous = before;
    waiter.next = behind;
    if (before == null) {
      first = waiter;
    } else {
      before.next = waiter;
    }
    if (behind == null) {
      last = waiter;
    } else {
      behind.previous = waiter;
    }
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
