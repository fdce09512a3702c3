package io.trunkline.net;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses may be connected to. It is asked about each resolved address, IP literals
 * included, right before a socket is opened to it, and the socket goes to that very address: a name
 * that resolves differently the next time (DNS rebinding), or a number written in an unusual way,
 * cannot pass it. An address that is refused is not connected to, and the failure is {@code
 * DENIED_BY_POLICY}.
 *
 * <p>The factories see through IPv6 addresses that lead to an IPv4 one: IPv4-mapped ({@code
 * ::ffff:10.0.0.1}, which is that IPv4 address in every rule), IPv4-compatible, IPv4-translated,
 * NAT64 ({@code 64:ff9b::/96}), 6to4 ({@code 2002::/16}) and Teredo ({@code 2001::/32}). They are
 * refused where the IPv4 address in them is. NAT64 under another prefix cannot be told from
 * outside: {@link #deny} it. Scope ids do not matter.
 *
 * <p>A policy must be thread-safe and fast, and must not block. One that throws refuses.
 */
@FunctionalInterface
public interface AddressPolicy {
  /**
   * Judges one address.
   *
   * @param endpoint what was asked for
   * @param address resolved
   * @return the rule that refuses the address, for the message; empty if it may be connected to
   */
  Optional<String> refusal(Endpoint endpoint, InetSocketAddress address);

  /** Every address. */
  static AddressPolicy any() {
    return (endpoint, address) -> Optional.empty();
  }

  /**
   * Only addresses that are reachable from everywhere, by the IANA special-purpose address
   * registries (RFC 6890): what {@link #denyPrivate} refuses, documentation, protocol assignments,
   * and IPv6 outside of {@code 2000::/3} are refused.
   */
  static AddressPolicy publicOnly() {
    return (endpoint, address) -> AddressRules.notPublic(address.getAddress());
  }

  /**
   * No address of this host, its network or its platform: loopback, unspecified, private (RFC
   * 1918), shared (RFC 6598), link-local with the metadata address 169.254.169.254, unique local
   * (RFC 4193), site-local, benchmarking, multicast, reserved and broadcast addresses, 192.0.0.0/24
   * and 168.63.129.16.
   */
  static AddressPolicy denyPrivate() {
    return (endpoint, address) -> AddressRules.internal(address.getAddress());
  }

  /**
   * Only addresses of these blocks. An IPv6 address is not allowed for an IPv4 address in it,
   * except for IPv4-mapped ones.
   *
   * @param cidrs at least one, such as {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a single
   *     address
   * @throws IllegalArgumentException if one has another form; the message shows it
   */
  static AddressPolicy allow(String... cidrs) {
    List<Cidr> allowed = AddressRules.parse(cidrs);
    return (endpoint, address) -> AddressRules.notOneOf(allowed, address.getAddress());
  }

  /**
   * No address of these blocks, and none that an address of these blocks is embedded in.
   *
   * @param cidrs as with {@link #allow}
   * @throws IllegalArgumentException if one has another form; the message shows it
   */
  static AddressPolicy deny(String... cidrs) {
    List<Cidr> denied = AddressRules.parse(cidrs);
    return (endpoint, address) -> AddressRules.oneOf(denied, address.getAddress());
  }

  /** What both let pass. */
  default AddressPolicy and(AddressPolicy other) {
    requireOther(other);
    return (endpoint, address) ->
        refusal(endpoint, address).or(() -> other.refusal(endpoint, address));
  }

  /** What one of both lets pass: {@code publicOnly().or(allow("10.1.0.0/16"))}. */
  default AddressPolicy or(AddressPolicy other) {
    requireOther(other);
    return (endpoint, address) ->
        refusal(endpoint, address)
            .flatMap(mine -> other.refusal(endpoint, address).map(theirs -> mine + "; " + theirs));
  }

  private static void requireOther(AddressPolicy other) {
    if (other == null) {
      throw new IllegalArgumentException("address policy must not be null");
    }
  }
}
