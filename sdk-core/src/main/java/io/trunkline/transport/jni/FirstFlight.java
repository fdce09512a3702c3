package io.trunkline.transport.jni;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.transport.FirstFlightListener;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * The handshake of a socket whose SYN leaves with its first bytes: TCP_FASTOPEN_CONNECT with a
 * cookie at hand. To the caller it is a write; in all else it is a connect, with the limit, the
 * kinds of failure and the answer to an interrupt of one.
 *
 * <pre>
 *   WAITING ──first write──► FLYING ──► LANDED    the socket forgets this object
 *      └────────close───────────┴─────► LOST      the socket is closed, and says why
 * </pre>
 */
final class FirstFlight {
  private enum State {
    WAITING,
    FLYING,
    LANDED,
    LOST
  }

  private final JniSocket socket;
  private final SocketFailures failures;

  /** Guards what follows. Never held over a wait, a system call that waits, or a callback. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition ended = lock.newCondition();
  private final List<FirstFlightListener> listeners = new ArrayList<>();
  private final Map<Integer, Integer> optionsAfter = new HashMap<>();
  private State state = State.WAITING;
  private boolean inputShutDown;
  private long elapsedNanos; // written once, before state is LANDED or LOST
  private Optional<IOException> outcome = Optional.empty(); // as elapsedNanos

  private volatile long limitNanos = Long.MAX_VALUE;

  FirstFlight(JniSocket socket, SocketFailures failures) {
    this.socket = socket;
    this.failures = failures;
  }

  /** How long the handshake may take from the first write on. */
  void limit(long nanos) {
    limitNanos = nanos;
  }

  boolean isOver() {
    lock.lock();
    try {
      return !isUnderWay();
    } finally {
      lock.unlock();
    }
  }

  // ---- the writer ----

