package io.trunkline.okhttp;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import javax.net.SocketFactory;
import okhttp3.Dns;

/**
 * Where the connections of one call come from. OkHttp keeps it as long as a connection that was
 * made with it, so it holds the call weakly; and all of one adapter are equal, so that calls share
 * connections.
 */
final class CallRoutes extends SocketFactory implements Dns {
  private final Adapter adapter;
  private final WeakReference<CallState> call;

  /** For connections of no known call. */
  CallRoutes(Adapter adapter) {
    this(adapter, null);
  }

  CallRoutes(Adapter adapter, CallState call) {
    this.adapter = adapter;
    this.call = new WeakReference<>(call);
  }

  @Override
  public Socket createSocket() {
    return new CallSocket(adapter, call);
  }

  @Override
  public List<InetAddress> lookup(String hostname) throws UnknownHostException {
    CallState asking = call.get();
    return adapter.names().lookup(hostname, asking);
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
    return other instanceof CallRoutes that && adapter == that.adapter;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(adapter);
  }
}
