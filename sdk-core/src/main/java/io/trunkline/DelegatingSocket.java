package io.trunkline;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Set;

/**
 * The contract of java.net.Socket over another socket. All options come down to two methods of the
 * subclass, which may remember what was changed.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
abstract class DelegatingSocket extends Socket {

  /** Where everything goes that the subclass does not treat itself. */
  abstract Socket target();

  abstract <T> T get(SocketSetting<T> setting) throws SocketException;

  abstract <T> void set(SocketSetting<T> setting, T value) throws SocketException;

  /** What the options and half closes of the JDK throw in fact, though setOption promises less. */
  static SocketException asSocketException(IOException thrown) {
    return thrown instanceof SocketException asPromised
        ? asPromised
        : (SocketException) new SocketException(thrown.toString()).initCause(thrown);
  }

  // ---- connecting, streams and ends ----

  @Override
  public void connect(SocketAddress remote) throws IOException {
    connect(remote, 0);
  }

  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public void bind(SocketAddress local) throws IOException {
    throw new SocketException("Already bound");
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return target().getInputStream();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return target().getOutputStream();
  }

  @Override
  public void shutdownInput() throws IOException {
    target().shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    target().shutdownOutput();
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    target().sendUrgentData(data);
  }

  @Override
  public void close() throws IOException {
    target().close();
  }

  @Override
  public boolean isClosed() {
    return target().isClosed();
  }

  @Override
  public boolean isConnected() {
    return target().isConnected();
  }

  @Override
  public boolean isBound() {
    return target().isBound();
  }

  @Override
  public boolean isInputShutdown() {
    return target().isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return target().isOutputShutdown();
  }

  // ---- names ----

  @Override
  public InetAddress getInetAddress() {
    return target().getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return target().getLocalAddress();
  }

  @Override
  public int getPort() {
    return target().getPort();
  }

  @Override
  public int getLocalPort() {
    return target().getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return target().getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return target().getLocalSocketAddress();
  }

  /** Always null: the socket has no channel. */
  @Override
  public SocketChannel getChannel() {
    return null;
  }

  // ---- options ----

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    set(SocketSetting.of(option), value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return get(SocketSetting.of(option));
  }

  private <T> void setStandard(SocketOption<T> option, T value) throws SocketException {
    set(SocketSetting.of(option), value);
  }

  private <T> T getStandard(SocketOption<T> option) throws SocketException {
    return get(SocketSetting.of(option));
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return target().supportedOptions();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    set(SocketSetting.READ_TIMEOUT, millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return get(SocketSetting.READ_TIMEOUT);
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    set(SocketSetting.URGENT_INLINE, on);
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return get(SocketSetting.URGENT_INLINE);
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    if (on && seconds < 0) {
      throw new IllegalArgumentException("invalid value for SO_LINGER: " + seconds);
    }
    setStandard(StandardSocketOptions.SO_LINGER, on ? seconds : -1);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return getStandard(StandardSocketOptions.SO_LINGER);
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    setStandard(StandardSocketOptions.TCP_NODELAY, on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return getStandard(StandardSocketOptions.TCP_NODELAY);
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    setStandard(StandardSocketOptions.SO_SNDBUF, positive("SO_SNDBUF", size));
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return getStandard(StandardSocketOptions.SO_SNDBUF);
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    setStandard(StandardSocketOptions.SO_RCVBUF, positive("SO_RCVBUF", size));
  }

  /** The setters of Socket refuse 0, which setOption takes. */
  private static int positive(String option, int size) {
    if (size <= 0) {
      throw new IllegalArgumentException("invalid value " + size + " for " + option);
    }
    return size;
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return getStandard(StandardSocketOptions.SO_RCVBUF);
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    setStandard(StandardSocketOptions.SO_KEEPALIVE, on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return getStandard(StandardSocketOptions.SO_KEEPALIVE);
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    setStandard(StandardSocketOptions.IP_TOS, octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return getStandard(StandardSocketOptions.IP_TOS);
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    setStandard(StandardSocketOptions.SO_REUSEADDR, on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return getStandard(StandardSocketOptions.SO_REUSEADDR);
  }

  /** Without effect, as in the JDK. */
  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}

  @Override
  public String toString() {
    return target().toString();
  }
}
