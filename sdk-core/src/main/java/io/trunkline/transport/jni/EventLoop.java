package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one epoll thread: tells of peers that closed, and wakes virtual threads.
 *
 * <p>Descriptors are registered, edge-triggered, with an inner epoll. The thread waits on an outer
 * epoll that holds the inner one. Until a virtual thread parks for the first time it harvests the
 * inner epoll itself. From then on a virtual poller does: it takes what is ready, yields to those
 * it woke, and only when nothing is left does it arm the outer epoll and park. So in a busy time
 * virtual threads are woken from a carrier, without a switch between platform threads; in an idle
 * time nobody spins.
 */
final class EventLoop {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
  private static final int BATCH = NativeCalls.MAX_EVENTS;
  private static final int HANGUP = NativeCalls.EPOLLRDHUP | NativeCalls.EPOLLET;
  private static final int ALL = HANGUP | NativeCalls.EPOLLIN | NativeCalls.EPOLLOUT;
  private static final int ARMED = NativeCalls.EPOLLIN | NativeCalls.EPOLLONESHOT;
  private static final long INNER_READY = 1;
  private static final long WAKE_UP = 2;

  private final ConcurrentHashMap<Long, Registration> registrations = new ConcurrentHashMap<>();
  private final AtomicLong nextId = new AtomicLong();
  private final ParkDeadlines deadlines = new ParkDeadlines();
  private final ReentrantLock lifecycle = new ReentrantLock();

  private int inner;
  private int outer;
  private int wakeUp;

  /**
   * Guards the three numbers and publishes them; whoever works on them is counted in, both threads
   * for life.
   */
  private volatile Descriptor guard;

  private volatile Thread poller;
  private volatile boolean closing;

  /**
   * Registers a descriptor that the caller is counted in on, to hear of its peer's end.
   *
   * @param phase what the caller is about, for a failure
   * @return null if the loop is over
   */
  Registration register(int fd, FailurePhase phase) throws IOException {
    if (!enter(phase)) {
      return null;
    }
    try {
      Registration registration = new Registration(this, nextId.incrementAndGet());
      registrations.put(registration.id, registration);
      int result =
          NativeCalls.epollControl(inner, NativeCalls.EPOLL_CTL_ADD, fd, HANGUP, registration.id);
      if (result < 0) {
        forget(registration);
        throw failure(-result, phase);
      }
      return registration;
    } finally {
      guard.done();
    }
  }

  /**
   * Asks for readiness too, and has the virtual poller running. The caller is counted in on the
   * descriptor.
   *
   * @return false if the loop is over
   */
  boolean widen(Registration registration, int fd, FailurePhase phase) throws IOException {
    if (!enter(phase)) {
      return false;
    }
    try {
      int result =
          NativeCalls.epollControl(inner, NativeCalls.EPOLL_CTL_MOD, fd, ALL, registration.id);
      if (result < 0) {
        throw failure(-result, phase);
      }
    } finally {
      guard.done();
    }
    if (poller == null) {
      startPoller();
    }
    return true;
  }

  /**
   * A thread is about to park without a timer and wants to be woken by then, if nothing else wakes
   * it. It has announced itself before, so that either it sees the end of the loop here, or close
   * sees it.
   *
   * @return false if the loop ends, and cannot do it
   */
  boolean wakeBy(long deadline) {
    if (closing) {
      return false;
    }
    if (deadlines.lowerTo(deadline)) {
      signal();
    }
    return true;
  }

  private void signal() {
    if (guard.tryUse()) {
      NativeCalls.eventSignal(wakeUp);
      guard.done();
    }
  }

  /** Whether nobody watches any more: who waits must do so by itself. */
  boolean isOver() {
    return closing;
  }

  void forget(Registration registration) {
    registrations.remove(registration.id);
  }

  private static IOException failure(int errno, FailurePhase phase) {
    return Failures.exception(
        FailureDetails.ofErrno(errno, phase)
            .withKind(FailureClassifier.ofLocalErrno(errno))
            .withNote("setting up epoll"));
  }

