package io.trunkline;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * An SSLSocket that is unconnected at birth. JSSE can put TLS on a socket of others only once that
 * is connected, so until then a sample of JSSE holds what is set for TLS.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class ManagedSslSocket extends DelegatingSslSocket {
  private final ManagedSocket tcp;
  private final SSLSocketFactory layering;
  private final SSLSocket sample;
  private final List<HandshakeCompletedListener> listeners = new CopyOnWriteArrayList<>();
  private volatile SSLSocket established;

  ManagedSslSocket(ManagedSocket tcp, SSLSocketFactory layering, SSLSocket sample) {
    this.tcp = tcp;
    this.layering = layering;
    this.sample = sample;
  }

  @Override
  Socket tcp() {
    return tcp;
  }

  @Override
  SSLSocket tls() {
    SSLSocket speaking = established;
    return speaking != null ? speaking : sample;
  }

  /** Before the connect the socket below says what the contract wants. */
  @Override
  Socket data() {
    SSLSocket speaking = established;
    return speaking != null ? speaking : tcp;
  }

  /** As {@link ManagedSocket#connect}. The TLS handshake is left to the first use, as in JSSE. */
  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    tcp.connect(remote, timeoutMillis);
    boolean done = false;
    try {
      InetSocketAddress address = (InetSocketAddress) remote;
      SSLSocket speaking =
          (SSLSocket) layering.createSocket(tcp, address.getHostString(), address.getPort(), true);
      speaking.setUseClientMode(sample.getUseClientMode());
      speaking.setEnableSessionCreation(sample.getEnableSessionCreation());
      speaking.setHandshakeApplicationProtocolSelector(
          sample.getHandshakeApplicationProtocolSelector());
      speaking.setSSLParameters(sample.getSSLParameters());
      listeners.forEach(speaking::addHandshakeCompletedListener);
      established = speaking;
      if (tcp.isClosed()) {
        throw new SocketException("Socket is closed"); // by another thread, meanwhile
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  @Override
  public boolean isConnected() {
    return established != null;
  }

  @Override
  public boolean isClosed() {
    return data().isClosed() || tcp.isClosed();
  }

  @Override
  public void close() throws IOException {
    data().close();
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls().addHandshakeCompletedListener(listener); // refuses null
    listeners.add(listener);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls().removeHandshakeCompletedListener(listener); // refuses one that is not there
    listeners.remove(listener);
  }

  @Override
  public String toString() {
    return established != null ? established.toString() : "SSLSocket over " + tcp;
  }
}