  /**
   * Sends the first bytes and waits for the handshake. By the one writer, who is counted in on the
   * descriptor.
   *
   * @param send tries to send without waiting; a count or -errno
   * @return how many bytes the kernel took, which may be none
   * @throws IOException as a connect does; the socket is closed then
   */
  int fly(IntSupplier send) throws IOException {
    lock.lock();
    try {
      if (state != State.WAITING) {
        throw failures.closed(FailurePhase.CONNECT);
      }
      state = State.FLYING;
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    try {
      return handshake(send, start);
    } catch (RuntimeException | Error defect) {
      defect.addSuppressed(lost(failures.handshakeCancelled(start), 1, start, null));
      throw defect;
    }
  }

  private int handshake(IntSupplier send, long start) throws IOException {
    Interruption interruption = new Interruption();
    int taken = 0;
    int result;
    try {
      interruption.enter();
      try {
        int sent = send.getAsInt();
        taken = Math.max(0, sent);
        // EAGAIN: the cookie has gone since the connect, and the SYN left without the data.
        result = sent >= 0 || sent == -Errno.EAGAIN ? socket.awaitHandshake(limitNanos) : sent;
      } finally {
        interruption.leave();
      }
    } catch (IOException failed) {
      // From a virtual thread that saw its interrupt itself, or from the interruption.
      if (Thread.currentThread().isInterrupted()) {
        throw lost(failures.handshakeInterrupted(start), taken, start, failed);
      }
      throw lost(detailsOf(failed), taken, start, failed);
    }
    if (socket.isClosed() || socket.isOutputShutdown()) {
      throw lost(failures.handshakeCancelled(start), taken, start, null);
    }
    if (result == NativeCalls.STILL_CONNECTING) {
      throw lost(failures.handshakeTimedOut(start), taken, start, null);
    }
    if (result < 0) {
      throw lost(failures.connectDetails(-result, start), taken, start, null);
    }
    landed(start);
    return taken;
  }

  private static FailureDetails detailsOf(IOException failed) {
    return Failures.find(failed)
        .map(ConnectionFailure::details)
        .orElseGet(
            () ->
                FailureDetails.of(FailureKind.OTHER, FailurePhase.CONNECT)
                    .withNote(failed.toString()));
  }

  private void landed(long start) {
    lock.lock();
    try {
      socket.catchUp(optionsAfter, inputShutDown);
      ending(State.FLYING, State.LANDED, start, Optional.empty());
    } finally {
      lock.unlock();
    }
    socket.setFlight(null);
    tell();
  }

  /**
   * The socket is dead: closing it also keeps the kernel from repeating the SYN behind the caller's
   * back.
   */
  private IOException lost(FailureDetails told, int taken, long start, Throwable cause) {
    FailureDetails details =
        told.withPhase(FailurePhase.CONNECT)
            .withRequestBytesSent(taken > 0 && !isProvablyUndelivered(told.kind()));
    IOException thrown = Failures.exception(details, cause);
    failures.diedConnecting(details);
    socket.close();
    ending(State.FLYING, State.LOST, start, Optional.of(thrown));
    tell();
    return thrown;
  }

  /**
   * Whoever answered the only SYN with an error had no use for its data. After a second SYN nobody
   * knows which of them was answered.
   */
  private boolean isProvablyUndelivered(FailureKind kind) {
    return switch (kind) {
      case REFUSED, HOST_UNREACHABLE, NETWORK_UNREACHABLE, DENIED ->
          socket.tcpInfo().filter(info -> info.totalRetransmits() == 0).isPresent();
      default -> false;
    };
  }

  /** An interrupt ends the wait by closing the socket, as that of a connect. */
  private final class Interruption extends AbstractInterruptibleChannel {
    void enter() {
      begin();
    }

    /** The flag is set, though the thread may have cleared it before the interrupt came here. */
    void leave() throws IOException {
      try {
        end(true);
      } catch (ClosedByInterruptException interrupted) {
        Thread.currentThread().interrupt();
        throw interrupted;
      }
    }

    @Override
    protected void implCloseChannel() {
      socket.close();
    }
  }

  // ---- everybody else ----

  /**
   * A reader has to wait for the handshake of another thread's write.
   *
   * @param limit nanoseconds, 0 for none
   * @return false if the limit passed
   * @throws IOException if nothing was written, so that the peer could not answer
   */
  boolean awaitBeforeRead(long limit) throws IOException {
    boolean virtual = VirtualThreads.isVirtual(Thread.currentThread());
    boolean interrupted = false;
    long deadline = System.nanoTime() + limit;
    lock.lock();
    try {
      if (state == State.WAITING) {
        throw failures.nothingWritten(FailurePhase.READ);
      }
      while (state == State.FLYING && !(interrupted && virtual)) {
        long left = limit == 0 ? Long.MAX_VALUE : deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          ended.awaitNanos(left);
        } catch (InterruptedException interrupt) {
          interrupted = true; // a read on a platform thread is not interruptible
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (interrupted && virtual) {
      throw failures.closedByInterrupt(FailurePhase.READ);
    }
    return true;
  }

  /** Refuses what only a socket that has sent its SYN can do. */
  void requireWritten(FailurePhase phase) throws IOException {
    lock.lock();
    try {
      if (state == State.WAITING) {
        throw failures.nothingWritten(phase);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keeps an option until the handshake is over; false if it is. */
  boolean keep(int option, int value) {
    lock.lock();
    try {
      if (isUnderWay()) {
        optionsAfter.put(option, value);
        return true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** The value that an option will have; null if none is kept. */
  Integer kept(int option) {
    lock.lock();
    try {
      return optionsAfter.get(option);
    } finally {
      lock.unlock();
    }
  }

  /** The half close waits for the handshake, which it would break; false if that is over. */
  boolean shutDownInputLater() {
    lock.lock();
    try {
      inputShutDown = true;
      return isUnderWay();
    } finally {
      lock.unlock();
    }
  }

  void add(FirstFlightListener listener) {
    lock.lock();
    try {
      listeners.add(listener);
      if (isUnderWay()) {
        return;
      }
    } finally {
      lock.unlock();
    }
    tell();
  }

  /** The socket was closed: before the first write that is the end of it, else the writer tells. */
  void socketClosed() {
    ending(
        State.WAITING,
        State.LOST,
        System.nanoTime(),
        Optional.of(failures.closed(FailurePhase.CONNECT)));
    if (isOver()) {
      tell();
    }
  }

  // ---- the end ----

  private boolean isUnderWay() {
    return state == State.WAITING || state == State.FLYING;
  }

  private void ending(State from, State to, long start, Optional<IOException> with) {
    lock.lock();
    try {
      if (state == from) {
        state = to;
        elapsedNanos = from == State.WAITING ? 0 : System.nanoTime() - start;
        outcome = with;
        ended.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** After the end. Each listener is taken out by one thread, and told by that. */
  private void tell() {
    List<FirstFlightListener> told;
    lock.lock();
    try {
      told = List.copyOf(listeners);
      listeners.clear();
    } finally {
      lock.unlock();
    }
    told.forEach(each -> each.firstFlightEnded(elapsedNanos, outcome));
  }
}
