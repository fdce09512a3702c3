package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import javax.net.SocketFactory;
import okhttp3.Dns;

/**
 * Where the connections of one call come from. OkHttp keeps it as long as a connection that was
 * made with it, so it holds the call weakly; and all of one adapter with the same address policy
 * and the same names are equal, so that calls share connections, and no others do.
 */
final class CallRoutes extends SocketFactory implements Dns {
  private final Adapter adapter;
  private final CallPolicy policy;
  private final Dns names;
  private final WeakReference<CallState> call;

  /** That the call began with; null if it is not known. */
  private final Endpoint endpoint;

  /** For connections of no known call. */
  CallRoutes(Adapter adapter, CallPolicy policy) {
    this(adapter, policy, Dns.SYSTEM, null);
  }

  /**
   * @param names who is asked for addresses; {@link Dns#SYSTEM} stands for the manager
   */
  CallRoutes(Adapter adapter, CallPolicy policy, Dns names, CallState call) {
    this.adapter = adapter;
    this.policy = policy;
    this.names = names;
    this.call = new WeakReference<>(call);
    this.endpoint = call == null ? null : call.endpoint();
  }

  @Override
  public Socket createSocket() {
    return new CallSocket(adapter, policy, names == Dns.SYSTEM, call);
  }

  @Override
  public List<InetAddress> lookup(String hostname) throws UnknownHostException {
    if (names != Dns.SYSTEM) {
      return names.lookup(hostname);
    }
    return adapter.names().lookup(hostname, call.get());
  }

  // ---- sockets that are connected at birth: OkHttp asks for none ----

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return adapter.sockets().createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return adapter.sockets().createSocket(host, port, localHost, localPort);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return adapter.sockets().createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return adapter.sockets().createSocket(host, port, localHost, localPort);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CallRoutes that
        && adapter == that.adapter
        && policy.equals(that.policy)
        && names.equals(that.names)
        && Objects.equals(service(), that.service());
  }

  /**
   * The endpoint if its instances have ports of their own, else null. To OkHttp two of these look
   * alike if they share an address, and it would send the requests to one over a connection of
   * HTTP/2 to the other if its certificate holds for both.
   */
  private Endpoint service() {
    return endpoint != null && adapter.ports().has(endpoint) ? endpoint : null;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(adapter);
  }
}
