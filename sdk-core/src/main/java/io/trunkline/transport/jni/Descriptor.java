package io.trunkline.transport.jni;

import io.trunkline.time.Reaper;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;

/**
 * Owns one file descriptor and lets nobody use it after it is closed. Closing a descriptor that
 * another thread is using would let that thread work on whatever the number is given to next; so
 * whoever works on it is counted, close shuts the connection down, which wakes them, and the last
 * one out closes it.
 */
final class Descriptor {
  private static final int CLOSED = 1 << 31;
  private static final int[] ALONE = {};
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Descriptor.class, "state", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final int fd;

  /** Descriptors that live and die with {@link #fd}. */
  private final int[] companions;

  /** The number of users, and {@link #CLOSED}. */
  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  private Cleaner.Cleanable cleanable;

  Descriptor(int fd) {
    this(fd, ALONE);
  }

  Descriptor(int fd, int... companions) {
    this.fd = fd;
    this.companions = companions;
  }

  /**
   * Has the descriptor closed when the owner is forgotten.
   *
   * @param close closes this descriptor, and undoes what else has to be; idempotent, and must not
   *     refer to the owner
   */
  void backUp(Object owner, Runnable close) {
    cleanable = Reaper.register(owner, close);
  }

  /** The number to call the kernel with, between {@link #tryUse} and {@link #done} only. */
  int fd() {
    return fd;
  }

  boolean isClosed() {
    return state < 0;
  }

  /** Counts the caller in, unless it is closed. */
  boolean tryUse() {
    for (; ; ) {
      int seen = state;
      if (seen < 0) {
        return false;
      }
      if (STATE.weakCompareAndSet(this, seen, seen + 1)) {
        return true;
      }
    }
  }

  /** Counts the caller out; the last one out of a closed descriptor closes it. */
  void done() {
    if ((int) STATE.getAndAdd(this, -1) == CLOSED + 1) {
      closeNow();
    }
  }

  private void closeNow() {
    NativeCalls.close(fd);
    for (int companion : companions) {
      NativeCalls.close(companion);
    }
  }

  /**
   * Closes it to newcomers and wakes whoever uses it. Never blocks; only the first call does
   * anything.
   */
  void close() {
    int seen = (int) STATE.getAndBitwiseOr(this, CLOSED);
    if (seen < 0) {
      return;
    }
    if (seen == 0) {
      closeNow();
    } else {
      shutDownForUsers();
    }
    if (cleanable != null) {
      cleanable.clean();
    }
  }

  /**
   * The number stays ours while we are counted; without that the last user might close it before
   * the shutdown.
   */
  private void shutDownForUsers() {
    for (; ; ) {
      int seen = state;
      if (seen == CLOSED) {
        return; // the last user has gone, and closed it
      }
      if (STATE.weakCompareAndSet(this, seen, seen + 1)) {
        NativeCalls.shutdown(fd, NativeCalls.SHUT_RDWR);
        done();
        return;
      }
    }
  }
}
