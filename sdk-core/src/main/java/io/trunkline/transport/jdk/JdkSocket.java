package io.trunkline.transport.jdk;

import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TcpInfo;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.RecentTime;
import io.trunkline.transport.IdleState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The JDK's socket behind the same contract: connecting, transfer and failures. What it cannot do:
 * errno, TCP_INFO, hearing of a peer's close while idle, and write limits without closing the
 * socket. The rest of the contract of java.net.Socket is in {@link JdkSocketContract}.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class JdkSocket extends JdkSocketContract {
  /**
   * A look at an idle connection costs a read of a millisecond here, so only one that was idle for
   * long gets it.
   */
  private static final long CHECKED_AFTER_IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Housekeeper housekeeper;
  private final RecentTime recent;

  /** For a handshake that has to be begun anew on another socket; empty once one has succeeded. */
  private volatile Map<SocketOption<?>, Object> optionsBefore = new LinkedHashMap<>();

  private volatile Socket socket = new Socket();
  private volatile SocketAddress boundTo;
  private volatile InetSocketAddress remote;
  private volatile long connectStart;
  private volatile boolean closed;
  private volatile boolean lingers;
  private volatile IOException fatal;
  private volatile int readTimeoutMillis;
  private volatile int writeTimeoutMillis;
  private volatile JdkStreams.Input input;
  private volatile JdkStreams.Output output;

  JdkSocket(Housekeeper housekeeper, RecentTime recent) throws SocketException {
    this.housekeeper = housekeeper;
    this.recent = recent;
  }

  // ---- connecting ----

  @Override
  public void bind(SocketAddress local) throws IOException {
    try {
      socket.bind(local);
    } catch (BindException failed) {
      throw failure(
          FailureDetails.of(FailureKind.ADDRESS_UNUSABLE, FailurePhase.CONNECT)
              .withNote("binding the local address"),
          failed);
    }
    boundTo = local == null ? new InetSocketAddress(0) : local;
  }

  /** Remembers the address: the JDK's socket begins a handshake and waits for it in one call. */
  @Override
  public boolean startConnect(InetSocketAddress address) throws IOException {
    if (closed) {
      throw failure(FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT), null);
    }
    remote = address;
    connectStart = System.nanoTime();
    return false;
  }

  @Override
  public boolean finishConnect(long limitNanos) throws IOException {
    if (socket.isClosed() && !closed) {
      renew(); // the limit of an earlier call passed, and the JDK closed its socket with it
    }
    // Rounded up: 0 would mean no limit, and the limit must not end before it has passed.
    long millis =
        Math.max(
            1,
            TimeUnit.NANOSECONDS.toMillis(
                Math.min(limitNanos, Long.MAX_VALUE - 999_999) + 999_999));
    try {
      socket.connect(
          remote, limitNanos == Long.MAX_VALUE ? 0 : (int) Math.min(Integer.MAX_VALUE, millis));
      input = new JdkStreams.Input(this, socket.getInputStream());
      output = new JdkStreams.Output(this, socket.getOutputStream(), housekeeper);
    } catch (SocketTimeoutException limitPassed) {
      socket.close(); // before JDK 20 only its inside is closed, and isClosed() does not tell
      return false;
    } catch (IOException failed) {
      throw translated(failed, FailurePhase.CONNECT, connectStart);
    }
    optionsBefore = new LinkedHashMap<>(); // which is smaller than one that was cleared
    if (closed) {
      socket.close();
      throw failure(FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT), null);
    }
    return true;
  }

  private void renew() throws IOException {
    Socket fresh = new Socket();
    for (Map.Entry<SocketOption<?>, Object> option : optionsBefore.entrySet()) {
      setUnchecked(fresh, option.getKey(), option.getValue());
    }
    fresh.setSoTimeout(readTimeoutMillis);
    if (boundTo != null) {
      fresh.bind(boundTo);
    }
    socket = fresh;
    if (closed) {
      fresh.close();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T> void setUnchecked(Socket on, SocketOption<T> option, Object value)
      throws IOException {
    on.setOption(option, (T) value);
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT)
        .withEndpoint(endpointOrNull())
        .withAddress(remote)
        .withElapsedNanos(System.nanoTime() - connectStart);
  }

  // ---- failures ----

  /** The failure in an exception of the JDK; our own close first. */
  IOException translated(IOException thrown, FailurePhase phase, long startNanos) {
    FailureKind kind = closed ? FailureKind.CLOSED : FailureClassifier.ofException(thrown, phase);
    if (kind == FailureKind.RESET) {
      fatal = thrown;
    }
    // A write that failed does not tell how much of it had gone.
    FailureDetails details =
        FailureDetails.of(kind, phase)
            .withElapsedNanos(System.nanoTime() - startNanos)
            .withRequestBytesSent(bytesWritten() > 0 || phase == FailurePhase.WRITE);
    // Without an errno the text of the JDK is all there is for people to read; no kind comes from
    // it.
    return failure(
        kind == FailureKind.OTHER ? details.withNote(thrown.getMessage()) : details, thrown);
  }

  /**
   * The JDK tells a reset that a write met to that write alone, and a clean end of the stream to
   * who reads after it: that is not what happened.
   */
  void throwLatchedFailure(FailurePhase phase, long startNanos) throws IOException {
    IOException latched = fatal;
    if (latched != null) {
      throw translated(latched, phase, startNanos);
    }
  }

  IOException failure(FailureDetails details, IOException cause) {
    return Failures.exception(details.withEndpoint(endpointOrNull()).withAddress(remote), cause);
  }

  // ---- transfer ----

  @Override
  public InputStream getInputStream() throws IOException {
    try {
      socket.getInputStream(); // throws what the contract wants: not connected, shut down
      return input;
    } catch (SocketException refusal) {
      throw noStream(FailurePhase.READ, refusal);
    }
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    try {
      socket.getOutputStream();
      return output;
    } catch (SocketException refusal) {
      throw noStream(FailurePhase.WRITE, refusal);
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return establishedInput().read(target);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return establishedInput().read(target, offset, length);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    establishedOutput().write(source);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    establishedOutput().write(source, offset, length);
  }

  private JdkStreams.Input establishedInput() throws IOException {
    if (input == null) {
      socket.getInputStream(); // throws
    }
    return input;
  }

  private JdkStreams.Output establishedOutput() throws IOException {
    if (output == null) {
      socket.getOutputStream(); // throws
    }
    return output;
  }

  @Override
  public void setWriteTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("write timeout must not be negative: " + millis);
    }
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    writeTimeoutMillis = millis;
  }

  @Override
  public int getWriteTimeout() {
    return writeTimeoutMillis;
  }

  @Override
  public long bytesWritten() {
    return output == null ? 0 : output.bytesWritten();
  }

  @Override
  public void shutdownInput() throws IOException {
    socket.shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    socket.sendUrgentData(data);
  }

  // ---- watching and closing ----

  @Override
  public Optional<TcpInfo> tcpInfo() {
    return Optional.empty();
  }

  @Override
  public IdleState checkIdle(long idleSinceNanos) {
    if (closed || input == null) {
      return IdleState.PEER_CLOSED;
    }
    boolean fresh = recent.nanoTime() - idleSinceNanos < CHECKED_AFTER_IDLE_NANOS;
    // A virtual thread that is interrupted would close what it reads from.
    return fresh || Thread.currentThread().isInterrupted() ? IdleState.CLEAN : probe();
  }

  @Override
  public boolean hasReadEnd() {
    JdkStreams.Input read = input;
    return read != null && read.hasReadEnd() && !socket.isInputShutdown();
  }

  private IdleState probe() {
    try {
      socket.setSoTimeout(1);
      try {
        return input.look() ? IdleState.READABLE : IdleState.PEER_CLOSED;
      } catch (SocketTimeoutException nothingCame) {
        return IdleState.CLEAN;
      } finally {
        socket.setSoTimeout(readTimeoutMillis);
      }
    } catch (IOException dead) {
      return IdleState.PEER_CLOSED;
    }
  }

  /** Without effect: the JDK does not tell. */
  @Override
  public void onPeerClosed(Runnable action) {}

  @Override
  public void close() throws IOException {
    closed = true;
    dropPositiveLinger();
    socket.close();
  }

  /** With a positive SO_LINGER the JDK's close would wait. */
  private void dropPositiveLinger() {
    if (lingers && !socket.isClosed()) {
      try {
        socket.setSoLinger(false, 0);
      } catch (SocketException closedMeanwhile) {
        // Then nothing waits any more.
      }
    }
  }

  // ---- state and options ----

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    socket.setOption(option, value);
    if (option == StandardSocketOptions.SO_LINGER) {
      lingers = (Integer) value > 0;
    }
    if (!socket.isConnected()) {
      optionsBefore.put(option, value);
    }
    return this;
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("read timeout must not be negative: " + millis);
    }
    socket.setSoTimeout(millis);
    readTimeoutMillis = millis;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  Socket socket() {
    return socket;
  }
}
