package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The reading half of a native socket. One reader at a time; others wait for it. */
final class SocketReader extends InputStream {
  /** Below this the coarse timers of SO_RCVTIMEO are not worth the system call they save. */
  private static final long SHORTEST_BLOCKING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final JniSocket socket;
  private final Descriptor descriptor;
  private final SocketFailures failures;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long limitNanos;

  private volatile boolean shutDown;
  private long announcedNanos; // to the kernel; guarded by lock
  private volatile boolean endOfStream; // written under lock

  SocketReader(JniSocket socket, Descriptor descriptor, SocketFailures failures) {
    this.socket = socket;
    this.descriptor = descriptor;
    this.failures = failures;
  }

  /** The limit of each read from now on, 0 for none. */
  void setLimitNanos(long nanos) {
    limitNanos = nanos;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    return length == 0 ? 0 : transfer(target, offset, length);
  }

  int read(ByteBuffer target) throws IOException {
    int length = target.remaining();
    if (length == 0) {
      return 0;
    }
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only");
    }
    int position = target.position();
    int count =
        target.isDirect()
            ? transfer(target, position, length)
            : transfer(target.array(), target.arrayOffset() + position, length);
    if (count > 0) {
      target.position(position + count);
    }
    return count;
  }

  /** Into a byte[] or a direct ByteBuffer. */
  private int transfer(Object target, int offset, int length) throws IOException {
    lock.lock();
    try {
      if (!descriptor.tryUse()) {
        throw failures.closed(FailurePhase.READ);
      }
      try {
        long start = System.nanoTime();
        FirstFlight flight = socket.flight();
        if (flight != null && !shutDown && !flight.awaitBeforeRead(limitNanos)) {
          throw failures.limitPassed(FailurePhase.READ, start, 0);
        }
        if (endOfStream || shutDown) {
          return -1;
        }
        int count =
            VirtualThreads.isVirtual(Thread.currentThread())
                ? receiveParking(target, offset, length, start)
                : receiveBlocking(target, offset, length, start);
        return count > 0 ? count : ended(count, start);
      } finally {
        descriptor.done();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the kernel knows the limit, too; without that a blocking call would not end by it. */
  private boolean announced(long limit) {
    if (limit != announcedNanos && NativeCalls.setReceiveLimit(descriptor.fd(), limit) >= 0) {
      announcedNanos = limit;
    }
    return limit == announcedNanos;
  }

  private int receiveBlocking(Object target, int offset, int length, long start) {
    long limit = limitNanos;
    boolean isLong = limit == 0 || limit >= SHORTEST_BLOCKING_NANOS;
    int mode = isLong && announced(limit) ? NativeCalls.BLOCKING : NativeCalls.POLLED;
    return receive(target, offset, length, Clock.deadline(start, limit), mode);
  }

  private int receive(Object target, int offset, int length, long deadline, int mode) {
    return target instanceof byte[] array
        ? NativeCalls.receive(descriptor.fd(), array, offset, length, deadline, mode)
        : NativeCalls.receiveDirect(
            descriptor.fd(), (ByteBuffer) target, offset, length, deadline, mode);
  }

  /**
   * A native call must not hold the carrier while it waits: try, park until there is an event, try
   * again.
   */
  private int receiveParking(Object target, int offset, int length, long start) throws IOException {
    long limit = limitNanos == 0 ? Long.MAX_VALUE : limitNanos;
    Registration registration = socket.waits().knownForReadiness();
    for (; ; ) {
      if (registration != null) {
        registration.expectReadable();
      }
      int count = receive(target, offset, length, NativeCalls.NO_DEADLINE, NativeCalls.NEVER_WAIT);
      if (count != -Errno.EAGAIN || descriptor.isClosed()) {
        return count;
      }
      long left = limit == Long.MAX_VALUE ? limit : limit - (System.nanoTime() - start);
      if (left <= 0) {
        return -Errno.EAGAIN;
      }
      if (socket.waits().isOver()) {
        return receive(target, offset, length, Clock.deadline(start, limit), NativeCalls.POLLED);
      }
      if (registration == null) {
        registration = socket.waits().forReadiness(FailurePhase.READ);
        continue; // what came before the registration made no event
      }
      registration.awaitReadable(left);
      if (Thread.currentThread().isInterrupted()) {
        throw failures.closedByInterrupt(FailurePhase.READ);
      }
    }
  }

  /** Nothing was read: the end, a limit, a failure, or our own close, which looks like an end. */
  private int ended(int result, long start) throws IOException {
    if (descriptor.isClosed()) {
      throw failures.closed(FailurePhase.READ);
    }
    if (result == 0) {
      failures.throwLatchedFailure(FailurePhase.READ, start);
      endOfStream |= !shutDown;
      return -1;
    }
    if (result == -Errno.EAGAIN) {
      throw failures.limitPassed(FailurePhase.READ, start, 0);
    }
    throw failures.fatal(-result, FailurePhase.READ, start);
  }

  boolean hasReadEnd() {
    return endOfStream;
  }

  @Override
  public int available() throws IOException {
    if (!descriptor.tryUse()) {
      throw failures.closed(FailurePhase.READ);
    }
    try {
      int count = shutDown ? 0 : NativeCalls.available(descriptor.fd());
      if (count < 0) {
        throw failures.fatal(-count, FailurePhase.READ, System.nanoTime());
      }
      return count;
    } finally {
      descriptor.done();
    }
  }

  /** From now on every read is at the end of the stream; wakes the one that waits. */
  int shutDown() {
    shutDown = true;
    FirstFlight flight = socket.flight();
    return flight != null && flight.shutDownInputLater() ? 0 : shutDownNow();
  }

  int shutDownNow() {
    return NativeCalls.shutdown(descriptor.fd(), NativeCalls.SHUT_RD);
  }

  boolean isShutDown() {
    return shutDown;
  }

  /** Closes the socket, as the streams of java.net.Socket do. */
  @Override
  public void close() {
    socket.close();
  }
}
