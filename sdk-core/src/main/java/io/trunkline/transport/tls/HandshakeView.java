package io.trunkline.transport.tls;

import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * A TLS session as a trust manager of the JDK sees it in the TLS handshake, though that is over: it
 * asks the socket for the session and for the algorithm of the names, and for nothing else.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class HandshakeView extends SSLSocket {
  private final SSLSession session;
  private final SSLParameters parameters = new SSLParameters();

  HandshakeView(SSLSession session, String algorithm) {
    this.session = session;
    parameters.setEndpointIdentificationAlgorithm(algorithm);
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public SSLSession getHandshakeSession() {
    return session;
  }

  @Override
  public SSLSession getSession() {
    return session;
  }

  @Override
  public SSLParameters getSSLParameters() {
    return parameters;
  }

  @Override
  public boolean getUseClientMode() {
    return true;
  }

  // ---- what only a handshake to come needs ----

  private static UnsupportedOperationException over() {
    return new UnsupportedOperationException("the TLS handshake is over");
  }

  @Override
  public String[] getSupportedCipherSuites() {
    throw over();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    throw over();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    throw over();
  }

  @Override
  public String[] getSupportedProtocols() {
    throw over();
  }

  @Override
  public String[] getEnabledProtocols() {
    throw over();
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    throw over();
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    throw over();
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    throw over();
  }

  @Override
  public void startHandshake() {
    throw over();
  }

  @Override
  public void setUseClientMode(boolean client) {
    throw over();
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    throw over();
  }

  @Override
  public boolean getNeedClientAuth() {
    throw over();
  }

  @Override
  public void setWantClientAuth(boolean want) {
    throw over();
  }

  @Override
  public boolean getWantClientAuth() {
    throw over();
  }

  @Override
  public void setEnableSessionCreation(boolean may) {
    throw over();
  }

  @Override
  public boolean getEnableSessionCreation() {
    throw over();
  }
}
