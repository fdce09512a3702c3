package io.trunkline.net;

import java.io.Serializable;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * What a caller asks for: a host name or IP literal, a port, and whether TLS is spoken there. An
 * endpoint names a service; the addresses behind it may change. Immutable, thread-safe, and cheap
 * to use as a map key.
 */
public final class Endpoint implements Serializable {
  private static final long serialVersionUID = 1;

  /** RFC 1035 allows 253 visible characters in a name. */
  private static final int MAX_HOST_LENGTH = 253;

  private static final int MAX_PORT = 65_535;
  private static final int MAX_PORT_DIGITS = 9; // more are no int

  private final String host;
  private static final String TCP_SCHEME = "tcp://";
  private static final String TLS_SCHEME = "tls://";

  private final int port;
  private final boolean tls;
  private final int hash;

  private Endpoint(String host, int port, boolean tls) {
    this.host = host;
    this.port = port;
    this.tls = tls;
    this.hash = 31 * (31 * host.hashCode() + port) + Boolean.hashCode(tls);
  }

  /**
   * A plain TCP endpoint.
   *
   * @param host a host name in ASCII (an internationalized one as {@link java.net.IDN#toASCII}
   *     writes it), an IPv4 literal or an IPv6 literal, the latter with or without brackets, and in
   *     whatever spelling: {@code ::1} and {@code 0:0:0:0:0:0:0:1} are one endpoint
   * @param port 1 to 65535
   * @throws IllegalArgumentException if the host is null or empty or has characters no host can
   *     have, or colons and is no IPv6 literal, or the port is out of range; the message names the
   *     field and the value, without user-info, path and query, in which secrets travel
   */
  public static Endpoint tcp(String host, int port) {
    return checked(host, port, false);
  }

  /**
   * An endpoint that speaks TLS. The host is what its certificate is checked against.
   *
   * @throws IllegalArgumentException as {@link #tcp}
   */
  public static Endpoint tls(String host, int port) {
    return checked(host, port, true);
  }

  private static Endpoint checked(String host, int port, boolean tls) {
    if (host == null) {
      throw new IllegalArgumentException("host must not be null");
    }
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException("port must be 1 to 65535, but was " + port);
    }
    return new Endpoint(checkedHost(host), port, tls);
  }

  /**
   * Reads {@code host:port}, {@code 192.0.2.1:port} or {@code [2001:db8::1]:port}; with {@code
   * tls://} before it the endpoint speaks TLS, with {@code tcp://} or nothing it does not.
   *
   * @throws IllegalArgumentException if the text has another form; the message shows it, without
   *     user-info, path and query
   */
  public static Endpoint parse(String given) {
    if (given == null) {
      throw new IllegalArgumentException("endpoint must not be null");
    }
    boolean tls = given.startsWith(TLS_SCHEME);
    String text =
        tls || given.startsWith(TCP_SCHEME) ? given.substring(TLS_SCHEME.length()) : given;
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    if (colon < 0
        || (bracketed && text.indexOf(']') != colon - 1)
        || (!bracketed && text.indexOf(':') != colon)) {
      throw new IllegalArgumentException(
          "endpoint must be HOST:PORT or [IPV6]:PORT, with tls:// before it for TLS, but was \""
              + Shown.of(given)
              + "\"");
    }
    return checked(text.substring(0, colon), port(text.substring(colon + 1), given), tls);
  }

  private static int port(String digits, String given) {
    boolean number =
        !digits.isEmpty()
            && digits.length() <= MAX_PORT_DIGITS
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!number) {
      throw new IllegalArgumentException(
          "endpoint must end in a port number, but was \"" + Shown.of(given) + "\"");
    }
    return Integer.parseInt(digits);
  }

  private static String checkedHost(String given) {
    String host = given;
    if (host.startsWith("[") && host.endsWith("]") && host.indexOf(':') >= 0) {
      host = host.substring(1, host.length() - 1); // brackets belong to IPv6 alone (RFC 3986)
    }
    if (host.isEmpty() || host.length() > MAX_HOST_LENGTH) {
      throw new IllegalArgumentException(
          "host must have 1 to "
              + MAX_HOST_LENGTH
              + " characters, but was \""
              + Shown.of(given)
              + "\"");
    }
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || ".-_:%".indexOf(c) >= 0;
      if (!allowed) {
        throw noHost(given);
      }
    }
    if (host.indexOf(':') < 0) {
      return host.toLowerCase(Locale.ROOT);
    }
    try {
      return Ipv6Literal.canonical(host);
    } catch (UnknownHostException noAddress) {
      throw noHost(given);
    }
  }

  private static IllegalArgumentException noHost(String given) {
    return new IllegalArgumentException(
        "host must be a name or an IP address, but was \"" + Shown.of(given) + "\"");
  }

  /**
   * The host in lower case, an IPv6 literal as RFC 5952 writes it, without brackets; an IPv4-mapped
   * one as the IPv4 address.
   */
  public String host() {
    return host;
  }

  /** The port, 1 to 65535. */
  public int port() {
    return port;
  }

  /** Whether TLS is spoken there. */
  public boolean isTls() {
    return tls;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Endpoint that
            && port == that.port
            && tls == that.tls
            && host.equals(that.host));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /**
   * {@code host:port}, or {@code [host]:port} for an IPv6 literal, with {@code tls://} before it
   * where TLS is spoken: what {@link #parse} reads.
   */
  @Override
  public String toString() {
    String scheme = tls ? TLS_SCHEME : "";
    return scheme + (host.indexOf(':') >= 0 ? "[" + host + "]:" : host + ":") + port;
  }
}
