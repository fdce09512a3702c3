package io.trunkline.transport.tls;

import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.OutputStream;

/**
 * What JSSE writes to. After a failure in the middle of a record nothing that follows could be
 * understood, so that it takes no more then. JSSE writes one record at a time, under its lock.
 */
final class RawOutput extends OutputStream {
  /**
   * For the last record of a connection, which waits for no peer. Over the JDK's sockets the limit
   * counts the time for which the thread waits for a CPU, too.
   */
  private static final int LAST_RECORD_MILLIS = 50;

  /**
   * JSSE cannot go on after a record that was cut, and the few of a TLS handshake fit into the send
   * buffer of a new connection: this is for what should not happen.
   */
  private static final int LEAST_HANDSHAKE_MILLIS = 1_000;

  private final TransportSocket raw;
  private RecordWatch watch = new RecordWatch();
  private Deadline deadline;

  /** Written by whoever writes, read by anyone. */
  private volatile IOException failure;

  RawOutput(TransportSocket raw) {
    this.raw = raw;
  }

  /** From now on all writes together end at the deadline. */
  void until(Deadline value) {
    deadline = value;
  }

  /**
   * The TLS handshake is done.
   *
   * @param limitMillis the limit of each write from now on
   */
  void handshakeDone(int limitMillis) throws IOException {
    deadline = null;
    watch = null;
    raw.setWriteTimeout(limitMillis);
  }

  /** What follows is the last record, and either leaves soon or not at all. */
  void doNotWait() throws IOException {
    raw.setWriteTimeout(LAST_RECORD_MILLIS);
  }

  RecordWatch watch() {
    return watch;
  }

  /** How the socket failed, limits included; null if it has not. */
  IOException failure() {
    return failure;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      if (deadline != null) {
        int millis = RawInput.millis(deadline.remainingNanos());
        raw.setWriteTimeout(Math.max(LEAST_HANDSHAKE_MILLIS, millis));
      }
      raw.write(source, offset, length);
    } catch (IOException failed) {
      failure = failed;
      throw failed;
    }
    if (watch != null) {
      watch.see(source, offset, length);
    }
  }
}
