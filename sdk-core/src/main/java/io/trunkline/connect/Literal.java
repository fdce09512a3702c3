package io.trunkline.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Reads IP literals, and never asks a name server. */
final class Literal {
  private Literal() {}

  /**
   * The address that a literal is; empty for a name.
   *
   * @throws UnknownHostException if it looks like an IPv6 literal and is none, or its scope is not
   *     of this host
   */
  static Optional<InetAddress> of(String host) throws UnknownHostException {
    if (host.indexOf(':') >= 0) {
      // What begins otherwise the JDK would take for a name, and look it up here and now.
      if (host.charAt(0) != ':' && Character.digit(host.charAt(0), 16) < 0) {
        throw new UnknownHostException(host);
      }
      return Optional.of(InetAddress.getByName(host));
    }
    return isDottedQuad(host) ? Optional.of(InetAddress.getByName(host)) : Optional.empty();
  }

  /** Four numbers up to 255. What only looks like an address goes to a worker like any name. */
  private static boolean isDottedQuad(String host) {
    int parts = 1;
    int digits = 0;
    int value = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == '.' && digits > 0) {
        parts++;
        digits = 0;
        value = 0;
      } else if (c >= '0' && c <= '9' && digits < 3 && value * 10 + (c - '0') <= 255) {
        digits++;
        value = value * 10 + (c - '0');
      } else {
        return false;
      }
    }
    return parts == 4 && digits > 0;
  }
}
