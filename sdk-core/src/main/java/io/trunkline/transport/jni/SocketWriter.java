package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The writing half of a native socket. One writer at a time; others wait for it. */
final class SocketWriter extends OutputStream {
  /** What one limit is for: large writes on slow lines get a limit for each such piece. */
  private static final int PIECE = 128 * 1024;

  private static final long SHORTEST_BLOCKING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final VarHandle BYTES_WRITTEN;

  static {
    try {
      BYTES_WRITTEN =
          MethodHandles.lookup().findVarHandle(SocketWriter.class, "bytesWritten", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final JniSocket socket;
  private final Descriptor descriptor;
  private final SocketFailures failures;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long limitNanos;

  private volatile boolean shutDown;
  private long announcedNanos; // to the kernel; guarded by lock

  /** Written by the one writer under the lock, read by anyone. */
  private long bytesWritten;

  SocketWriter(JniSocket socket, Descriptor descriptor, SocketFailures failures) {
    this.socket = socket;
    this.descriptor = descriptor;
    this.failures = failures;
  }

  /** The limit of each piece from now on, 0 for none. */
  void setLimitNanos(long nanos) {
    limitNanos = nanos;
  }

  long bytesWritten() {
    return (long) BYTES_WRITTEN.getAcquire(this);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    transferAll(source, offset, length);
  }

  void write(ByteBuffer source) throws IOException {
    lock.lock(); // the bytes written meanwhile are those of this buffer
    try {
      int length = source.remaining();
      int position = source.position();
      long before = bytesWritten();
      try {
        if (source.isDirect()) {
          transferAll(source, position, length);
        } else if (source.hasArray()) {
          transferAll(source.array(), source.arrayOffset() + position, length);
        } else {
          byte[] copy = new byte[length]; // a read-only heap buffer hides its array
          source.duplicate().get(copy);
          transferAll(copy, 0, length);
        }
      } finally {
        source.position(position + (int) (bytesWritten() - before));
      }
    } finally {
      lock.unlock();
    }
  }

  private void transferAll(Object source, int offset, int length) throws IOException {
    lock.lock();
    try {
      if (!descriptor.tryUse()) {
        throw failures.closed(FailurePhase.WRITE);
      }
      try {
        int end = offset + length;
        FirstFlight flight = socket.flight();
        int at =
            flight == null || length == 0 ? offset : offset + open(flight, source, offset, length);
        while (at < end) {
          int piece = Math.min(PIECE, end - at);
          transferPiece(source, at, piece, at - offset);
          at += piece;
        }
      } finally {
        descriptor.done();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The handshake, with as much of the first piece as its SYN can take. */
  private int open(FirstFlight flight, Object source, int offset, int length) throws IOException {
    int piece = Math.min(PIECE, length);
    int taken =
        flight.fly(
            () -> send(source, offset, piece, NativeCalls.NO_DEADLINE, NativeCalls.NEVER_WAIT));
    BYTES_WRITTEN.setRelease(this, bytesWritten + taken);
    return taken;
  }

  /**
   * Writes one piece.
   *
   * @param before bytes that the earlier pieces of the same write had
   */
  private void transferPiece(Object source, int offset, int length, int before) throws IOException {
    long start = System.nanoTime();
    long limit = limitNanos;
    long deadline = Clock.deadline(start, limit);
    boolean virtual = VirtualThreads.isVirtual(Thread.currentThread());
    int sent = 0;
    while (sent < length) {
      int count;
      if (virtual) {
        count = sendParking(source, offset + sent, length - sent, start, limit);
      } else if (sent == 0 && limit == announcedNanos) {
        count = send(source, offset, length, deadline, NativeCalls.BLOCKING);
      } else {
        // The limit that the kernel knows is for a whole piece; the rest of one has less.
        count = send(source, offset + sent, length - sent, deadline, NativeCalls.POLLED);
        if (count < length - sent) {
          announce(limit); // to have the next piece in one call
        }
      }
      if (count <= 0) {
        throw failed(count, start, before + sent);
      }
      sent += count;
      BYTES_WRITTEN.setRelease(this, bytesWritten + count);
    }
  }

  /** Many a connection never fills the send buffer: only where a write had to wait. */
  private void announce(long limit) {
    if (limit != announcedNanos
        && (limit == 0 || limit >= SHORTEST_BLOCKING_NANOS)
        && NativeCalls.setSendLimit(descriptor.fd(), limit) >= 0) {
      announcedNanos = limit;
    }
  }

  private int send(Object source, int offset, int length, long deadline, int mode) {
    return source instanceof byte[] array
        ? NativeCalls.send(descriptor.fd(), array, offset, length, deadline, mode)
        : NativeCalls.sendDirect(
            descriptor.fd(), (ByteBuffer) source, offset, length, deadline, mode);
  }

  private int sendParking(Object source, int offset, int length, long start, long limit)
      throws IOException {
    Registration registration = socket.waits().knownForReadiness();
    for (; ; ) {
      if (registration != null) {
        registration.expectWritable();
      }
      int count = send(source, offset, length, NativeCalls.NO_DEADLINE, NativeCalls.NEVER_WAIT);
      if (count != -Errno.EAGAIN || descriptor.isClosed()) {
        return count;
      }
      long left = limit == 0 ? Long.MAX_VALUE : limit - (System.nanoTime() - start);
      if (left <= 0) {
        return -Errno.EAGAIN;
      }
      if (socket.waits().isOver()) {
        return send(source, offset, length, Clock.deadline(start, limit), NativeCalls.POLLED);
      }
      if (registration == null) {
        registration = socket.waits().forReadiness(FailurePhase.WRITE);
        continue;
      }
      registration.awaitWritable(left);
      if (Thread.currentThread().isInterrupted()) {
        throw failures.closedByInterrupt(FailurePhase.WRITE);
      }
    }
  }

  private IOException failed(int result, long start, int sent) throws IOException {
    if (descriptor.isClosed() || shutDown) {
      return failures.closed(FailurePhase.WRITE); // our own shutdown looks like the peer's (EPIPE)
    }
    if (result == -Errno.EAGAIN) {
      return failures.limitPassed(FailurePhase.WRITE, start, sent);
    }
    if (result == -Errno.EPIPE) {
      failures.throwLatchedFailure(FailurePhase.WRITE, start); // what ended it was told before
    }
    return failures.fatal(-result, FailurePhase.WRITE, start);
  }

  int shutDown() {
    shutDown = true;
    return NativeCalls.shutdown(descriptor.fd(), NativeCalls.SHUT_WR);
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
