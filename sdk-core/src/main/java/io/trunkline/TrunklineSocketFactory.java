package io.trunkline;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Has any library that takes a socket factory dial through a {@link ConnectionManager}: with its
 * resolver, its connect timeout, its socket options and its failures. The sockets belong to the
 * library, which pools them or not; they are not leases and count under no cap.
 *
 * <p>A host name is resolved by the manager, which may try all of its addresses; an {@link
 * InetAddress} is dialled as it is. Reads have no limit unless the library sets one, as with any
 * other socket; the read timeout of the settings is for leases.
 *
 * <p>Exceptions are those that java.net throws, and implement {@link
 * io.trunkline.failure.ConnectionFailure}; {@link io.trunkline.failure.Failures#find} gets it out
 * of what a library wrapped around it.
 *
 * <p>A library that can only be given the name of a class gets its own manager from a subclass that
 * hands it to the constructor.
 *
 * <p>Thread-safe. Two factories over one manager are equal.
 */
public class TrunklineSocketFactory extends SocketFactory {
  private final ConnectionManager manager;

  /**
   * For those who can only be given the name of this class, such as JDBC drivers. All factories
   * made like this share one manager, which has the default settings and is never closed. Its
   * threads are daemons.
   */
  public TrunklineSocketFactory() {
    this(SharedManager.get());
  }

  /** A factory whose sockets are dialled by the manager. Closing the manager ends no socket. */
  public TrunklineSocketFactory(ConnectionManager manager) {
    if (manager == null) {
      throw new IllegalArgumentException("manager must not be null");
    }
    this.manager = manager;
  }

  /** As {@link #TrunklineSocketFactory()}: some libraries look for this method by name. */
  public static SocketFactory getDefault() {
    return new TrunklineSocketFactory();
  }

  /** A socket that is not connected yet; its {@code connect} dials. */
  @Override
  public Socket createSocket() throws IOException {
    return new ManagedSocket(manager.dialler());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(named(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(named(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(resolved(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(resolved(host, port), new InetSocketAddress(localHost, localPort));
  }

  /** Without a name it is this host, as with java.net.Socket. */
  private static InetSocketAddress named(String host, int port) {
    return host == null
        ? resolved(InetAddress.getLoopbackAddress(), port)
        : InetSocketAddress.createUnresolved(host, port);
  }

  /** Not InetSocketAddress as it is: without an address it would mean any address. */
  private static InetSocketAddress resolved(InetAddress host, int port) {
    if (host == null) {
      throw new NullPointerException("host");
    }
    return new InetSocketAddress(host, port);
  }

  private Socket connected(InetSocketAddress remote, InetSocketAddress local) throws IOException {
    Socket socket = createSocket();
    boolean done = false;
    try {
      if (local != null) {
        socket.bind(local);
      }
      socket.connect(remote);
      done = true;
      return socket;
    } finally {
      if (!done) {
        socket.close();
      }
    }
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof TrunklineSocketFactory that && manager == that.manager;
  }

  @Override
  public final int hashCode() {
    return System.identityHashCode(manager);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + manager.transport().name() + "]";
  }
}
