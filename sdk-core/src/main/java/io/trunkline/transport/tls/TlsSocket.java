package io.trunkline.transport.tls;

import io.trunkline.failure.FailurePhase;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * TLS by JSSE over a connected socket, with the same contract. It differs where TLS does: a half
 * close sends a close_notify first, and under TLS 1.2 the peer need not answer any more after it
 * (RFC 5246, 7.2.1); a write that failed or passed its limit leaves a record in pieces, so nothing
 * can be written after it; the write limit is that of each record; the end of TCP without a
 * close_notify is a failure; {@code available} counts what is decrypted; there is no urgent data.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class TlsSocket extends LayeredSocket {
  /** A piece that is one record, whatever JSSE adds to it (RFC 8446, 5.1: at most 16 KiB). */
  private static final int PIECE = 16_000;

  /** How often an idle connection may turn out to have still more, none of it data. */
  private static final int MOST_LOOKS = 4;

  /** What is thrown away at close, so that the kernel sends a FIN and not a RST. */
  private static final int MOST_DRAINED = 64 * 1024;

  private final SSLSocket ssl;
  private final RawView view;
  private final RawInput rawIn;
  private final RawOutput rawOut;
  private final TlsFailures failures;
  private final InputStream sslIn;
  private final OutputStream sslOut;
  private final InputStream input = new Input();
  private final OutputStream output = new Output();

  private final ReentrantLock readLock = new ReentrantLock();
  private final ReentrantLock writeLock = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicLong bytesWritten = new AtomicLong();

  /** The peer's close_notify has come. */
  private volatile boolean endOfStream;

  private volatile boolean outputShutDown;

  /** Nothing can follow a record in pieces; what the peer has sent can still be read. */
  private volatile IOException writeFailure;

  /** What ended the connection, told to whoever asks next. */
  private volatile IOException fatal;

  TlsSocket(
      TransportSocket raw,
      SSLSocket ssl,
      RawView view,
      RawInput rawIn,
      RawOutput rawOut,
      TlsFailures failures)
      throws IOException {
    super(raw);
    this.ssl = ssl;
    this.view = view;
    this.rawIn = rawIn;
    this.rawOut = rawOut;
    this.failures = failures;
    this.sslIn = ssl.getInputStream();
    this.sslOut = ssl.getOutputStream();
    raw.endpoint().ifPresent(this::setEndpoint);
  }

  @Override
  public Optional<SSLSession> tlsSession() {
    return Optional.of(ssl.getSession());
  }

  @Override
  public Optional<String> applicationProtocol() {
    String name = ssl.getApplicationProtocol();
    return name == null || name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  // ---- reading ----

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    readLock.lock();
    try {
      return receive(target, offset, length);
    } finally {
      readLock.unlock();
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int length = target.remaining();
    if (length == 0) {
      return 0;
    }
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only");
    }
    if (target.hasArray()) {
      int position = target.position();
      int count = read(target.array(), target.arrayOffset() + position, length);
      if (count > 0) {
        target.position(position + count);
      }
      return count;
    }
    byte[] copy = new byte[Math.min(PIECE, length)];
    int count = read(copy, 0, copy.length);
    if (count > 0) {
      target.put(copy, 0, count);
    }
    return count;
  }

  /** Under the read lock. */
  private int receive(byte[] target, int offset, int length) throws IOException {
    if (closed.get()) {
      throw failures.closed(FailurePhase.READ);
    }
    if (rawIn.isShutDown() || endOfStream) {
      return -1;
    }
    if (fatal != null) {
      throw failures.again(fatal, FailurePhase.READ);
    }
    rawIn.begin();
    int count;
    try {
      count = sslIn.read(target, offset, length);
    } catch (IOException failed) {
      return readFailed(failed);
    }
    if (count >= 0) {
      return count;
    }
    if (closed.get()) {
      throw failures.closed(FailurePhase.READ);
    }
    if (rawIn.isShutDown()) {
      return -1;
    }
    if (rawIn.hasEnded()) {
      throw latched(failures.truncated(rawIn.startNanos()));
    }
    endOfStream = true;
    return -1;
  }

  private int readFailed(IOException failed) throws IOException {
    if (closed.get()) {
      throw failures.closed(FailurePhase.READ);
    }
    if (rawIn.isShutDown()) {
      return -1;
    }
    IOException failure = failures.established(failed, FailurePhase.READ, rawIn.startNanos());
    if (failed instanceof SocketTimeoutException) {
      throw failure; // JSSE keeps what it has of a record, and goes on with it
    }
    throw latched(failure);
  }

  private IOException latched(IOException failure) {
    if (fatal == null) {
      fatal = failure;
    }
    return failure;
  }

  // ---- writing ----

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    writeLock.lock();
    try {
      int end = offset + length;
      for (int at = offset; at < end; ) {
        int piece = Math.min(PIECE, end - at);
        writePiece(source, at, piece, at - offset);
        at += piece;
      }
    } finally {
      writeLock.unlock();
    }
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    writeLock.lock();
    try {
      byte[] copy = source.hasArray() ? null : new byte[Math.min(PIECE, source.remaining())];
      int start = source.position();
      while (source.hasRemaining()) {
        int piece = Math.min(PIECE, source.remaining());
        int position = source.position();
        if (copy == null) {
          writePiece(source.array(), source.arrayOffset() + position, piece, position - start);
        } else {
          source.duplicate().get(copy, 0, piece);
          writePiece(copy, 0, piece, position - start);
        }
        source.position(position + piece);
      }
    } finally {
      writeLock.unlock();
    }
  }

  /**
   * Under the write lock.
   *
   * @param before bytes that the earlier pieces of the same write had
   */
  private void writePiece(byte[] source, int offset, int length, int before) throws IOException {
    if (closed.get() || outputShutDown) {
      throw failures.closed(FailurePhase.WRITE);
    }
    if (fatal != null || writeFailure != null) {
      throw failures.again(fatal != null ? fatal : writeFailure, FailurePhase.WRITE);
    }
    long start = System.nanoTime();
    try {
      sslOut.write(source, offset, length);
    } catch (IOException failed) {
      throw writeFailed(failed, start, before);
    }
    bytesWritten.setRelease(bytesWritten.getPlain() + length);
  }

  private IOException writeFailed(IOException failed, long start, int before) {
    if (closed.get()) {
      return failures.closed(FailurePhase.WRITE);
    }
    if (fatal != null) {
      return failures.again(fatal, FailurePhase.WRITE); // the reader met it first
    }
    if (endOfStream && rawOut.failure() == null) {
      return failures.peerClosed(FailurePhase.WRITE);
    }
    IOException failure = failures.established(failed, FailurePhase.WRITE, start);
    if (failure instanceof SocketTimeoutException limitPassed) {
      limitPassed.bytesTransferred = before;
    }
    if (rawOut.failure() == null) {
      return latched(failure);
    }
    writeFailure = failure;
    return failure;
  }

  @Override
  public long bytesWritten() {
    return bytesWritten.getAcquire();
  }

  /** TLS has none. */
  @Override
  public void sendUrgentData(int data) throws IOException {
    throw new SocketException("there is no urgent data in TLS");
  }

  // ---- streams ----

  @Override
  public InputStream getInputStream() throws IOException {
    if (closed.get() || rawIn.isShutDown()) {
      throw noStream(FailurePhase.READ, new SocketException("Socket input is shutdown"));
    }
    return input;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    if (closed.get() || isOutputShutdown()) {
      throw noStream(FailurePhase.WRITE, new SocketException("Socket output is shutdown"));
    }
    return output;
  }

  private void checkOpen() throws SocketException {
    if (closed.get()) {
      throw new SocketException("Socket is closed");
    }
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return TlsSocket.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return TlsSocket.this.read(target, offset, length);
    }

    @Override
    public int available() throws IOException {
      if (closed.get()) {
        throw failures.closed(FailurePhase.READ);
      }
      return rawIn.isShutDown() || endOfStream || fatal != null ? 0 : sslIn.available();
    }

    @Override
    public void close() {
      TlsSocket.this.close();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      TlsSocket.this.write(source, offset, length);
    }

    @Override
    public void close() {
      TlsSocket.this.close();
    }
  }

  // ---- half close ----

  @Override
  public void shutdownInput() throws IOException {
    checkOpen();
    if (rawIn.isShutDown()) {
      throw new SocketException("Socket input is already shutdown");
    }
    rawIn.shutDown();
    if (!raw.isInputShutdown()) {
      raw.shutdownInput(); // wakes the one that reads
    }
  }

  /** Sends a close_notify, after the write that is under way, then ends TCP in this direction. */
  @Override
  public void shutdownOutput() throws IOException {
    checkOpen();
    if (isOutputShutdown()) {
      throw new SocketException("Socket output is already shutdown");
    }
    writeLock.lock();
    try {
      checkOpen();
      outputShutDown = true;
      ssl.shutdownOutput();
    } finally {
      writeLock.unlock();
    }
  }

  @Override
  public boolean isInputShutdown() {
    return rawIn.isShutDown();
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutDown;
  }

  // ---- idle ----

  /**
   * {@inheritDoc}
   *
   * <p>A ticket or key update of TLS 1.3 is taken in, and leaves the connection clean.
   */
  @Override
  public IdleState checkIdle(long idleSinceNanos) {
    if (closed.get() || fatal != null || endOfStream || !readLock.tryLock()) {
      return IdleState.PEER_CLOSED;
    }
    try {
      if (sslIn.available() > 0) {
        return IdleState.READABLE;
      }
      IdleState seen = rawIn.buffered() > 0 ? IdleState.READABLE : raw.checkIdle(idleSinceNanos);
      for (int looks = 0; seen == IdleState.READABLE && looks < MOST_LOOKS; looks++) {
        seen = lookInside();
        if (seen == IdleState.CLEAN) {
          seen = raw.checkIdle(idleSinceNanos); // the end may be behind the ticket
        } else {
          return seen;
        }
      }
      return seen;
    } catch (IOException | RuntimeException failed) {
      return IdleState.PEER_CLOSED; // of a provider with a defect there is nothing more to hope for
    } finally {
      readLock.unlock();
    }
  }

  @Override
  public boolean hasReadEnd() {
    return endOfStream || rawIn.hasEnded();
  }

  private IdleState lookInside() {
    rawIn.beginLook();
    try {
      return receive(new byte[1], 0, 1) < 0 ? IdleState.PEER_CLOSED : IdleState.READABLE;
    } catch (SocketTimeoutException nothingForUs) {
      return IdleState.CLEAN;
    } catch (IOException failed) {
      return IdleState.PEER_CLOSED;
    } finally {
      rawIn.endLook();
    }
  }

  // ---- closing ----

  @Override
  public boolean isClosed() {
    return closed.get();
  }

  /**
   * Waits for no peer. A writer that is stuck is cut off; otherwise a close_notify is sent, if the
   * kernel has room for it within 50 ms. The socket below is closed whatever JSSE throws.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    view.beginClose();
    try {
      if (writeLock.tryLock()) {
        try {
          sayGoodbye();
        } finally {
          writeLock.unlock();
        }
      }
      if (readLock.tryLock()) {
        try {
          drain();
        } finally {
          readLock.unlock();
        }
      }
    } finally {
      closeQuietly();
    }
  }

  private void sayGoodbye() {
    if (outputShutDown || rawOut.failure() != null || fatal != null) {
      return;
    }
    try {
      rawOut.doNotWait();
      ssl.shutdownOutput();
    } catch (IOException gone) {
      // Then there is nobody to say it to.
    }
  }

  /** Tickets that nobody has read would make close(2) send a RST, and the peer lose what it has. */
  private void drain() {
    try {
      InputStream left = raw.getInputStream();
      byte[] thrownAway = new byte[0];
      for (int total = 0; total < MOST_DRAINED; total += thrownAway.length) {
        int count = left.available();
        if (count <= 0) {
          return;
        }
        thrownAway = left.readNBytes(Math.min(count, MOST_DRAINED));
      }
    } catch (IOException gone) {
      // Then nothing is left to be read.
    }
  }

  private void closeQuietly() {
    try {
      raw.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }

  // ---- options that TLS has its own word in ----

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("read timeout must not be negative: " + millis);
    }
    checkOpen();
    rawIn.setLimitMillis(millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    checkOpen();
    return rawIn.limitMillis();
  }

  @Override
  public String toString() {
    return "TLS over " + raw;
  }
}
