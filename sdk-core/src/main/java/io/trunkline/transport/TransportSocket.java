package io.trunkline.transport;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;

/**
 * A TCP socket that obeys the contract of {@link Socket}, so that whatever takes a Socket takes it,
 * and tells more: the exact reason of a failure, TCP_INFO, whether an idle connection still lives.
 *
 * <p>Thread-safe as Socket is: one reader, one writer and one closer may work at once; a second
 * reader or writer waits for the first. {@link #close()} never blocks and ends what waits, whether
 * it connects, reads or writes. Exceptions implement {@link
 * io.trunkline.failure.ConnectionFailure}.
 *
 * <p>It differs from Socket in three ways. A positive {@code SO_LINGER} is accepted but close does
 * not wait for it. On a virtual thread that is interrupted in a read or write the socket is closed,
 * as the JDK does it there. And a bind to port 0 leaves the choice of the port to the connect
 * (IP_BIND_ADDRESS_NO_PORT, ip(7)), so that it is not known before.
 */
public abstract class TransportSocket extends Socket {
  private volatile Endpoint endpoint;

  protected TransportSocket() throws SocketException {
    // Without an implementation class: every method of Socket is overridden below this class.
    super((SocketImpl) null);
  }

  /** What this socket was dialled for; empty for one connected by address alone. */
  public final Optional<Endpoint> endpoint() {
    return Optional.ofNullable(endpoint);
  }

  /** The TLS session, if TLS is spoken on this socket. */
  public Optional<SSLSession> tlsSession() {
    return Optional.empty();
  }

  /** The application protocol that TLS has negotiated (ALPN, RFC 7301), if it has. */
  public Optional<String> applicationProtocol() {
    return Optional.empty();
  }

  /** Names what this socket is dialled for, for messages. */
  public final void setEndpoint(Endpoint value) {
    endpoint = value;
  }

  /** The endpoint or null: for details of a failure. */
  protected final Endpoint endpointOrNull() {
    return endpoint;
  }

  /**
   * Why somebody who asks for a stream gets none: an exchange begins with that, and somebody else
   * may have cancelled it meanwhile, which is told as reads and writes tell it.
   *
   * @param refusal what is to be said if it was not closed
   */
  protected final IOException noStream(FailurePhase phase, IOException refusal) {
    return isClosed()
        ? Failures.exception(
            FailureDetails.of(FailureKind.CLOSED, phase)
                .withEndpoint(endpoint)
                .withAddress((InetSocketAddress) getRemoteSocketAddress()))
        : refusal;
  }

  /**
   * Begins to connect and does not wait.
   *
   * @param address resolved
   * @return whether it is connected already
   */
  public abstract boolean startConnect(InetSocketAddress address) throws IOException;

  /**
   * Waits until the handshake has ended. May be called again, by any thread, after it returned
   * false. On the jdk transport a repeated call begins a new handshake.
   *
   * @param limitNanos longest wait; 0 only looks
   * @return false if it still connects
   */
  public abstract boolean finishConnect(long limitNanos) throws IOException;

  /** What is known of the handshake that has not ended, as a failure of the own deadline. */
  public abstract FailureDetails handshakeTimedOut();

  // ---- Fast Open ----

  /**
   * Whether the handshake is left to the first write, because {@link
   * TransportOptions#TCP_FASTOPEN_CONNECT} was set and the kernel has a cookie of the peer (RFC
   * 7413). Such a socket says that it is connected, and has not sent a packet yet. Its first write
   * sends the SYN with the data and waits for the answer; what goes wrong there is told in phase
   * CONNECT, as by a connect, and ends the socket. A read before it fails at once. The jdk
   * transport has no such sockets.
   */
  public boolean awaitsFirstFlight() {
    return false;
  }

  /**
   * Limits a handshake that is left to the first write. Its time runs from that write on.
   *
   * @param limitNanos {@link Long#MAX_VALUE} leaves it to the kernel, about two minutes
   */
  public void limitFirstFlight(long limitNanos) {}

  /**
   * Adds one who is told, once, how a handshake ended that is left to the first write; at once if
   * it has. Does nothing where no handshake waits for a write, so it is to be added before the
   * first one.
   */
  public void onFirstFlight(FirstFlightListener listener) {}

  @Override
  public final void connect(SocketAddress remote) throws IOException {
    connect(remote, 0);
  }

  /**
   * {@inheritDoc}
   *
   * @param timeoutMillis milliseconds; 0 leaves it to the kernel, about two minutes. Where Fast
   *     Open leaves the handshake to the first write, it bounds that.
   */
  @Override
  public final void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("connect timeout must not be negative: " + timeoutMillis);
    }
    if (!(remote instanceof InetSocketAddress address)) {
      throw new IllegalArgumentException("unsupported address: " + remote);
    }
    if (isClosed()) {
      throw new SocketException("Socket is closed");
    }
    if (isConnected()) {
      throw new SocketException("already connected");
    }
    if (address.isUnresolved()) {
      close();
      throw Failures.exception(
          FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
              .withEndpoint(endpoint)
              .withAddress(address));
    }
    long limit = timeoutMillis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    boolean connected = false;
    try {
      connected = startConnect(address) || finishConnect(limit);
      if (!connected) {
        throw Failures.exception(handshakeTimedOut());
      }
      limitFirstFlight(limit);
    } finally {
      if (!connected) {
        close();
      }
    }
  }

  /**
   * Reads what is there into the buffer, at least one byte, waiting for it as long as {@link
   * #setSoTimeout} allows.
   *
   * @return the number of bytes, -1 at the end of the stream, 0 if the buffer has no room
   */
  public abstract int read(ByteBuffer target) throws IOException;

  /** As {@link #read(ByteBuffer)}: what the input stream does, without the stream. */
  public abstract int read(byte[] target, int offset, int length) throws IOException;

  /** What the output stream does, without the stream. */
  public abstract void write(byte[] source, int offset, int length) throws IOException;

  /** Writes all that remains in the buffer. Direct buffers are not copied. */
  public abstract void write(ByteBuffer source) throws IOException;

  /**
   * Limits how long the kernel may take for each 128 KiB of a write. The jdk transport has to close
   * the socket when the limit passes; on jni it stays usable.
   *
   * @param millis milliseconds; 0 waits forever
   */
  public abstract void setWriteTimeout(int millis) throws SocketException;

  /** The write limit in milliseconds, 0 for none. */
  public abstract int getWriteTimeout();

  /** Bytes that the operating system has taken for sending. */
  public abstract long bytesWritten();

  /** What the kernel knows of the connection; empty on the jdk transport and after close. */
  public abstract Optional<TcpInfo> tcpInfo();

  /**
   * Looks at a connection on which nobody reads. On jni it is one poll(2) of some 0.2 µs. The jdk
   * transport can only try to read for a millisecond, and does so only for a connection that was
   * idle for a second or more. Takes nothing away: what it finds is there for the next read. On a
   * TLS socket a session ticket or key update is taken in, and is no fault; where it finds data of
   * the peer instead, a byte of it is lost, and the connection is not to be used any more.
   *
   * @param idleSinceNanos {@link System#nanoTime} of its last use
   */
  public abstract IdleState checkIdle(long idleSinceNanos);

  /**
   * Whether a read has come to the end of what the peer sends, be it with a goodbye of TLS or
   * without; also after {@link #close}.
   */
  public abstract boolean hasReadEnd();

  /**
   * Calls the action once, soon after the peer has closed or reset the connection, on a thread of
   * the transport. The action must not block. The jdk transport never calls it.
   */
  public abstract void onPeerClosed(Runnable action);
}
