package io.trunkline.okhttp;

import io.trunkline.config.FirstWrite;
import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.util.List;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * One request of a call, and where it goes.
 *
 * @param endpoint of its URL, also where a proxy is dialled for it
 */
record CallTarget(Request request, Endpoint endpoint) {
  /**
   * @throws UnknownHostException if its host is none: OkHttp takes more for one than any name
   *     server does
   */
  static CallTarget of(Request request, RecentEndpoints known) throws UnknownHostException {
    HttpUrl url = request.url();
    try {
      return new CallTarget(request, known.of(url.host(), url.port()));
    } catch (IllegalArgumentException noHost) {
      UnknownHostException unknown = new UnknownHostException(noHost.getMessage());
      unknown.initCause(noHost);
      throw unknown;
    }
  }

  /** The endpoint as the manager knows it: of a proxy, that. */
  static Endpoint dialled(InetSocketAddress remote) {
    try {
      return Endpoint.tcp(remote.getHostString(), remote.getPort());
    } catch (IllegalArgumentException noHost) { // the name that a Dns of the user's gave it
      if (remote.isUnresolved()) {
        throw noHost;
      }
      return Endpoint.tcp(remote.getAddress().getHostAddress(), remote.getPort());
    }
  }

  /**
   * What is dialled for it, as the manager knows that: the first proxy if it is one of HTTP.
   *
   * @param proxies that were set or selected for it, as far as is known
   */
  Endpoint dialled(List<Proxy> proxies) {
    if (proxies.isEmpty()
        || proxies.get(0).type() != Proxy.Type.HTTP
        || !(proxies.get(0).address() instanceof InetSocketAddress proxy)) {
      return endpoint;
    }
    // OkHttp takes the name of a proxy only where it is not resolved yet.
    return proxy.isUnresolved()
        ? dialled(proxy)
        : Endpoint.tcp(proxy.getAddress().getHostAddress(), proxy.getPort());
  }

  /** Whether the connection will speak another protocol after the answer. */
  static boolean isUpgrade(Request request) {
    return request.header("Upgrade") != null;
  }

  boolean isUpgrade() {
    return isUpgrade(request);
  }

  /** Whether the connection serves no other call after this one: nobody need watch it. */
  boolean isLast() {
    return "close".equalsIgnoreCase(request.header("Connection"));
  }

  /**
   * The port to a host that OkHttp looks up for this request: the origin's, or a proxy's.
   *
   * @param proxies that were selected for it
   */
  int portOf(String host, List<Proxy> proxies) {
    HttpUrl url = request.url();
    if (!url.host().equals(host)) {
      for (Proxy each : proxies) {
        if (each.address() instanceof InetSocketAddress address
            && address.getHostString().equals(host)) {
          return address.getPort();
        }
      }
    }
    return url.port();
  }

  /** What goes out first on a new connection to an address. */
  FirstWrite firstWrite(InetSocketAddress remote) {
    if (!dialled(remote).equals(endpoint)) {
      return FirstWrite.UNKNOWN; // a proxy
    }
    if (request.url().isHttps()) {
      return FirstWrite.TLS;
    }
    return isIdempotent(request.method()) ? FirstWrite.IDEMPOTENT : FirstWrite.UNKNOWN;
  }

  /** RFC 9110, 9.2.2. */
  private static boolean isIdempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> false;
    };
  }
}
