package io.trunkline;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * The contract of SSLSocket over other sockets: what belongs to TCP goes to one, what belongs to
 * TLS to another.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
abstract class DelegatingSslSocket extends SSLSocket {
  /** Where names and options of the connection go. */
  abstract Socket tcp();

  /** Where the parameters of TLS go. */
  abstract SSLSocket tls();

  /** Where the bytes go. */
  abstract Socket data();

  // ---- transfer ----

  @Override
  public InputStream getInputStream() throws IOException {
    return data().getInputStream();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return data().getOutputStream();
  }

  @Override
  public void shutdownInput() throws IOException {
    data().shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    data().shutdownOutput();
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    data().sendUrgentData(data);
  }

  @Override
  public boolean isInputShutdown() {
    return data().isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return data().isOutputShutdown();
  }

  // ---- TCP ----

  @Override
  public void connect(SocketAddress remote) throws IOException {
    connect(remote, 0);
  }

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    tcp().setOption(option, value);
    return this;
  }

  @Override
  public void bind(SocketAddress local) throws IOException {
    tcp().bind(local);
  }

  @Override
  public boolean isBound() {
    return tcp().isBound();
  }

  @Override
  public InetAddress getInetAddress() {
    return tcp().getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return tcp().getLocalAddress();
  }

  @Override
  public int getPort() {
    return tcp().getPort();
  }

  @Override
  public int getLocalPort() {
    return tcp().getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return tcp().getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return tcp().getLocalSocketAddress();
  }

  @Override
  public SocketChannel getChannel() {
    return tcp().getChannel();
  }

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return tcp().getOption(option);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return tcp().supportedOptions();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    tcp().setSoTimeout(millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return tcp().getSoTimeout();
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    tcp().setOOBInline(on);
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return tcp().getOOBInline();
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    tcp().setSoLinger(on, seconds);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return tcp().getSoLinger();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    tcp().setTcpNoDelay(on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return tcp().getTcpNoDelay();
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    tcp().setSendBufferSize(size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return tcp().getSendBufferSize();
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    tcp().setReceiveBufferSize(size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return tcp().getReceiveBufferSize();
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    tcp().setKeepAlive(on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return tcp().getKeepAlive();
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    tcp().setTrafficClass(octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return tcp().getTrafficClass();
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    tcp().setReuseAddress(on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return tcp().getReuseAddress();
  }

  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    tcp().setPerformancePreferences(connectionTime, latency, bandwidth);
  }

  // ---- TLS ----

  @Override
  public String[] getSupportedCipherSuites() {
    return tls().getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return tls().getEnabledCipherSuites();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    tls().setEnabledCipherSuites(suites);
  }

  @Override
  public String[] getSupportedProtocols() {
    return tls().getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return tls().getEnabledProtocols();
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    tls().setEnabledProtocols(protocols);
  }

  @Override
  public SSLSession getSession() {
    return tls().getSession();
  }

  @Override
  public SSLSession getHandshakeSession() {
    return tls().getHandshakeSession();
  }

  @Override
  public void startHandshake() throws IOException {
    tls().startHandshake();
  }

  @Override
  public boolean getUseClientMode() {
    return tls().getUseClientMode();
  }

  @Override
  public void setUseClientMode(boolean client) {
    tls().setUseClientMode(client);
  }

  @Override
  public boolean getNeedClientAuth() {
    return tls().getNeedClientAuth();
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    tls().setNeedClientAuth(need);
  }

  @Override
  public boolean getWantClientAuth() {
    return tls().getWantClientAuth();
  }

  @Override
  public void setWantClientAuth(boolean want) {
    tls().setWantClientAuth(want);
  }

  @Override
  public boolean getEnableSessionCreation() {
    return tls().getEnableSessionCreation();
  }

  @Override
  public void setEnableSessionCreation(boolean may) {
    tls().setEnableSessionCreation(may);
  }

  @Override
  public SSLParameters getSSLParameters() {
    return tls().getSSLParameters();
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    tls().setSSLParameters(parameters);
  }

  @Override
  public String getApplicationProtocol() {
    return tls().getApplicationProtocol();
  }

  @Override
  public String getHandshakeApplicationProtocol() {
    return tls().getHandshakeApplicationProtocol();
  }

  @Override
  public BiFunction<SSLSocket, List<String>, String> getHandshakeApplicationProtocolSelector() {
    return tls().getHandshakeApplicationProtocolSelector();
  }

  @Override
  public void setHandshakeApplicationProtocolSelector(
      BiFunction<SSLSocket, List<String>, String> selector) {
    tls().setHandshakeApplicationProtocolSelector(selector);
  }
}
