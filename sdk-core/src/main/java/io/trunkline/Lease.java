package io.trunkline;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TcpInfo;
import io.trunkline.pool.PooledConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/**
 * A caller's hold on a pooled connection.
 *
 * <pre>{@code
 * try (Lease lease = manager.acquire(endpoint)) {
 *   lease.output().write(request);
 *   byte[] answer = readAnswer(lease.input());
 *   lease.release(); // the exchange is complete: the connection may serve the next caller
 * }
 * }</pre>
 *
 * <p>{@link #release} declares the exchange complete and gives the connection back. {@link #close}
 * without it closes the connection, so that an exception in the middle can never hand a half-read
 * answer to the next caller. Both may be called again, in any order, without harm. All that the
 * lease gave out is dead after either.
 *
 * <p>Thread-safe as a socket is: one thread may read while another writes, and a third may close. A
 * release while an operation is under way closes the connection.
 */
public final class Lease implements AutoCloseable {
  private static final int ENDED = 1 << 31;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Lease.class, "state", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final PooledConnection connection;

  /** Kept reachable by the lease alone: see LeakWatch. */
  private final Object hold;

  private LeaseSocket view;

  /** The number of operations under way, and {@link #ENDED}. */
  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  private final boolean initializing;
  private boolean readTimedOut;
  private boolean answered;
  private boolean sawEnd;

  Lease(PooledConnection connection, boolean initializing) {
    this.connection = connection;
    this.initializing = initializing;
    this.hold = connection.takeHold();
  }

  // ---- operations ----

  /** Reads from the connection. Closing the stream closes the lease. */
  public InputStream input() {
    return new LeaseStreams.Input(this);
  }

  /** Writes to the connection, without a buffer between. Closing the stream closes the lease. */
  public OutputStream output() {
    return new LeaseStreams.Output(this);
  }

  /**
   * Reads what is there, at least one byte, waiting for it up to the read limit.
   *
   * @return the number of bytes, -1 at the end of the stream, 0 if the buffer has no room
   */
  public int read(ByteBuffer target) throws IOException {
    begin(FailurePhase.READ);
    try {
      return received(connection.socket().read(target));
    } catch (IOException failed) {
      throw readFailed(failed);
    } finally {
      done();
    }
  }

  /** Writes all that remains in the buffer; a direct one is not copied. */
  public void write(ByteBuffer source) throws IOException {
    begin(FailurePhase.WRITE);
    try {
      connection.socket().write(source);
    } catch (IOException failed) {
      throw writeFailed(failed);
    } finally {
      done();
    }
  }

  int read(byte[] target, int offset, int length) throws IOException {
    begin(FailurePhase.READ);
    try {
      return received(connection.socket().read(target, offset, length));
    } catch (IOException failed) {
      throw readFailed(failed);
    } finally {
      done();
    }
  }

  void write(byte[] source, int offset, int length) throws IOException {
    begin(FailurePhase.WRITE);
    try {
      connection.socket().write(source, offset, length);
    } catch (IOException failed) {
      throw writeFailed(failed);
    } finally {
      done();
    }
  }

  int available() throws IOException {
    begin(FailurePhase.READ);
    try {
      return connection.socket().getInputStream().available();
    } finally {
      done();
    }
  }

  private int received(int count) {
    if (count < 0) {
      sawEnd = true;
      connection.markBroken();
    }
    answered |= count > 0;
    readTimedOut &= count <= 0;
    return count;
  }

  /**
   * After a read limit the answer may still be on its way, so the next caller must not get this
   * connection.
   */
  private IOException readFailed(IOException failed) {
    if (failed instanceof SocketTimeoutException) {
      readTimedOut = true; // until a later read succeeds
    } else {
      connection.markBroken();
    }
    return failed;
  }

  private IOException writeFailed(IOException failed) {
    connection.markBroken();
    return failed;
  }

  /**
   * This connection as a socket, for whatever takes one. Options that are changed on it are set
   * back at release. Closing it closes the lease.
   */
  public synchronized Socket socket() {
    if (view == null) {
      view = new LeaseSocket(this, connection.socket());
    }
    return view;
  }

  // ---- what is known of it ----

  /** Whether the connection has served an earlier lease. */
  public boolean isReused() {
    return connection.uses() > 1;
  }

