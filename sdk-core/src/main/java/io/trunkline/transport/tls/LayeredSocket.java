package io.trunkline.transport.tls;

import io.trunkline.failure.FailureDetails;
import io.trunkline.net.TcpInfo;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;

/** A socket over a connected one: names, options and TCP_INFO are those of the lower one. */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
abstract class LayeredSocket extends TransportSocket {
  final TransportSocket raw;

  LayeredSocket(TransportSocket raw) throws SocketException {
    this.raw = raw;
  }

  // ---- connecting: done ----

  @Override
  public boolean startConnect(InetSocketAddress address) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public boolean finishConnect(long limitNanos) {
    return true;
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return raw.handshakeTimedOut();
  }

  @Override
  public void bind(SocketAddress local) throws IOException {
    throw new SocketException("Already bound");
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  // ---- watching ----

  @Override
  public Optional<TcpInfo> tcpInfo() {
    return raw.tcpInfo();
  }

  @Override
  public void onPeerClosed(Runnable action) {
    raw.onPeerClosed(action);
  }

  // ---- names ----

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

  /** Always null: the socket has no channel. */
  @Override
  public SocketChannel getChannel() {
    return null;
  }

  // ---- options ----

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return raw.supportedOptions();
  }

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    raw.setOption(option, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return raw.getOption(option);
  }

  @Override
  public void setWriteTimeout(int millis) throws SocketException {
    raw.setWriteTimeout(millis);
  }

  @Override
  public int getWriteTimeout() {
    return raw.getWriteTimeout();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    raw.setTcpNoDelay(on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return raw.getTcpNoDelay();
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    raw.setSoLinger(on, seconds);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return raw.getSoLinger();
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    raw.setOOBInline(on);
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return raw.getOOBInline();
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    raw.setSendBufferSize(size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return raw.getSendBufferSize();
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    raw.setReceiveBufferSize(size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return raw.getReceiveBufferSize();
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    raw.setKeepAlive(on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return raw.getKeepAlive();
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    raw.setTrafficClass(octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return raw.getTrafficClass();
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    raw.setReuseAddress(on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return raw.getReuseAddress();
  }

  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    raw.setPerformancePreferences(connectionTime, latency, bandwidth);
  }
}
