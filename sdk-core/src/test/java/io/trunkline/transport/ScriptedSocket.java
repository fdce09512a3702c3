package io.trunkline.transport;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TcpInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A socket of a {@link ScriptedTransport}: it keeps what it is told, and moves no bytes. */
public final class ScriptedSocket extends TransportSocket {
  private final ScriptedTransport transport;
  private final Map<SocketOption<?>, Object> options = new HashMap<>();
  private final List<FirstFlightListener> flightListeners = new ArrayList<>();
  private InetSocketAddress remote;
  private SocketAddress local;
  private ScriptedTransport.Answer answer;
  private long answerNanos;
  private boolean connected;
  private boolean closed;
  private boolean awaitsFlight;
  private long flightLimitNanos = -1;
  private int readTimeout;
  private int writeTimeout;
  private TcpInfo info;
  private int infoAsked;
  private Runnable onPeerClosed = () -> {};

  ScriptedSocket(ScriptedTransport transport) throws SocketException {
    this.transport = transport;
  }

  // ---- for tests ----

  /** The options that it was given. */
  public Map<SocketOption<?>, Object> given() {
    return options;
  }

  /** What the kernel would say of it. */
  public void tells(TcpInfo value) {
    info = value;
  }

  /** The limit of a handshake that is left to the first write; -1 if there is none. */
  public long flightLimitNanos() {
    return flightLimitNanos;
  }

  /** The first write has made the handshake, or failed to; null for no failure. */
  public void firstFlightEnds(long elapsedNanos, IOException failure) {
    awaitsFlight = false;
    closed |= failure != null;
    List<FirstFlightListener> told = List.copyOf(flightListeners);
    flightListeners.clear();
    told.forEach(each -> each.firstFlightEnded(elapsedNanos, Optional.ofNullable(failure)));
  }

  public void peerCloses() {
    onPeerClosed.run();
  }

  /** Whether a look at it would tell something. */
  boolean hasOutcome() {
    return closed || isAnswered();
  }

  private boolean isAnswered() {
    return answer != null && transport.time().nanoTime() - answerNanos >= 0;
  }

  // ---- the handshake ----

  @Override
  public boolean startConnect(InetSocketAddress address) throws IOException {
    throwIfClosed();
    remote = address;
    answer = transport.answerOf(address);
    if (answer == null) {
      return false;
    }
    answerNanos = transport.time().nanoTime() + answer.after().toNanos();
    awaitsFlight =
        answer.fastOpen() && options.get(TransportOptions.TCP_FASTOPEN_CONNECT) == Boolean.TRUE;
    return finishConnect(0);
  }

  @Override
  public boolean finishConnect(long limitNanos) throws IOException {
    transport.pass(this::hasOutcome, limitNanos);
    throwIfClosed();
    if (!isAnswered()) {
      return false;
    }
    IOException failure = answer.failure().get();
    if (failure != null) {
      throw failure;
    }
    connected = true;
    return true;
  }

  private void throwIfClosed() throws IOException {
    if (closed) {
      throw Failures.exception(FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT));
    }
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT).withAddress(remote);
  }

  @Override
  public boolean awaitsFirstFlight() {
    return awaitsFlight;
  }

  @Override
  public void limitFirstFlight(long limitNanos) {
    flightLimitNanos = limitNanos;
  }

  @Override
  public void onFirstFlight(FirstFlightListener listener) {
    if (awaitsFlight) {
      flightListeners.add(listener);
    }
  }

  // ---- a socket ----

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isConnected() {
    return connected;
  }

  @Override
  public boolean isInputShutdown() {
    return false;
  }

  @Override
  public boolean isOutputShutdown() {
    return false;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return remote;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return local;
  }

  @Override
  public void bind(SocketAddress address) {
    local = address;
  }

  @Override
  public boolean isBound() {
    return local != null;
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return transport.options();
  }

  @Override
  public <T> TransportSocket setOption(SocketOption<T> name, T value) {
    options.put(name, value);
    return this;
  }

  @Override
  public void setSoTimeout(int millis) {
    readTimeout = millis;
  }

  @Override
  public int getSoTimeout() {
    return readTimeout;
  }

  @Override
  public void setWriteTimeout(int millis) {
    writeTimeout = millis;
  }

  @Override
  public int getWriteTimeout() {
    return writeTimeout;
  }

  /** How often the kernel was asked what it knows of the connection. */
  public int infoAsked() {
    return infoAsked;
  }

  @Override
  public Optional<TcpInfo> tcpInfo() {
    infoAsked++;
    return Optional.ofNullable(info);
  }

  @Override
  public IdleState checkIdle(long idleSinceNanos) {
    return closed ? IdleState.PEER_CLOSED : IdleState.CLEAN;
  }

  @Override
  public boolean hasReadEnd() {
    return false;
  }

  @Override
  public void onPeerClosed(Runnable action) {
    onPeerClosed = action;
  }

  @Override
  public long bytesWritten() {
    return 0;
  }

  @Override
  public int read(ByteBuffer target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(ByteBuffer source) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(byte[] source, int offset, int length) {
    throw new UnsupportedOperationException();
  }
}
