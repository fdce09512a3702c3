package io.trunkline.transport.jni;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * One descriptor in the event loop. Its number is never given twice, so an event that was harvested
 * just before the descriptor was closed, and its number reused, finds nobody.
 *
 * <p>A virtual thread that found nothing to read clears {@code readable}, tries again, announces
 * itself in {@code reader} and looks at {@code readable} once more before it parks; the loop sets
 * {@code readable} before it looks at {@code reader}. Whichever comes second sees the other. The
 * same for writing.
 */
final class Registration {
  /** No noted deadline; one that is really 0 is a nanosecond in 292 years. */
  private static final long NONE = 0;

  private static final VarHandle ON_PEER_CLOSED;

  static {
    try {
      ON_PEER_CLOSED =
          MethodHandles.lookup().findVarHandle(Registration.class, "onPeerClosed", Runnable.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  final long id;
  private final EventLoop loop;

  private volatile boolean readable;
  private volatile boolean writable;
  private volatile boolean peerClosed;
  private volatile boolean cancelled;
  private volatile Thread reader;
  private volatile Thread writer;
  private volatile long readDeadline;
  private volatile long writeDeadline;

  @SuppressWarnings("unused") // through ON_PEER_CLOSED
  private volatile Runnable onPeerClosed;

  /** Whether the kernel was asked for readiness too. Asking twice does no harm. */
  volatile boolean widened;

  Registration(EventLoop loop, long id) {
    this.loop = loop;
    this.id = id;
  }

  /** Calls the action once when the peer has closed, at once if it has already. */
  void onPeerClosed(Runnable action) {
    onPeerClosed = action;
    if (peerClosed) {
      firePeerClosed();
    }
  }

  boolean isPeerClosed() {
    return peerClosed;
  }

  void expectReadable() {
    readable = false;
  }

  void expectWritable() {
    writable = false;
  }

  /**
   * Parks until an event for reading came, after {@link #expectReadable}.
   *
   * @param limitNanos longest wait, {@link Long#MAX_VALUE} for none
   */
  void awaitReadable(long limitNanos) {
    boolean noted = isNoted(limitNanos);
    if (noted) {
      readDeadline = System.nanoTime() + limitNanos;
    }
    reader = Thread.currentThread();
    if (noted) {
      noted = loop.wakeBy(readDeadline);
    }
    if (!readable && !cancelled) {
      park(noted ? Long.MAX_VALUE : limitNanos);
    }
    reader = null;
    readDeadline = NONE;
  }

  /** The same for writing and connecting. */
  void awaitWritable(long limitNanos) {
    boolean noted = isNoted(limitNanos);
    if (noted) {
      writeDeadline = System.nanoTime() + limitNanos;
    }
    writer = Thread.currentThread();
    if (noted) {
      noted = loop.wakeBy(writeDeadline);
    }
    if (!writable && !cancelled) {
      park(noted ? Long.MAX_VALUE : limitNanos);
    }
    writer = null;
    writeDeadline = NONE;
  }

  /**
   * For a thread that waits for several handshakes: announces it, after {@link #expectWritable}.
   *
   * @return whether there is nothing to say yet, so that it may park
   */
  boolean announceConnector() {
    writer = Thread.currentThread();
    return !writable && !cancelled;
  }

  /** The end of {@link #announceConnector}. */
  void withdrawConnector() {
    writer = null;
  }

  private static boolean isNoted(long limitNanos) {
    return limitNanos >= ParkDeadlines.SHORTEST_NANOS && limitNanos != Long.MAX_VALUE;
  }

  private void park(long limitNanos) {
    if (limitNanos == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, limitNanos);
    }
  }

  /**
   * Wakes who parks beyond a noted deadline.
   *
   * @return nanoseconds until the next one here, {@link Long#MAX_VALUE} for none
   */
  long wakeIfOver(long now) {
    return Math.min(wakeIfOver(reader, readDeadline, now), wakeIfOver(writer, writeDeadline, now));
  }

  private static long wakeIfOver(Thread parked, long deadline, long now) {
    if (parked == null || deadline == NONE) {
      return Long.MAX_VALUE;
    }
    if (deadline - now > 0) {
      return deadline - now;
    }
    LockSupport.unpark(parked);
    return Long.MAX_VALUE;
  }

  /** Nobody keeps the noted deadlines any more: has who parks look again, and keep its own. */
  void loopEnds() {
    unpark(reader);
    unpark(writer);
  }

  /** Called by the loop alone. */
  void fire(int events) {
    boolean hungUp =
        (events & (NativeCalls.EPOLLRDHUP | NativeCalls.EPOLLHUP | NativeCalls.EPOLLERR)) != 0;
    if (hungUp || (events & NativeCalls.EPOLLIN) != 0) {
      readable = true;
      unpark(reader);
    }
    if ((events & (NativeCalls.EPOLLOUT | NativeCalls.EPOLLHUP | NativeCalls.EPOLLERR)) != 0) {
      writable = true;
      unpark(writer);
    }
    if (hungUp) {
      peerClosed = true;
      firePeerClosed();
    }
  }

  private void firePeerClosed() {
    Runnable action = (Runnable) ON_PEER_CLOSED.getAndSet(this, null);
    if (action != null) {
      action.run();
    }
  }

  /** Wakes who waits; the descriptor is being closed. */
  void cancel() {
    cancelled = true;
    onPeerClosed = null;
    loop.forget(this);
    unpark(reader);
    unpark(writer);
  }

  private static void unpark(Thread thread) {
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
