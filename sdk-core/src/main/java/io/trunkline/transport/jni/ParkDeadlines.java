package io.trunkline.transport.jni;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends long limits of parked virtual threads. A timed park schedules and cancels a timer for each
 * read, which costs more than the park; but nearly every read ends long before its limit. So a
 * thread with a long limit only notes its deadline and parks without one; the epoll thread looks at
 * all notes when the earliest may have come, and wakes whose time is over.
 *
 * <p>A thread notes its deadline and then looks at the time of the next scan; a scan first clears
 * that time and then looks at the notes. So either the scan sees the note, or the thread sees that
 * it has to ask for a scan.
 */
final class ParkDeadlines {
  /**
   * Limits below this are timed parks: they are rarely on a hot path, and would have us scan often.
   */
  static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * Time between two scans, so that many different deadlines do not make many scans; it makes a
   * limit so much late.
   */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final long NEVER = Long.MAX_VALUE;

  private final AtomicLong nextScan = new AtomicLong(NEVER);

  /**
   * After the deadline was noted: whether the epoll thread has to be told, because it sleeps for
   * longer.
   */
  boolean lowerTo(long deadline) {
    for (; ; ) {
      long next = nextScan.get();
      if (next != NEVER && deadline - next >= 0) {
        return false;
      }
      if (nextScan.compareAndSet(next, deadline)) {
        return true;
      }
    }
  }

  /** For epoll_wait: milliseconds until the next scan, -1 for none. */
  int millisToNextScan() {
    long next = nextScan.get();
    if (next == NEVER) {
      return -1;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime()) + 1;
    return (int) Math.max(0, Math.min(millis, Integer.MAX_VALUE));
  }

  /** Wakes whose time is over, if it is time to look. */
  void scanIfDue(Collection<Registration> registrations) {
    long now = System.nanoTime();
    long next = nextScan.get();
    if (next == NEVER || next - now > 0) {
      return;
    }
    nextScan.set(NEVER);
    long earliest = NEVER;
    for (Registration each : registrations) {
      long left = each.wakeIfOver(now);
      if (left != NEVER) {
        earliest = Math.min(earliest, Math.max(left, PAUSE_NANOS));
      }
    }
    if (earliest != NEVER) {
      lowerTo(now + earliest);
    }
  }
}
