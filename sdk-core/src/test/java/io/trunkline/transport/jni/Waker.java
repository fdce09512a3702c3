package io.trunkline.transport.jni;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Ends a native wait without limit, as a close would: by shutdown, or an event for an epoll. */
final class Waker {
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final int alarm = NativeCalls.eventCreate();
  private final Thread thread = new Thread(this::run, "waker");
  private volatile Wait current;
  private volatile boolean ended;

  private record Wait(List<Integer> sockets, List<Integer> others, long since) {}

  Waker() {
    NativeCalls.eventSignal(alarm);
    thread.setDaemon(true);
    thread.start();
  }

  /** The lists are the caller's, who does not change them meanwhile. */
  long guarded(List<Integer> sockets, List<Integer> others, LongSupplier call) {
    current = new Wait(sockets, others, System.nanoTime());
    try {
      return call.getAsLong();
    } finally {
      synchronized (this) {
        current = null;
      }
    }
  }

  private void run() {
    while (!ended) {
      LockSupport.parkNanos(PATIENCE_NANOS);
      synchronized (this) {
        Wait seen = current;
        if (seen != null && System.nanoTime() - seen.since() > PATIENCE_NANOS) {
          wake(seen);
        }
      }
    }
  }

  private void wake(Wait wait) {
    for (int socket : wait.sockets()) {
      NativeCalls.shutdown(socket, NativeCalls.SHUT_RDWR);
    }
    for (int other : wait.others()) {
      NativeCalls.epollControl(other, NativeCalls.EPOLL_CTL_ADD, alarm, NativeCalls.EPOLLIN, alarm);
      NativeCalls.eventSignal(other);
    }
  }

  void end() {
    ended = true;
    LockSupport.unpark(thread);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
    NativeCalls.close(alarm);
  }
}
