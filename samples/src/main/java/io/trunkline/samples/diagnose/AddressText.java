package io.trunkline.samples.diagnose;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as people write them: IPv6 as in RFC 5952. */
final class AddressText {
  private static final Pattern ZEROS = Pattern.compile("(?<![0-9a-f])0(:0)+(?![0-9a-f])");

  private AddressText() {}

  static String of(InetSocketAddress address) {
    String ip = address.getAddress().getHostAddress();
    return (ip.indexOf(':') >= 0 ? "[" + shortened(ip) + "]" : ip) + ":" + address.getPort();
  }

  /** The longest run of zero groups, the first of equals, becomes {@code ::}. */
  private static String shortened(String ip) {
    int scope = ip.indexOf('%');
    String groups = scope < 0 ? ip : ip.substring(0, scope);
    Matcher zeros = ZEROS.matcher(groups);
    int start = 0;
    int end = 0;
    while (zeros.find()) {
      if (zeros.end() - zeros.start() > end - start) {
        start = zeros.start();
        end = zeros.end();
      }
    }
    if (end == 0) {
      return ip;
    }
    String before = groups.substring(0, Math.max(0, start - 1));
    String after = groups.substring(Math.min(groups.length(), end + 1));
    return before + "::" + after + ip.substring(groups.length());
  }
}
