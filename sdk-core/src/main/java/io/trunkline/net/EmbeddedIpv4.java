package io.trunkline.net;

import java.util.Arrays;
import java.util.List;

/**
 * IPv4 addresses inside IPv6 ones. A packet to such an address ends at the IPv4 address, on this
 * host or behind a gateway of its network, so a rule that refuses the one refuses the other.
 */
final class EmbeddedIpv4 {
  /** RFC 4291 section 2.5.5.2: what comes before the IPv4 address in an IPv4-mapped one. */
  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  /** RFC 4291 section 2.5.5.1, deprecated; :: and ::1 look like it. */
  private static final Cidr COMPATIBLE = Cidr.parse("::/96");

  /** RFC 2765, obsolete: IPv4-translated. */
  private static final Cidr TRANSLATED = Cidr.parse("::ffff:0:0:0/96");

  /** RFC 6052: NAT64. */
  private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

  /** RFC 3056. */
  private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");

  /** RFC 4380. */
  private static final Cidr TEREDO = Cidr.parse("2001::/32");

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  private EmbeddedIpv4() {}

  /**
   * The address as the kernel uses it: an IPv4-mapped one is IPv4 on the wire. Others come back as
   * they are.
   */
  static byte[] unmapped(byte[] address) {
    return address.length == IPV6_BYTES
            && Arrays.equals(address, 0, MAPPED.length, MAPPED, 0, MAPPED.length)
        ? at(address, MAPPED.length)
        : address;
  }

  /** Every IPv4 address in an unmapped address; none in an IPv4 address. */
  static List<byte[]> in(byte[] address) {
    if (TRANSLATED.contains(address) || NAT64.contains(address) || COMPATIBLE.contains(address)) {
      return List.of(at(address, IPV6_BYTES - IPV4_BYTES));
    }
    if (SIX_TO_FOUR.contains(address)) {
      return List.of(at(address, 2));
    }
    if (TEREDO.contains(address)) {
      byte[] client = at(address, IPV6_BYTES - IPV4_BYTES);
      for (int i = 0; i < client.length; i++) {
        client[i] = (byte) ~client[i]; // RFC 4380 section 4: each bit inverted
      }
      return List.of(at(address, 4), client);
    }
    return List.of();
  }

  private static byte[] at(byte[] address, int offset) {
    return Arrays.copyOfRange(address, offset, offset + IPV4_BYTES);
  }
}
