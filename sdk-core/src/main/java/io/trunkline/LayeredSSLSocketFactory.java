package io.trunkline;

import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;

/**
 * Puts the TLS of another factory on {@link ManagedSocket}s as a {@link LayeredSslSocket}. For
 * clients that connect a socket first, then put TLS on it, and check the name themselves: <b>this
 * factory has nobody's name checked</b>, as the factory of an SSLContext has not.
 *
 * <p>All else goes to the other factory as it is: sockets that are not managed, and TLS that is not
 * of the JDK. Thread-safe. Two of them over the same factory are equal.
 */
public final class LayeredSSLSocketFactory extends SSLSocketFactory {
  private final SSLSocketFactory tls;

  /**
   * @param tls makes the sockets that speak TLS, over connected ones
   */
  public LayeredSSLSocketFactory(SSLSocketFactory tls) {
    if (tls == null) {
      throw new IllegalArgumentException("tls must not be null");
    }
    this.tls = tls;
  }

  /** The factory whose TLS it is. */
  public SSLSocketFactory tls() {
    return tls;
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    boolean hasName = host != null && port > 0; // JSSE takes it without, too
    if (connected instanceof ManagedSocket managed && autoClose && hasName) {
      Optional<TransportSocket> socket = managed.connected();
      if (socket.isPresent()) {
        LayeredSslSocket layered =
            new LayeredSslSocket(managed, socket.get(), tls, Endpoint.tcp(host, port));
        if (layered.isOfTheJdk()) {
          return layered;
        }
      }
    }
    return tls.createSocket(connected, host, port, autoClose);
  }

  @Override
  public Socket createSocket() throws IOException {
    return tls.createSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return tls.createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return tls.createSocket(host, port, localHost, localPort);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return tls.createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return tls.createSocket(host, port, localHost, localPort);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return tls.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return tls.getSupportedCipherSuites();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LayeredSSLSocketFactory that && tls.equals(that.tls);
  }

  @Override
  public int hashCode() {
    return 31 * tls.hashCode() + 1;
  }
}
