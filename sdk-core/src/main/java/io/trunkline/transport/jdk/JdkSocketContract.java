package io.trunkline.transport.jdk;

import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Set;

/** What java.net.Socket promises of names, options and state, as the JDK's own socket has it. */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
abstract class JdkSocketContract extends TransportSocket {
  JdkSocketContract() throws SocketException {}

  /** The JDK's; another one after a handshake that was begun anew. */
  abstract Socket socket();

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return socket().getOption(option);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return socket().supportedOptions();
  }

  /** For the setters, which throw SocketException only, as the JDK's setOption does in fact. */
  private <T> void set(SocketOption<T> option, T value) throws SocketException {
    try {
      setOption(option, value);
    } catch (SocketException asPromised) {
      throw asPromised;
    } catch (IOException other) {
      throw (SocketException) new SocketException(option.name()).initCause(other);
    }
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    set(StandardSocketOptions.TCP_NODELAY, on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return socket().getTcpNoDelay();
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    if (on && seconds < 0) {
      throw new IllegalArgumentException("invalid value for SO_LINGER: " + seconds);
    }
    set(StandardSocketOptions.SO_LINGER, on ? seconds : -1);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return socket().getSoLinger();
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    socket().setOOBInline(on);
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return socket().getOOBInline();
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return socket().getSoTimeout();
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    if (size <= 0) {
      throw new IllegalArgumentException("invalid value " + size + " for SO_SNDBUF");
    }
    set(StandardSocketOptions.SO_SNDBUF, size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return socket().getSendBufferSize();
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    if (size <= 0) {
      throw new IllegalArgumentException("invalid value " + size + " for SO_RCVBUF");
    }
    set(StandardSocketOptions.SO_RCVBUF, size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return socket().getReceiveBufferSize();
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_KEEPALIVE, on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return socket().getKeepAlive();
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    set(StandardSocketOptions.IP_TOS, octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    if (isClosed()) {
      throw new SocketException(
          "Socket is closed"); // the JDK's would open a descriptor, and leak it
    }
    return socket().getTrafficClass();
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_REUSEADDR, on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return socket().getReuseAddress();
  }

  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    socket().setPerformancePreferences(connectionTime, latency, bandwidth);
  }

  @Override
  public InetAddress getInetAddress() {
    return socket().getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return socket().getLocalAddress();
  }

  @Override
  public int getPort() {
    return socket().getPort();
  }

  @Override
  public int getLocalPort() {
    return socket().getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return socket().getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return socket().getLocalSocketAddress();
  }

  /** Always null: the socket has no channel. */
  @Override
  public SocketChannel getChannel() {
    return null;
  }

  @Override
  public boolean isConnected() {
    return socket().isConnected();
  }

  @Override
  public boolean isBound() {
    return socket().isBound();
  }

  @Override
  public boolean isInputShutdown() {
    return socket().isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return socket().isOutputShutdown();
  }

  @Override
  public String toString() {
    return isConnected()
        ? "Socket[addr=" + getInetAddress() + ",port=" + getPort() + ",transport=jdk]"
        : "Socket[unconnected,transport=jdk]";
  }
}
