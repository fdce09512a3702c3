package io.trunkline.transport.jni;

import io.trunkline.failure.FailurePhase;
import java.io.IOException;

/** Waits for one handshake: in poll(2) on a platform thread, parked on a virtual one. */
final class HandshakeWait {
  private HandshakeWait() {}

  /**
   * The caller is counted in on the descriptor.
   *
   * @param limitNanos {@link Long#MAX_VALUE} for none
   * @return as {@link NativeCalls#connectAwait}
   */
  static int await(Descriptor descriptor, Waits waits, SocketFailures failures, long limitNanos)
      throws IOException {
    return VirtualThreads.isVirtual(Thread.currentThread())
        ? awaitParking(descriptor, waits, failures, limitNanos)
        : awaitPolling(descriptor, limitNanos);
  }

  private static int awaitPolling(Descriptor descriptor, long limitNanos) {
    return NativeCalls.connectAwait(
        descriptor.fd(), limitNanos == Long.MAX_VALUE ? -1 : limitNanos);
  }

  private static int awaitParking(
      Descriptor descriptor, Waits waits, SocketFailures failures, long limitNanos)
      throws IOException {
    long start = System.nanoTime();
    Registration registration = waits.forReadiness(FailurePhase.CONNECT);
    if (registration == null) {
      return awaitPolling(descriptor, limitNanos);
    }
    for (; ; ) {
      registration.expectWritable();
      int result = NativeCalls.connectAwait(descriptor.fd(), 0);
      if (result != NativeCalls.STILL_CONNECTING || descriptor.isClosed()) {
        return result;
      }
      long left =
          limitNanos == Long.MAX_VALUE ? limitNanos : limitNanos - (System.nanoTime() - start);
      if (left <= 0) {
        return result;
      }
      if (waits.isOver()) {
        return awaitPolling(descriptor, left);
      }
      registration.awaitWritable(left);
      if (Thread.currentThread().isInterrupted()) {
        throw failures.closedByInterrupt(FailurePhase.CONNECT);
      }
    }
  }
}
