package io.trunkline.transport.jdk;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.time.Housekeeper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The streams of the JDK's socket with failures that say what happened, buffers, and a write limit.
 */
final class JdkStreams {
  private static final int COPY_BYTES = 16 * 1024;

  private JdkStreams() {}

  static final class Input extends InputStream {
    private static final int NONE = -1;

    private final JdkSocket socket;
    private final InputStream in;

    /** A byte that a look at an idle connection took, for the next read. */
    private volatile int lookedAt = NONE;

    private volatile boolean endOfStream;

    Input(JdkSocket socket, InputStream in) {
      this.socket = socket;
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, target.length);
      if (length == 0) {
        return 0;
      }
      if (lookedAt != NONE) {
        target[offset] = (byte) lookedAt;
        lookedAt = NONE;
        return 1;
      }
      long start = System.nanoTime();
      int count;
      try {
        count = in.read(target, offset, length);
      } catch (IOException failed) {
        throw socket.translated(failed, FailurePhase.READ, start);
      }
      if (count < 0) {
        socket.throwLatchedFailure(FailurePhase.READ, start);
        endOfStream = true;
      }
      return count;
    }

    int read(ByteBuffer target) throws IOException {
      if (target.isReadOnly()) {
        throw new IllegalArgumentException("the buffer is read-only");
      }
      byte[] copy = new byte[Math.min(COPY_BYTES, target.remaining())];
      int count = read(copy, 0, copy.length);
      if (count > 0) {
        target.put(copy, 0, count);
      }
      return count;
    }

    /** Reads a byte and keeps it; whether there was one, and not the end of the stream. */
    boolean look() throws IOException {
      if (lookedAt == NONE) {
        lookedAt = in.read();
      }
      return lookedAt != NONE;
    }

    boolean hasReadEnd() {
      return endOfStream;
    }

    @Override
    public int available() throws IOException {
      return in.available() + (lookedAt == NONE ? 0 : 1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  static final class Output extends OutputStream {
    /** What one limit is for, as on the jni transport. */
    private static final int PIECE = 128 * 1024;

    private final JdkSocket socket;
    private final OutputStream out;
    private final Housekeeper housekeeper;
    private final AtomicLong bytesWritten = new AtomicLong();

    /** Held for a whole write, which is several of the JDK's. */
    private final ReentrantLock lock = new ReentrantLock();

    Output(JdkSocket socket, OutputStream out, Housekeeper housekeeper) {
      this.socket = socket;
      this.out = out;
      this.housekeeper = housekeeper;
    }

    long bytesWritten() {
      return bytesWritten.get();
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, source.length);
      lock.lock();
      try {
        int end = offset + length;
        for (int at = offset; at < end; ) {
          int piece = Math.min(PIECE, end - at);
          writePiece(source, at, piece);
          at += piece;
        }
      } finally {
        lock.unlock();
      }
    }

    void write(ByteBuffer source) throws IOException {
      byte[] copy = new byte[Math.min(COPY_BYTES, source.remaining())];
      lock.lock();
      try {
        while (source.hasRemaining()) {
          int count = Math.min(copy.length, source.remaining());
          source.duplicate().get(copy, 0, count);
          write(copy, 0, count);
          source.position(source.position() + count);
        }
      } finally {
        lock.unlock();
      }
    }

    private void writePiece(byte[] source, int offset, int length) throws IOException {
      long start = System.nanoTime();
      Watch watch = new Watch(socket);
      int limitMillis = socket.getWriteTimeout();
      if (limitMillis != 0 && housekeeper.isCurrentThread()) {
        throw socket.failure(
            FailureDetails.of(FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE)
                .withRequestBytesSent(bytesWritten() > 0)
                .withNote("the thread that keeps the limits must not wait for one"),
            null);
      }
      Runnable cancel =
          limitMillis == 0
              ? () -> {}
              : housekeeper.schedule(TimeUnit.MILLISECONDS.toNanos(limitMillis), watch);
      IOException failure = null;
      boolean inTime;
      try {
        out.write(source, offset, length);
        bytesWritten.addAndGet(length);
      } catch (IOException failed) {
        failure = failed;
      } finally {
        inTime = watch.writeEnded();
        cancel.run();
      }
      if (!inTime) {
        throw socket.failure(
            FailureDetails.of(FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE)
                .withElapsedNanos(System.nanoTime() - start)
                .withRequestBytesSent(true)
                .withNote("the socket was closed"),
            failure);
      }
      if (failure != null) {
        throw socket.translated(failure, FailurePhase.WRITE, start);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /**
   * Closes the socket, which is the only way to end a write of the JDK's socket. Either the write
   * ends first or the limit: a write that was told to have succeeded has its connection kept.
   */
  private static final class Watch implements Runnable {
    private final JdkSocket socket;
    private final AtomicBoolean decided = new AtomicBoolean();

    Watch(JdkSocket socket) {
      this.socket = socket;
    }

    /** False if the limit came first, and the socket is closed or will be at once. */
    boolean writeEnded() {
      return decided.compareAndSet(false, true);
    }

    @Override
    public void run() {
      if (!decided.compareAndSet(false, true)) {
        return;
      }
      try {
        socket.close();
      } catch (IOException ignored) {
        // It is closed, whatever it says.
      }
    }
  }
}
