package io.trunkline.net;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The one way to write an IPv6 address (RFC 5952), so that each is one endpoint. */
final class Ipv6Literal {
  private static final int GROUPS = 8;

  private Ipv6Literal() {}

  /**
   * The address as RFC 5952 writes it: in lower case, without leading zeros, the longest run of
   * zero groups as {@code ::}. An IPv4-mapped one (RFC 4291, 2.5.5.2) is written as the IPv4
   * address that it is to the JDK. A scope stays as it was given, for names of interfaces have case
   * (RFC 4007, 11.2).
   *
   * @param host without brackets
   * @throws UnknownHostException if it is no such literal; no name server is asked
   */
  static String canonical(String host) throws UnknownHostException {
    int percent = host.indexOf('%');
    String address = percent < 0 ? host : host.substring(0, percent);
    String scope = percent < 0 ? "" : host.substring(percent);
    byte[] bytes = InetAddress.getByName("[" + address + "]").getAddress();
    boolean isMapped = bytes.length == 4;
    if (scope.length() == 1 || (isMapped && percent >= 0)) {
      throw new UnknownHostException(host); // a scope is not empty, and IPv4 has none
    }
    return isMapped ? InetAddress.getByAddress(bytes).getHostAddress() : written(bytes) + scope;
  }

  private static String written(byte[] address) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (address[2 * i] & 0xff) << Byte.SIZE | (address[2 * i + 1] & 0xff);
    }
    int longest = -1;
    int length = 1; // a single zero group is written out
    for (int i = 0; i < GROUPS; i++) {
      int run = zerosFrom(groups, i);
      if (run > length) {
        longest = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < GROUPS) {
      if (i == longest) {
        text.append("::");
        i += length;
      } else {
        boolean isFirst = text.isEmpty() || text.charAt(text.length() - 1) == ':';
        text.append(isFirst ? "" : ":").append(Integer.toHexString(groups[i]));
        i++;
      }
    }
    return text.toString();
  }

  private static int zerosFrom(int[] groups, int start) {
    int end = start;
    while (end < GROUPS && groups[end] == 0) {
      end++;
    }
    return end - start;
  }
}
