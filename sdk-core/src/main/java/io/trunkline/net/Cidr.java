package io.trunkline.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** A block of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). Immutable. */
final class Cidr {
  private static final int MAX_OCTET = 255;

  /** Strictly decimal: what 010 means depends on who reads it. */
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,2}");

  /** Begins like a literal, so that the JDK reads it as one and asks no name server. */
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*");

  /** ::ffff:0:0/96 (RFC 4291 section 2.5.5.2): an IPv4 address in the notation of IPv6. */
  private static final int MAPPED_PREFIX_BITS = 96;

  private final String text;
  private final byte[] network;
  private final int prefixBits;

  private Cidr(String text, byte[] network, int prefixBits) {
    this.text = text;
    this.network = network;
    this.prefixBits = prefixBits;
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or a single address.
   *
   * @throws IllegalArgumentException if the text has another form, shows bits beyond its prefix, or
   *     has a scope; the message shows it
   */
  static Cidr parse(String text) {
    if (text == null) {
      throw new IllegalArgumentException("CIDR must not be null");
    }
    int slash = text.indexOf('/');
    byte[] network = address(text, slash < 0 ? text : text.substring(0, slash));
    int prefixBits = slash < 0 ? Byte.SIZE * network.length : prefix(text, slash, network.length);
    for (int bit = prefixBits; bit < Byte.SIZE * network.length; bit++) {
      if ((network[bit / Byte.SIZE] & (0x80 >> (bit % Byte.SIZE))) != 0) {
        throw bad(text, "has bits beyond its prefix");
      }
    }
    return new Cidr(text, network, prefixBits);
  }

  private static byte[] address(String text, String address) {
    if (address.indexOf(':') < 0) {
      return ipv4(text, address.split("\\.", -1));
    }
    if (!IPV6.matcher(address).matches()) {
      throw bad(text, "is no address block");
    }
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException notAnAddress) {
      throw bad(text, "is no address block");
    }
  }

  private static byte[] ipv4(String text, String[] octets) {
    byte[] address = new byte[4];
    if (octets.length != address.length) {
      throw bad(text, "is no address block");
    }
    for (int i = 0; i < address.length; i++) {
      if (!NUMBER.matcher(octets[i]).matches() || Integer.parseInt(octets[i]) > MAX_OCTET) {
        throw bad(text, "is no address block");
      }
      address[i] = (byte) Integer.parseInt(octets[i]);
    }
    return address;
  }

  private static int prefix(String text, int slash, int bytes) {
    // The JDK reads an IPv4-mapped address as the IPv4 address that it is.
    boolean mapped = bytes == 4 && text.indexOf(':') >= 0;
    int least = mapped ? MAPPED_PREFIX_BITS : 0;
    int most = mapped ? MAPPED_PREFIX_BITS + 32 : Byte.SIZE * bytes;
    String digits = text.substring(slash + 1);
    if (!NUMBER.matcher(digits).matches()
        || Integer.parseInt(digits) < least
        || Integer.parseInt(digits) > most) {
      throw bad(text, "must have a prefix length from " + least + " to " + most);
    }
    return Integer.parseInt(digits) - least;
  }

  private static IllegalArgumentException bad(String text, String why) {
    return new IllegalArgumentException(
        "CIDR must be like 10.0.0.0/8 or 2001:db8::/32, but \"" + text + "\" " + why);
  }

  /**
   * Whether the address lies in the block.
   *
   * @param address 4 or 16 bytes; one of another family never does
   */
  boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    int whole = prefixBits / Byte.SIZE;
    int rest = prefixBits % Byte.SIZE;
    return Arrays.equals(address, 0, whole, network, 0, whole)
        && (rest == 0 || (address[whole] ^ network[whole]) >> (Byte.SIZE - rest) == 0);
  }

  @Override
  public String toString() {
    return text;
  }
}
