package io.trunkline.pool;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.TcpInfo;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A connection without an operating system: lives until it is closed or its peer is said to be
 * gone.
 */
class FakeSocket extends TransportSocket {
  static final InetSocketAddress ADDRESS = address(1);

  private final InetSocketAddress remote;
  private boolean closed;
  private boolean peerGone;
  private IdleState idleState = IdleState.CLEAN;
  private Runnable onPeerClosed;
  private Runnable onTcpInfo = () -> {};
  private TcpInfo info;

  FakeSocket() throws SocketException {
    this(ADDRESS);
  }

  FakeSocket(InetSocketAddress remote) throws SocketException {
    this.remote = remote;
  }

  /** One of the addresses that are for documentation (RFC 5737). */
  static InetSocketAddress address(int number) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number}), 1);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** What the next look at it while idle shows. */
  void showsWhenIdle(IdleState state) {
    idleState = state;
  }

  /** What the kernel would say of it. */
  void tells(TcpInfo value) {
    info = value;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return remote;
  }

  /** The peer closes; the watch tells, unless it is said to be slow. */
  void peerCloses(boolean watchTells) {
    peerGone = true;
    if (watchTells && onPeerClosed != null) {
      onPeerClosed.run();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public IdleState checkIdle(long idleSinceNanos) {
    return peerGone || closed ? IdleState.PEER_CLOSED : idleState;
  }

  @Override
  public boolean hasReadEnd() {
    return false;
  }

  boolean isWatched() {
    return onPeerClosed != null;
  }

  @Override
  public void onPeerClosed(Runnable action) {
    onPeerClosed = action;
  }

  @Override
  public boolean isInputShutdown() {
    return false;
  }

  @Override
  public boolean isOutputShutdown() {
    return false;
  }

  /** What happens while the kernel is asked. */
  void onTcpInfo(Runnable action) {
    onTcpInfo = action;
  }

  @Override
  public Optional<TcpInfo> tcpInfo() {
    onTcpInfo.run();
    return closed ? Optional.empty() : Optional.ofNullable(info);
  }

  @Override
  public boolean startConnect(InetSocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean finishConnect(long limitNanos) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT);
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

  @Override
  public void setWriteTimeout(int millis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int getWriteTimeout() {
    return 0;
  }

  @Override
  public long bytesWritten() {
    return 0;
  }
}
