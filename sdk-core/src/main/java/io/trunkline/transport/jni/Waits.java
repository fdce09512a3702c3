package io.trunkline.transport.jni;

import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How the virtual threads of one socket wait, and who watches its peer. The registration is made
 * when first needed.
 */
final class Waits implements Runnable {
  private final EventLoop loop;
  private final Descriptor descriptor;
  private final ReentrantLock registering;
  private volatile Registration registration;

  /**
   * @param registering guards the making of the registration
   */
  Waits(EventLoop loop, Descriptor descriptor, ReentrantLock registering) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.registering = registering;
  }

  /**
   * For virtual threads: a registration that tells readiness. The caller is counted in on the
   * descriptor.
   *
   * @return null if nobody watches any more, so that the thread has to wait in the kernel
   */
  Registration forReadiness(FailurePhase phase) throws IOException {
    Registration known = registration(phase);
    if (known != null && !known.widened) {
      if (!loop.widen(known, descriptor.fd(), phase)) {
        return null;
      }
      known.widened = true;
    }
    return known;
  }

  /** The registration that tells readiness, null if no virtual thread has waited yet. */
  Registration knownForReadiness() {
    Registration known = registration;
    return known != null && known.widened ? known : null;
  }

  /** The caller is counted in on the descriptor. */
  void onPeerClosed(Runnable action) throws IOException {
    Registration known = registration(FailurePhase.CONNECT);
    if (known != null) {
      known.onPeerClosed(action);
    }
  }

  private Registration registration(FailurePhase phase) throws IOException {
    Registration known = registration;
    if (known != null) {
      return known;
    }
    registering.lock();
    try {
      if (registration == null) {
        registration = loop.register(descriptor.fd(), phase);
      }
      if (registration != null && descriptor.isClosed()) {
        registration.cancel(); // close came first and saw none
      }
      return registration;
    } finally {
      registering.unlock();
    }
  }

  /** Whether the loop has ended, so that a virtual thread has to wait in the kernel, too. */
  boolean isOver() {
    return loop.isOver();
  }

  /** The socket was forgotten: closes its descriptor, and nobody watches it any more. */
  @Override
  public void run() {
    descriptor.close();
    cancel();
  }

  /** After the descriptor was closed: wakes who waits. */
  void cancel() {
    Registration known = registration;
    if (known != null) {
      known.cancel();
    }
  }
}
