package io.trunkline.transport.tls;

import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What JSSE reads from: the socket under it, with limits for a whole operation rather than for each
 * of its reads, with a mode that never waits, and with a memory of how the socket failed. The
 * buffer saves JSSE's own read for each header of a record.
 *
 * <p>Belongs to the one reader, but for what is marked volatile.
 */
final class RawInput extends InputStream {
  private static final int BUFFER_BYTES = 4 * 1024;

  /** What one look at an idle connection takes in: many tickets, and not a flood of them. */
  private static final int LOOK_BYTES = 32 * 1024;

  private static final int LAST_WORDS_MILLIS = 1;

  /** Of what the socket has; no limit is like this one. */
  private static final int UNKNOWN = -1;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final TransportSocket raw;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int end;

  private RecordWatch watch = new RecordWatch();
  private Deadline deadline;
  private long startNanos;
  private boolean neverWait;
  private int lookBytes;
  private volatile boolean ended;
  private IOException failure;

  /** What the socket has now, if known; differs from the limit while less of it is left. */
  private int setMillis;

  /** The limit of an operation, 0 for none. */
  private volatile int limitMillis;

  private volatile boolean shutDown;

  RawInput(TransportSocket raw) throws IOException {
    this.raw = raw;
    limitMillis = raw.getSoTimeout();
    setMillis = limitMillis;
  }

  // ---- modes, set by the reader ----

  /** From now on all reads together end at the deadline. */
  void until(Deadline value) {
    deadline = value;
    setMillis = UNKNOWN; // the user of the socket may have set another one
  }

  /** The TLS handshake is done: from now on the limit of each operation counts. */
  void handshakeDone() {
    deadline = null;
    watch = null;
  }

  /** An operation begins, and its limit with it. */
  void begin() {
    startNanos = System.nanoTime();
  }

  /** Until {@link #endLook} a read that would have to wait throws SocketTimeoutException. */
  void beginLook() {
    neverWait = true;
    lookBytes = LOOK_BYTES;
  }

  void endLook() {
    neverWait = false;
  }

  /** After a write failed in the TLS handshake: what the peer said before it left, which is why. */
  void takeLastWords() {
    byte[] scratch = new byte[BUFFER_BYTES];
    try {
      raw.setSoTimeout(LAST_WORDS_MILLIS);
      for (int count = 0; count >= 0; ) {
        watch.see(scratch, 0, count);
        count = raw.read(scratch, 0, scratch.length);
      }
    } catch (IOException noMore) {
      // Then it said nothing else.
    }
  }

  // ---- what is known, to the reader ----

  RecordWatch watch() {
    return watch;
  }

  /** Bytes that were received and that JSSE has not asked for yet. */
  int buffered() {
    return end - at;
  }

  /** Whether TCP has ended, by a FIN of the peer. */
  boolean hasEnded() {
    return ended;
  }

  /** How the socket failed for good; null if it has not. */
  IOException failure() {
    return failure;
  }

  long startNanos() {
    return startNanos;
  }

  // ---- from any thread ----

  int limitMillis() {
    return limitMillis;
  }

  void setLimitMillis(int value) {
    limitMillis = value;
  }

  /** From now on there is nothing to read; JSSE must not take that for the end of the stream. */
  void shutDown() {
    shutDown = true;
  }

  boolean isShutDown() {
    return shutDown;
  }

  // ---- reading ----

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
    if (at == end) {
      if (length >= BUFFER_BYTES) {
        return receive(target, offset, length);
      }
      int count = receive(buffer, 0, BUFFER_BYTES);
      if (count < 0) {
        return -1;
      }
      at = 0;
      end = count;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(buffer, at, target, offset, count);
    at += count;
    return count;
  }

  private int receive(byte[] target, int offset, int length) throws IOException {
    if (shutDown) {
      throw new SocketTimeoutException("the input is shut down");
    }
    int most = neverWait ? lookable(length) : length;
    if (!neverWait) {
      setRemaining();
    }
    int count;
    try {
      count = raw.read(target, offset, most);
    } catch (SocketTimeoutException limitPassed) {
      throw limitPassed;
    } catch (IOException failed) {
      failure = failed;
      throw failed;
    }
    if (count < 0) {
      if (shutDown) {
        throw new SocketTimeoutException("the input is shut down");
      }
      ended = true;
      return -1;
    }
    lookBytes -= count;
    if (watch != null) {
      watch.see(target, offset, count);
    }
    return count;
  }

  /** How much may be read without waiting. */
  private int lookable(int length) throws IOException {
    int most = Math.min(Math.min(length, lookBytes), raw.getInputStream().available());
    if (most <= 0) {
      throw new SocketTimeoutException("nothing to read");
    }
    return most;
  }

  /** A peer that drips bytes must not extend the limit. */
  private void setRemaining() throws IOException {
    int millis;
    if (deadline != null) {
      millis = millis(deadline.remainingNanos());
    } else if (limitMillis == 0) {
      millis = 0;
    } else {
      long limit = TimeUnit.MILLISECONDS.toNanos(limitMillis);
      millis = millis(limit - (System.nanoTime() - startNanos));
    }
    if (millis < 0) {
      throw new SocketTimeoutException("the limit has passed");
    }
    if (millis != setMillis) {
      raw.setSoTimeout(millis);
      setMillis = millis;
    }
  }

  /** Rounded up, so that a short time does not become none; -1 if none is left. */
  static int millis(long nanos) {
    return nanos <= 0 ? -1 : (int) Math.min(Integer.MAX_VALUE, (nanos - 1) / NANOS_PER_MILLI + 1);
  }

  /** Nothing, ever: JSSE asks only to throw it away at its end. */
  @Override
  public int available() {
    return 0;
  }
}
