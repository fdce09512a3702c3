package io.trunkline;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * {@link TrunklineSocketFactory} for libraries that want an SSLSocketFactory: TLS of an SSLContext
 * over sockets that dial through a {@link ConnectionManager}.
 *
 * <p>The host name is checked against the certificate (RFC 2818, the HTTPS algorithm of {@link
 * SSLParameters#setEndpointIdentificationAlgorithm}), though the library did not ask for it, and
 * whatever the trust manager of the context does; only SSLParameters of its own can change that. A
 * common name is no host name (RFC 9525, 2). The TLS handshake begins with the first read or write,
 * or with {@link SSLSocket#startHandshake}, as with any SSLSocket. It has one deadline: the read
 * limit of the socket, else 10 seconds. On sockets of Trunkline it fails with the exact kind, and
 * the end of TCP without a close_notify is a failure: see {@link LayeredSslSocket}.
 *
 * <p>Thread-safe. Two factories over one manager and one context are equal.
 */
public class TrunklineSSLSocketFactory extends SSLSocketFactory {
  private final TrunklineSocketFactory dialling;
  private final SSLContext context;

  /**
   * For those who can only be given the name of this class: over the same shared manager as {@link
   * TrunklineSocketFactory#TrunklineSocketFactory()}, with the default context of the JVM.
   */
  public TrunklineSSLSocketFactory() {
    this(SharedManager.get());
  }

  /** A factory with the default context of the JVM. */
  public TrunklineSSLSocketFactory(ConnectionManager manager) {
    this(manager, defaultContext());
  }

  /** A factory whose sockets are dialled by the manager, and speak the TLS of the context. */
  public TrunklineSSLSocketFactory(ConnectionManager manager, SSLContext context) {
    if (context == null) {
      throw new IllegalArgumentException("context must not be null");
    }
    this.dialling = new TrunklineSocketFactory(manager);
    this.context = context;
  }

  private static SSLContext defaultContext() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException broken) {
      throw new IllegalStateException("this JVM has no default SSLContext", broken);
    }
  }

  /** As {@link #TrunklineSSLSocketFactory()}: some libraries look for this method by name. */
  public static SocketFactory getDefault() {
    return new TrunklineSSLSocketFactory();
  }

  /**
   * Puts TLS on a connected socket, wherever it comes from.
   *
   * @param host the name to check the certificate against
   */
  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    SSLSocketFactory layering = new LayeredSSLSocketFactory(context.getSocketFactory());
    return new CheckedSslSocket(
        verifying((SSLSocket) layering.createSocket(connected, host, port, autoClose)));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return secured(dialling.createSocket(host, port), orThisHost(host), port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return secured(dialling.createSocket(host, port, localHost, localPort), orThisHost(host), port);
  }

  private static String orThisHost(String host) {
    return host == null ? InetAddress.getLoopbackAddress().getHostName() : host;
  }

  /** The certificate is checked against the name that the address has, else against its digits. */
  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return secured(dialling.createSocket(host, port), nameOf(host, port), port);
  }

  /** The certificate is checked against the name that the address has, else against its digits. */
  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return secured(
        dialling.createSocket(host, port, localHost, localPort), nameOf(host, port), port);
  }

  /**
   * A socket that is not connected yet; its {@code connect} dials. The certificate is checked
   * against the name in the address that it is connected to.
   */
  @Override
  public Socket createSocket() throws IOException {
    return new ManagedSslSocket((ManagedSocket) dialling.createSocket(), this, unconnected());
  }

  /** Holds what is set on a socket of {@link #createSocket()} until that is connected. */
  private SSLSocket unconnected() throws IOException {
    return verifying((SSLSocket) context.getSocketFactory().createSocket());
  }

  private static SSLSocket verifying(SSLSocket socket) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private Socket secured(Socket connected, String host, int port) throws IOException {
    boolean done = false;
    try {
      Socket secured = createSocket(connected, host, port, true);
      done = true;
      return secured;
    } finally {
      if (!done) {
        connected.close();
      }
    }
  }

  /** Never asks a name server for the name of an address. */
  private static String nameOf(InetAddress host, int port) {
    return new InetSocketAddress(host, port).getHostString();
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return context.getSocketFactory().getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return context.getSocketFactory().getSupportedCipherSuites();
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof TrunklineSSLSocketFactory that
        && dialling.equals(that.dialling)
        && context == that.context;
  }

  @Override
  public final int hashCode() {
    return 31 * dialling.hashCode() + System.identityHashCode(context);
  }
}