  /**
   * Counts the caller in, unless the loop is over; the first one opens the descriptors and starts
   * the thread.
   */
  private boolean enter(FailurePhase phase) throws IOException {
    if (guard == null) {
      lifecycle.lock();
      try {
        if (guard == null && !closing) {
          open(phase);
        }
      } finally {
        lifecycle.unlock();
      }
    }
    return guard != null && guard.tryUse();
  }

  private void open(FailurePhase phase) throws IOException {
    inner = NativeCalls.epollCreate();
    outer = NativeCalls.epollCreate();
    wakeUp = NativeCalls.eventCreate();
    int failed = Math.min(inner, Math.min(outer, wakeUp));
    if (failed >= 0) {
      failed =
          NativeCalls.epollControl(
              outer, NativeCalls.EPOLL_CTL_ADD, wakeUp, NativeCalls.EPOLLIN, WAKE_UP);
    }
    if (failed >= 0) {
      failed =
          NativeCalls.epollControl(outer, NativeCalls.EPOLL_CTL_ADD, inner, ARMED, INNER_READY);
    }
    if (failed < 0) {
      for (int fd : new int[] {inner, outer, wakeUp}) {
        if (fd >= 0) {
          NativeCalls.close(fd);
        }
      }
      throw failure(-failed, phase);
    }
    Descriptor opened = new Descriptor(inner, outer, wakeUp);
    opened.tryUse(); // the thread's, given back when it ends
    guard = opened;
    Thread thread = new Thread(this::run, "trunkline-epoll");
    thread.setDaemon(true);
    thread.start();
  }

  private void startPoller() {
    lifecycle.lock();
    try {
      if (poller == null && guard.tryUse()) {
        poller = VirtualThreads.start(this::runPoller);
      }
    } finally {
      lifecycle.unlock();
    }
  }

  private void run() {
    try {
      long[] batch = new long[2 * BATCH];
      while (!closing) {
        int ready = NativeCalls.epollWait(outer, batch, 2, deadlines.millisToNextScan());
        if (ready < 0) {
          LOG.error("epoll_wait failed: {}; idle connections are not watched", Errno.name(-ready));
          close();
          return;
        }
        deadlines.scanIfDue(registrations.values());
        boolean innerReady = false;
        for (int i = 0; i < ready; i++) {
          if (batch[2 * i] == WAKE_UP) {
            NativeCalls.eventDrain(wakeUp);
          } else {
            innerReady = true;
          }
        }
        if (innerReady && poller != null) {
          LockSupport.unpark(poller); // it arms the outer epoll again
        } else if (innerReady) {
          int dispatched;
          do {
            dispatched = harvest(batch);
          } while (dispatched > 0);
          arm();
        }
      }
    } finally {
      guard.done();
    }
  }

  @SuppressWarnings(
      "ThreadPriorityCheck") // the yield lets those run whom it woke; nothing hangs on it
  private void runPoller() {
    try {
      long[] batch = new long[2 * BATCH];
      while (!closing) {
        if (harvest(batch) > 0) {
          Thread.yield();
        } else {
          arm();
          LockSupport.park(this);
        }
      }
    } finally {
      guard.done();
    }
  }

  /** Dispatches one batch of what is ready now; never waits. */
  private int harvest(long[] batch) {
    int ready = NativeCalls.epollWait(inner, batch, BATCH, 0);
    for (int i = 0; i < ready; i++) {
      Registration registration = registrations.get(batch[2 * i]);
      if (registration != null) {
        fire(registration, (int) batch[2 * i + 1]);
      }
    }
    return ready;
  }

  private static void fire(Registration registration, int events) {
    try {
      registration.fire(events);
    } catch (RuntimeException | Error bug) {
      // One callback must not end the watch over all others.
      LOG.error("A callback of the event loop failed; this is a defect in Trunkline", bug);
    }
  }

  private void arm() {
    NativeCalls.epollControl(outer, NativeCalls.EPOLL_CTL_MOD, inner, ARMED, INNER_READY);
  }

  /**
   * Ends both threads; idempotent. Virtual threads that wait are woken when their sockets are
   * closed.
   */
  void close() {
    lifecycle.lock();
    try {
      closing = true;
      if (guard != null) {
        signal();
        guard.close();
      }
      LockSupport.unpark(poller);
      registrations.values().forEach(Registration::loopEnds);
    } finally {
      lifecycle.unlock();
    }
  }
}
