package io.trunkline.transport.jni;

import io.trunkline.failure.FailurePhase;
import io.trunkline.transport.FirstFlightListener;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.Set;

/**
 * What java.net.Socket promises of names and options, and TransportSocket of Fast Open, over a few
 * native primitives that the subclass gives.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
abstract class JniSocketContract extends TransportSocket {
  private volatile RawName local;
  private volatile int lingerSeconds = -1;

  /** The handshake that waits for the first write; null where there is none, or no more. */
  private volatile FirstFlight flight;

  /** A name as the native side gives it: few ask, and an address is four objects. */
  private static final class RawName {
    final byte[] bytes;
    final int length;

    RawName(byte[] bytes, int length) {
      this.bytes = bytes;
      this.length = length;
    }

    InetSocketAddress toAddress() {
      return JniSocketContract.toAddress(bytes, length);
    }
  }

  JniSocketContract() throws SocketException {}

  // ---- what the subclass gives ----

  /** The reading half; throws unless connected and open. */
  abstract SocketReader reader() throws SocketException;

  /** The writing half; throws unless connected and open. */
  abstract SocketWriter writer() throws SocketException;

  /** The peer, null before a connect. */
  abstract InetSocketAddress remote();

  /** Sets a native option, or keeps it for the descriptor to come; 0 or -errno. */
  abstract int setNative(int id, int value) throws SocketException;

  /** Reads a native option, making the descriptor if need be; the value or -errno. */
  abstract long getNative(int id) throws SocketException;

  /** What to say of an option that the kernel refused. */
  abstract SocketException optionFailed(String name, int errno);

  /** Fills in the local name; the length of the address, or negative if there is none. */
  abstract int nativeLocalName(byte[] out);

  // ---- a handshake that waits for the first write ----

  final FirstFlight flight() {
    return flight;
  }

  final void setFlight(FirstFlight value) {
    flight = value;
  }

  @Override
  public boolean awaitsFirstFlight() {
    FirstFlight waiting = flight;
    return waiting != null && !waiting.isOver();
  }

  @Override
  public void limitFirstFlight(long limitNanos) {
    FirstFlight waiting = flight;
    if (waiting != null) {
      waiting.limit(limitNanos);
    }
  }

  @Override
  public void onFirstFlight(FirstFlightListener listener) {
    FirstFlight waiting = flight;
    if (waiting != null) {
      waiting.add(listener);
    }
  }

  /** Refuses what the kernel would take for the end of a connect that it has not begun. */
  final void requireWritten(FailurePhase phase) throws IOException {
    FirstFlight waiting = flight;
    if (waiting != null) {
      waiting.requireWritten(phase);
    }
  }

  // ---- streams ----

  @Override
  public InputStream getInputStream() throws IOException {
    try {
      SocketReader reader = reader();
      if (reader.isShutDown()) {
        throw new SocketException("Socket input is shutdown");
      }
      return reader;
    } catch (SocketException refusal) {
      throw noStream(FailurePhase.READ, refusal);
    }
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    try {
      SocketWriter writer = writer();
      if (writer.isShutDown()) {
        throw new SocketException("Socket output is shutdown");
      }
      return writer;
    } catch (SocketException refusal) {
      throw noStream(FailurePhase.WRITE, refusal);
    }
  }

  @Override
  public SocketChannel getChannel() {
    return null;
  }

  // ---- names ----

  @Override
  public InetAddress getInetAddress() {
    return isConnected() ? remote().getAddress() : null;
  }

  @Override
  public int getPort() {
    return isConnected() ? remote().getPort() : 0;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return isConnected() ? remote() : null; // always a resolved one
  }

  @Override
  public InetAddress getLocalAddress() {
    InetSocketAddress name = isBound() && !isClosed() ? localName() : null;
    return name == null ? new InetSocketAddress(0).getAddress() : name.getAddress();
  }

  @Override
  public int getLocalPort() {
    InetSocketAddress name = isBound() ? localName() : null;
    return name == null ? -1 : name.getPort();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return isBound() ? new InetSocketAddress(getLocalAddress(), Math.max(0, getLocalPort())) : null;
  }

  /** Asked once connected, the name cannot change any more. */
  private InetSocketAddress localName() {
    RawName known = local;
    if (known == null) {
      known = askLocalName();
      if (isConnected()) {
        local = known;
      }
    }
    return known == null ? null : known.toAddress();
  }

  /** Before the descriptor is closed: java.net.Socket knows its port even after that. */
  final void rememberLocalName() {
    if (isBound() && local == null) {
      local = askLocalName();
    }
  }

  /** Null if there is none. */
  private RawName askLocalName() {
    byte[] raw = new byte[NativeCalls.NAME_BYTES];
    int length = nativeLocalName(raw);
    return length < 0 ? null : new RawName(raw, length);
  }

  private static InetSocketAddress toAddress(byte[] raw, int length) {
    int port = (raw[16] & 0xff) << 8 | (raw[17] & 0xff);
    int scope =
        (raw[18] & 0xff) << 24 | (raw[19] & 0xff) << 16 | (raw[20] & 0xff) << 8 | (raw[21] & 0xff);
    byte[] ip = new byte[length];
    System.arraycopy(raw, 0, ip, 0, length);
    try {
      InetAddress address =
          length == 16 && scope != 0
              ? Inet6Address.getByAddress(null, ip, scope)
              : InetAddress.getByAddress(ip);
      return new InetSocketAddress(address, port);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible); // the length is 4 or 16
    }
  }

  /** The scope of a link-local address, 0 for others. */
  static int scope(InetAddress ip) {
    return ip instanceof Inet6Address v6 ? v6.getScopeId() : 0;
  }

  // ---- options ----

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return NativeOptions.supported();
  }

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    set(option, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return get(option);
  }

  private void set(SocketOption<?> option, Object value) throws SocketException {
    int id = NativeOptions.id(option);
    int number = NativeOptions.toNative(option, value);
    int result = setNative(id, number);
    if (result < 0) {
      throw optionFailed(option.name(), -result);
    }
    if (option == StandardSocketOptions.SO_LINGER) {
      lingerSeconds = number;
    }
  }

  private <T> T get(SocketOption<T> option) throws SocketException {
    long value = getNative(NativeOptions.id(option));
    if (value < 0) {
      throw optionFailed(option.name(), (int) -value);
    }
    return NativeOptions.fromNative(option, value);
  }

  /** Whether close(2) would wait. */
  final boolean lingers() {
    return lingerSeconds > 0;
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    set(StandardSocketOptions.TCP_NODELAY, on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return get(StandardSocketOptions.TCP_NODELAY);
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
    return get(StandardSocketOptions.SO_LINGER);
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    int result = setNative(NativeCalls.OOBINLINE, on ? 1 : 0);
    if (result < 0) {
      throw optionFailed("SO_OOBINLINE", -result);
    }
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    long value = getNative(NativeCalls.OOBINLINE);
    if (value < 0) {
      throw optionFailed("SO_OOBINLINE", (int) -value);
    }
    return value > 0;
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    set(StandardSocketOptions.SO_SNDBUF, size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return get(StandardSocketOptions.SO_SNDBUF);
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    set(StandardSocketOptions.SO_RCVBUF, size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return get(StandardSocketOptions.SO_RCVBUF);
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_KEEPALIVE, on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return get(StandardSocketOptions.SO_KEEPALIVE);
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    set(StandardSocketOptions.IP_TOS, octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return get(StandardSocketOptions.IP_TOS);
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_REUSEADDR, on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return get(StandardSocketOptions.SO_REUSEADDR);
  }

  /** Without effect, as in the JDK. */
  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}

  @Override
  public String toString() {
    return isConnected()
        ? "Socket[addr=" + getInetAddress() + ",port=" + getPort() + ",transport=jni]"
        : "Socket[unconnected,transport=jni]";
  }
}