  /** Whether a byte was received in this lease. */
  boolean isAnswered() {
    return answered;
  }

  /** Whether the end of the stream was read in this lease. */
  boolean sawEnd() {
    return sawEnd;
  }

  /** Bytes that the operating system has taken for sending in the life of the connection. */
  long bytesSent() {
    return connection.socket().bytesWritten();
  }

  /**
   * What was attached to the connection last, in this lease or an earlier one; null if nothing, and
   * after the lease.
   */
  public Object attachment() {
    if (!tryBegin()) {
      return null;
    }
    try {
      return connection.attachment();
    } finally {
      done();
    }
  }

  /**
   * Keeps something with the connection for as long as it lives: a codec, bytes read ahead.
   *
   * @throws IllegalStateException if the lease has ended
   */
  public void attach(Object attachment) {
    if (!tryBegin()) {
      throw new IllegalStateException("the lease has ended");
    }
    try {
      connection.attach(attachment);
    } finally {
      done();
    }
  }

  /** What the kernel knows of the connection; empty on the jdk transport and after the lease. */
  public Optional<TcpInfo> tcpInfo() {
    if (!tryBegin()) {
      return Optional.empty();
    }
    try {
      return connection.socket().tcpInfo();
    } finally {
      done();
    }
  }

  /** The TLS session, if TLS is spoken on the connection; empty after the lease. */
  public Optional<SSLSession> tlsSession() {
    if (!tryBegin()) {
      return Optional.empty();
    }
    try {
      return connection.socket().tlsSession();
    } finally {
      done();
    }
  }

  /** The application protocol that TLS has negotiated (ALPN), if any; empty after the lease. */
  public Optional<String> applicationProtocol() {
    if (!tryBegin()) {
      return Optional.empty();
    }
    try {
      return connection.socket().applicationProtocol();
    } finally {
      done();
    }
  }

  // ---- the end ----

  /**
   * Declares the exchange complete: all of the answer was read, and nothing of a request is unsent.
   * The connection goes back to the pool, unless it failed, was half closed, or an operation is
   * still under way; then it is closed.
   */
  public void release() {
    if (initializing) {
      throw new IllegalStateException("an initializer must not release its lease");
    }
    int seen = (int) STATE.getAndBitwiseOr(this, ENDED);
    if (seen < 0) {
      return;
    }
    if (seen == 0 && !readTimedOut && (view == null || view.restoreOptions())) {
      connection.release(hold);
    } else {
      connection.discard();
    }
  }

  /**
   * Closes the connection, unless the lease was released before. Never blocks; ends operations
   * under way.
   */
  @Override
  public void close() {
    // The look before is for the close after a release, which is the rule.
    if (state < 0 || (int) STATE.getAndBitwiseOr(this, ENDED) < 0) {
      return;
    }
    if (initializing) {
      connection.markBroken(); // whoever dials closes it
    } else {
      connection.discard();
    }
  }

  /**
   * Ends the lease of an initializer, and leaves the connection leased; false if it is not fit for
   * use.
   */
  boolean endInitializing() {
    boolean usable =
        (int) STATE.getAndBitwiseOr(this, ENDED) == 0 && !readTimedOut && !connection.isBroken();
    boolean restored = view == null || view.restoreOptions();
    connection.returnHold(hold);
    return usable && restored;
  }

  boolean isEnded() {
    return state < 0;
  }

  /** Counts an operation in; while there is one the connection cannot go to another caller. */
  private boolean tryBegin() {
    for (; ; ) {
      int seen = state;
      if (seen < 0) {
        return false;
      }
      if (STATE.weakCompareAndSet(this, seen, seen + 1)) {
        return true;
      }
    }
  }

  void begin(FailurePhase phase) throws IOException {
    if (!tryBegin()) {
      throw Failures.exception(
          FailureDetails.of(FailureKind.CLOSED, phase)
              .withEndpoint(connection.socket().endpoint().orElse(null))
              .withNote("the lease has ended"));
    }
  }

  void done() {
    STATE.getAndAdd(this, -1);
  }

  void markBroken() {
    connection.markBroken();
  }

  @Override
  public String toString() {
    return "Lease[" + connection.socket() + (isEnded() ? ", ended]" : "]");
  }
}
