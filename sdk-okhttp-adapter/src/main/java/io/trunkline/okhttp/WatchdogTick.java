package io.trunkline.okhttp;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import okio.AsyncTimeout;

/**
 * Lets okio's watchdog sleep. Each limited read and write enters its limit in a queue and takes it
 * out again; if it was the first in line, the watchdog is woken to see when to wake up, which is
 * nearly always, and twice in a call. While calls come and go, this one is the first in line
 * instead: the watchdog wakes up for it, and finds the others where they belong. They are enforced
 * as before. Thread-safe.
 */
final class WatchdogTick extends AsyncTimeout {
  /** A limit that is shorter wakes the watchdog as ever. */
  static final long PERIOD_MILLIS = 250;

  private final AtomicBoolean isTicking = new AtomicBoolean();
  private volatile boolean hasCalls;

  WatchdogTick() {
    timeout(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A call with limits begins. */
  void call() {
    if (!hasCalls) {
      hasCalls = true; // written once a tick: all calls read it
    }
    if (!isTicking.get() && isTicking.compareAndSet(false, true)) {
      enter();
    }
  }

  /** On the watchdog. */
  @Override
  protected void timedOut() {
    exit();
    if (hasCalls) {
      hasCalls = false;
      enter();
    } else {
      isTicking.set(false); // a call that has just come begins without it
    }
  }

  boolean isTicking() {
    return isTicking.get();
  }
}
