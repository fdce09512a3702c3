package io.trunkline.net;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The rules behind {@link AddressPolicy}. Blocks and their meaning are those of the IANA IPv4 and
 * IPv6 special-purpose address registries (RFC 6890, RFC 8190); where a registry carves small
 * anycast services out of a block, the block is taken as a whole.
 */
final class AddressRules {
  private record Block(Cidr cidr, String meaning) {
    static Block of(String cidr, String meaning) {
      return new Block(Cidr.parse(cidr), meaning);
    }

    @Override
    public String toString() {
      return cidr + " (" + meaning + ")";
    }
  }

  /** What leads to this host, into its own network, or to the platform it runs on. */
  private static final List<Block> INTERNAL =
      List.of(
          Block.of("0.0.0.0/8", "this network; 0.0.0.0 is this host"),
          Block.of("10.0.0.0/8", "private"),
          Block.of("100.64.0.0/10", "shared by a carrier's NAT"),
          Block.of("127.0.0.0/8", "loopback"),
          Block.of("169.254.0.0/16", "link-local, cloud metadata"),
          Block.of("172.16.0.0/12", "private"),
          Block.of("192.0.0.0/24", "IETF protocol assignments"),
          Block.of("192.168.0.0/16", "private"),
          Block.of("198.18.0.0/15", "benchmarking"),
          Block.of("224.0.0.0/4", "multicast"),
          Block.of("240.0.0.0/4", "reserved, broadcast"),
          Block.of("::/128", "unspecified, this host"),
          Block.of("::1/128", "loopback"),
          Block.of("64:ff9b:1::/48", "local NAT64"), // RFC 8215
          Block.of("2001:2::/48", "benchmarking"),
          Block.of("fc00::/7", "unique local"),
          Block.of("fe80::/10", "link-local"),
          Block.of("fec0::/10", "site-local"), // RFC 3879, deprecated
          Block.of("ff00::/8", "multicast"),
          // In no registry: it leads from an Azure machine to the platform beneath it.
          Block.of("168.63.129.16/32", "Azure platform"));

  /** What else is not reachable from everywhere. */
  private static final List<Block> NOT_GLOBAL =
      List.of(
          Block.of("192.0.2.0/24", "documentation"),
          Block.of("192.88.99.0/24", "6to4 relay anycast"),
          Block.of("198.51.100.0/24", "documentation"),
          Block.of("203.0.113.0/24", "documentation"),
          Block.of("2001:db8::/32", "documentation"),
          Block.of("3fff::/20", "documentation"));

  private static final Cidr TEREDO = Cidr.parse("2001::/32");
  private static final Block IETF = Block.of("2001::/23", "IETF protocol assignments");
  private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

  /** All that IANA has given out for global unicast (RFC 4291 section 2.4). */
  private static final Cidr GLOBAL_UNICAST = Cidr.parse("2000::/3");

  private AddressRules() {}

  static Optional<String> internal(InetAddress address) {
    byte[] bytes = EmbeddedIpv4.unmapped(address.getAddress());
    return inOne(INTERNAL, bytes).map(rule -> "denyPrivate: " + rule);
  }

  static Optional<String> notPublic(InetAddress address) {
    byte[] bytes = EmbeddedIpv4.unmapped(address.getAddress());
    return inOne(INTERNAL, bytes)
        .or(() -> inOne(NOT_GLOBAL, bytes))
        .or(() -> notGlobalIpv6(bytes))
        .map(rule -> "publicOnly: " + rule);
  }

  private static Optional<String> notGlobalIpv6(byte[] address) {
    if (IETF.cidr().contains(address) && !TEREDO.contains(address)) {
      return Optional.of(IETF.toString());
    }
    boolean global =
        address.length == 4 || GLOBAL_UNICAST.contains(address) || NAT64.contains(address);
    return global
        ? Optional.empty()
        : Optional.of("not of " + GLOBAL_UNICAST + " (global unicast)");
  }

  static Optional<String> notOneOf(List<Cidr> allowed, InetAddress address) {
    byte[] bytes = EmbeddedIpv4.unmapped(address.getAddress());
    return allowed.stream().anyMatch(each -> each.contains(bytes))
        ? Optional.empty()
        : Optional.of("allow: not of " + allowed);
  }

  static Optional<String> oneOf(List<Cidr> denied, InetAddress address) {
    byte[] whole = address.getAddress();
    List<Block> blocks = denied.stream().map(each -> new Block(each, "denied")).toList();
    return inOne(blocks, EmbeddedIpv4.unmapped(whole))
        .or(() -> inOne(blocks, whole)) // who denies ::/0 wants no IPv6, mapped or not
        .map(rule -> "deny: " + rule);
  }

  static List<Cidr> parse(String... cidrs) {
    if (cidrs.length == 0) {
      throw new IllegalArgumentException("CIDR must be given at least once");
    }
    return Arrays.stream(cidrs).map(Cidr::parse).toList();
  }

  private static Optional<String> inOne(List<Block> blocks, byte[] address) {
    for (Block block : blocks) {
      if (block.cidr().contains(address)) {
        return Optional.of(block.toString());
      }
    }
    for (byte[] embedded : EmbeddedIpv4.in(address)) {
      for (Block block : blocks) {
        if (block.cidr().contains(embedded)) {
          return Optional.of(text(embedded) + " in it is of " + block);
        }
      }
    }
    return Optional.empty();
  }

  private static String text(byte[] ipv4) {
    return (ipv4[0] & 0xff)
        + "."
        + (ipv4[1] & 0xff)
        + "."
        + (ipv4[2] & 0xff)
        + "."
        + (ipv4[3] & 0xff);
  }
}
