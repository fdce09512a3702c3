package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one connection takes of the caps. In HTTP/1.1 that is the permit of the call that uses it,
 * which the call keeps. In HTTP/2 the connection itself holds one permit while it has any call;
 * idle it holds none, so that idle connections keep nobody waiting. Thread-safe.
 */
final class ConnectionLeave {
  private final Permits permits;
  private final AtomicReference<Use> use = new AtomicReference<>();

  /** Guards all that follows. The lock of {@link Permits} is taken under it, never the reverse. */
  private final ReentrantLock lock = new ReentrantLock();

  private int users;

  /** May be gone while there are no users. */
  private Permit ofAll;

  private boolean ended;

  private record Use(WeakReference<CallLeave> call, Permit permit) {}

  ConnectionLeave(Permits permits) {
    this.permits = permits;
  }

  // ---- one call at a time ----

  void usedBy(CallLeave call, Permit permit) {
    use.set(new Use(new WeakReference<>(call), permit));
  }

  /** OkHttp ends the connection of a response that was never closed, and tells nobody. */
  void giveBackOfLost() {
    Use last = use.get();
    if (last != null && last.call().get() == null) {
      permits.give(last.permit());
    }
  }

  // ---- many at once ----

  /**
   * @param brought by the call, or null; it serves the connection if that has none, else it goes
   */
  void joined(Permit brought, Endpoint endpoint) {
    lock.lock();
    try {
      users++;
      boolean hasLeave = ofAll != null && (users > 1 || permits.use(ofAll));
      boolean isServing = !ended && !hasLeave && brought != null && brought.counted;
      if (!ended && !hasLeave) {
        ofAll = isServing ? brought : permits.takeAnyway(endpoint);
        permits.share(ofAll);
      }
      if (brought != null && !isServing) {
        permits.give(brought);
      }
    } finally {
      lock.unlock();
    }
  }

  void left() {
    lock.lock();
    try {
      users--;
      if (ofAll == null) {
        return;
      }
      if (users > 0) {
        permits.left(ofAll.endpoint);
      } else {
        permits.idle(ofAll);
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- the end ----

  void end() {
    lock.lock();
    try {
      ended = true;
      if (ofAll != null) {
        permits.give(ofAll);
        ofAll = null;
      }
    } finally {
      lock.unlock();
    }
    giveBackOfLost();
  }
}
