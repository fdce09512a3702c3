package io.trunkline.transport.tls;

import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;

/**
 * The connected socket as JSSE gets to see it. JSSE must not close it, since its close waits;
 * whoever owns the socket does.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class RawView extends Socket {
  private final TransportSocket raw;
  private final RawInput in;
  private final RawOutput out;
  private volatile boolean closing;

  RawView(TransportSocket raw, RawInput in, RawOutput out) throws SocketException {
    super((SocketImpl) null);
    this.raw = raw;
    this.in = in;
    this.out = out;
  }

  /** From now on a close_notify that would have to wait for a writer is not sent. */
  void beginClose() {
    closing = true;
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  /** JSSE waits so many seconds to send a close_notify, and forever if negative. */
  @Override
  public int getSoLinger() {
    return closing ? 0 : -1;
  }

  /** Without effect: limits are those of {@link RawInput}. */
  @Override
  public void setSoTimeout(int millis) {}

  /** Not 0: then JSSE would set one of its own while it closes. */
  @Override
  public int getSoTimeout() {
    return 1;
  }

  @Override
  public void shutdownInput() {}

  /** After a close_notify: the end of TLS is the end of TCP, in this direction. */
  @Override
  public void shutdownOutput() throws IOException {
    if (!closing && !raw.isOutputShutdown() && !raw.isClosed()) {
      raw.shutdownOutput();
    }
  }

  @Override
  public void close() {}

  @Override
  public boolean isInputShutdown() {
    return in.isShutDown();
  }

  @Override
  public boolean isOutputShutdown() {
    return raw.isOutputShutdown();
  }

  @Override
  public boolean isClosed() {
    return raw.isClosed();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public InetAddress getInetAddress() {
    return raw.getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return raw.getLocalAddress();
  }

  @Override
  public int getPort() {
    return raw.getPort();
  }

  @Override
  public int getLocalPort() {
    return raw.getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return raw.getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return raw.getLocalSocketAddress();
  }

  @Override
  public String toString() {
    return raw.toString();
  }
}
