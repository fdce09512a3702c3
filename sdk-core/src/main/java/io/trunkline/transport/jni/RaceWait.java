package io.trunkline.transport.jni;

import io.trunkline.failure.FailurePhase;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread's wait for several handshakes. It is counted in on each descriptor, so a close of any
 * of them shuts that connection down, which wakes the wait.
 */
final class RaceWait {
  private final JniSocket[] sockets;
  private final Descriptor[] used;
  private final int[] fds;
  private int count;

  RaceWait(List<TransportSocket> connecting) {
    sockets = connecting.toArray(JniSocket[]::new);
    used = new Descriptor[sockets.length];
    fds = new int[sockets.length];
  }

  /** Returns when one of them has ended, is closed, or the limit has passed. */
  void await(long limitNanos) throws IOException {
    try {
      if (enterAll()) {
        if (VirtualThreads.isVirtual(Thread.currentThread())) {
          park(limitNanos);
        } else {
          poll(limitNanos);
        }
      }
    } finally {
      while (count > 0) {
        used[--count].done();
      }
    }
  }

  /** Whether none is closed: one that is has something to say already. */
  private boolean enterAll() {
    for (JniSocket socket : sockets) {
      Descriptor descriptor = socket.connectingDescriptor();
      if (descriptor == null || !descriptor.tryUse()) {
        return false;
      }
      used[count] = descriptor;
      fds[count++] = descriptor.fd();
    }
    return true;
  }

  /** Whatever it returns: who waited asks each socket then. */
  private boolean poll(long limitNanos) {
    return NativeCalls.connectAwaitAny(fds, count, limitNanos == Long.MAX_VALUE ? -1 : limitNanos)
        != 0;
  }

  /** As a single handshake on a virtual thread: look, announce, look at what came, park. */
  private void park(long limitNanos) throws IOException {
    long start = System.nanoTime();
    Registration[] registrations = new Registration[count];
    for (int i = 0; i < count; i++) {
      registrations[i] = sockets[i].waits().forReadiness(FailurePhase.CONNECT);
      if (registrations[i] == null) {
        poll(limitNanos); // nobody watches any more
        return;
      }
    }
    for (; ; ) {
      for (Registration each : registrations) {
        each.expectWritable();
      }
      if (poll(0)) {
        return;
      }
      long left =
          limitNanos == Long.MAX_VALUE ? limitNanos : limitNanos - (System.nanoTime() - start);
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        return;
      }
      if (sockets[0].waits().isOver()) {
        poll(left); // nobody watches any more
        return;
      }
      if (!parkOnce(registrations, left)) {
        return;
      }
    }
  }

  /** Whether it may look again; false if one of them is being closed. */
  private boolean parkOnce(Registration[] registrations, long left) {
    boolean nothingYet = true;
    for (Registration each : registrations) {
      nothingYet &= each.announceConnector();
    }
    if (nothingYet && left == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else if (nothingYet) {
      LockSupport.parkNanos(this, left);
    }
    boolean open = true;
    for (int i = 0; i < registrations.length; i++) {
      registrations[i].withdrawConnector();
      open &= !used[i].isClosed();
    }
    return open;
  }
}
