package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("api.example", 443);

  private static Optional<String> refusal(AddressPolicy policy, InetAddress address) {
    return policy.refusal(ENDPOINT, new InetSocketAddress(address, ENDPOINT.port()));
  }

  private static Optional<String> refusal(AddressPolicy policy, String address) throws Exception {
    return refusal(policy, InetAddress.getByName(address));
  }

  // ---- what is public, what is private ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.15",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2002:0808:0808::1", // 6to4 of 8.8.8.8
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
        "2001:0:0808:0808:0:0:f7f7:f7f7" // Teredo, server and client 8.8.8.8
      })
  void whatIsReachableFromEverywhereIsPublic(String address) throws Exception {
    assertThat(refusal(AddressPolicy.publicOnly(), address)).isEmpty();
    assertThat(refusal(AddressPolicy.denyPrivate(), address)).isEmpty();
  }

  @ParameterizedTest(name = "{0} is of {1}")
  @CsvSource({
    "0.0.0.0,                0.0.0.0/8",
    "0.1.2.3,                0.0.0.0/8",
    "10.0.0.0,               10.0.0.0/8",
    "10.255.255.255,         10.0.0.0/8",
    "100.64.0.0,             100.64.0.0/10",
    "100.127.255.255,        100.64.0.0/10",
    "100.100.100.200,        100.64.0.0/10",
    "127.0.0.1,              127.0.0.0/8",
    "127.255.255.254,        127.0.0.0/8",
    "169.254.169.254,        169.254.0.0/16",
    "172.16.0.0,             172.16.0.0/12",
    "172.31.255.255,         172.16.0.0/12",
    "192.0.0.192,            192.0.0.0/24",
    "192.168.1.1,            192.168.0.0/16",
    "198.18.0.1,             198.18.0.0/15",
    "198.19.255.255,         198.18.0.0/15",
    "224.0.0.1,              224.0.0.0/4",
    "239.255.255.255,        224.0.0.0/4",
    "240.0.0.1,              240.0.0.0/4",
    "255.255.255.255,        240.0.0.0/4",
    "168.63.129.16,          168.63.129.16/32",
    "::,                     ::/128",
    "::1,                    ::1/128",
    "fe80::1,                fe80::/10",
    "febf::1,                fe80::/10",
    "fec0::1,                fec0::/10",
    "fc00::1,                fc00::/7",
    "fd00:ec2::254,          fc00::/7",
    "ff02::1,                ff00::/8",
    "2001:2::1,              2001:2::/48",
    "64:ff9b:1::a00:1,       64:ff9b:1::/48",
    // IPv4 inside of IPv6
    "::ffff:127.0.0.1,       127.0.0.0/8",
    "::ffff:7f00:1,          127.0.0.0/8",
    "::ffff:0:10.0.0.1,      10.0.0.0/8",
    "::127.0.0.1,            127.0.0.0/8",
    "::a9fe:a9fe,            169.254.0.0/16",
    "64:ff9b::10.0.0.1,      10.0.0.0/8",
    "64:ff9b::a9fe:a9fe,     169.254.0.0/16",
    "2002:7f00:1::1,         127.0.0.0/8",
    "2002:c0a8:101::,        192.168.0.0/16",
    "2002:a9fe:a9fe::1,      169.254.0.0/16",
    "2001:0:a00:1:0:0:f7f7:f7f7,     10.0.0.0/8", // Teredo by a private server
    "2001:0:808:808:0:0:80ff:fffe,   127.0.0.0/8", // Teredo to a private client
    "2001:0:808:808:0:0:5601:5601,   169.254.0.0/16"
  })
  void whatIsPrivateIsRefusedWithItsBlock(String address, String block) throws Exception {
    assertThat(refusal(AddressPolicy.denyPrivate(), address))
        .hasValueSatisfying(
            rule -> assertThat(rule).startsWith("denyPrivate: ").contains(block + " ("));
    assertThat(refusal(AddressPolicy.publicOnly(), address))
        .hasValueSatisfying(
            rule -> assertThat(rule).startsWith("publicOnly: ").contains(block + " ("));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "2001:db8::1",
        "3fff::1",
        "2001:1::1",
        "2001:10::1",
        "2001:20::1",
        "100::1",
        "5f00::1",
        "4000::1",
        "0200::1",
        "::8.8.8.8", // IPv4-compatible leads nowhere in public
        "::ffff:0:8.8.8.8",
        "64:ff9b::192.0.2.1",
        "2002:c000:0201::1"
      })
  void whatIsNeitherIsRefusedByPublicOnly(String address) throws Exception {
    assertThat(refusal(AddressPolicy.publicOnly(), address)).isPresent();
    assertThat(refusal(AddressPolicy.denyPrivate(), address)).isEmpty();
  }

  // ---- ways round ----

  @ParameterizedTest
  @ValueSource(strings = {"2130706433", "127.1", "127.0.1", "0", "::ffff:127.0.0.1", "127.0.0.1"})
  void anUnusualWayToWriteAnAddressIsNoWayRound(String text) throws Exception {
    assertThat(refusal(AddressPolicy.denyPrivate(), text)).isPresent();
  }

  /** The JDK never makes one itself, but a resolver can. */
  @Test
  void anIpv4MappedAddressThatStayedIpv6IsIpv4InEveryRule() throws Exception {
    byte[] bytes = new byte[16];
    bytes[10] = -1;
    bytes[11] = -1;
    bytes[12] = 127;
    bytes[15] = 1;
    InetAddress mapped = Inet6Address.getByAddress("rebound.example", bytes, 0);

    assertThat(mapped).isInstanceOf(Inet6Address.class);
    assertThat(refusal(AddressPolicy.publicOnly(), mapped)).isPresent();
    assertThat(refusal(AddressPolicy.denyPrivate(), mapped)).isPresent();
    assertThat(refusal(AddressPolicy.deny("127.0.0.0/8"), mapped)).isPresent();
    assertThat(refusal(AddressPolicy.deny("::/0"), mapped)).isPresent();
    assertThat(refusal(AddressPolicy.allow("::/0"), mapped)).isPresent();
    assertThat(refusal(AddressPolicy.allow("127.0.0.1"), mapped)).isEmpty();
  }

  @Test
  void aScopeIdHidesNothing() throws Exception {
    byte[] linkLocal = InetAddress.getByName("fe80::1").getAddress();
    byte[] global = InetAddress.getByName("2606:4700:4700::1111").getAddress();

    assertThat(refusal(AddressPolicy.publicOnly(), Inet6Address.getByAddress(null, linkLocal, 7)))
        .isPresent();
    assertThat(
            refusal(AddressPolicy.deny("fe80::1"), Inet6Address.getByAddress(null, linkLocal, 7)))
        .isPresent();
    assertThat(refusal(AddressPolicy.publicOnly(), Inet6Address.getByAddress(null, global, 7)))
        .isEmpty();
  }

  // ---- lists ----

  @Test
  void allowLetsOnlyItsBlocksPass() throws Exception {
    AddressPolicy policy = AddressPolicy.allow("10.1.0.0/16", "2001:db8::/32");

    assertThat(refusal(policy, "10.1.2.3")).isEmpty();
    assertThat(refusal(policy, "2001:db8::1")).isEmpty();
    assertThat(refusal(policy, "10.2.0.0")).contains("allow: not of [10.1.0.0/16, 2001:db8::/32]");
    assertThat(refusal(policy, "2001:db9::1")).isPresent();
    assertThat(refusal(policy, "64:ff9b::10.1.2.3")).as("not by what is in it").isPresent();
  }

  @Test
  void denyRefusesItsBlocksAndWhatLeadsThere() throws Exception {
    AddressPolicy policy = AddressPolicy.deny("203.0.113.0/24", "2001:db8::/32");

    assertThat(refusal(policy, "203.0.113.9")).contains("deny: 203.0.113.0/24 (denied)");
    assertThat(refusal(policy, "64:ff9b::203.0.113.9"))
        .contains("deny: 203.0.113.9 in it is of 203.0.113.0/24 (denied)");
    assertThat(refusal(policy, "2001:db8::1")).isPresent();
    assertThat(refusal(policy, "203.0.114.9")).isEmpty();
    assertThat(refusal(policy, "127.0.0.1")).isEmpty();
  }

  @Test
  void andRefusesWhatEitherRefuses() throws Exception {
    AddressPolicy policy = AddressPolicy.publicOnly().and(AddressPolicy.deny("8.8.8.8"));

    assertThat(refusal(policy, "8.8.8.8")).isPresent();
    assertThat(refusal(policy, "10.0.0.1")).isPresent();
    assertThat(refusal(policy, "8.8.4.4")).isEmpty();
  }

  @Test
  void orRefusesWhatBothRefuse() throws Exception {
    AddressPolicy policy = AddressPolicy.publicOnly().or(AddressPolicy.allow("10.1.0.0/16"));

    assertThat(refusal(policy, "10.1.0.1")).isEmpty();
    assertThat(refusal(policy, "8.8.8.8")).isEmpty();
    assertThat(refusal(policy, "10.2.0.1"))
        .hasValueSatisfying(rule -> assertThat(rule).contains("publicOnly: ", "; allow: "));
  }

  @Test
  void anyRefusesNothing() throws Exception {
    assertThat(refusal(AddressPolicy.any(), "127.0.0.1")).isEmpty();
  }

  @Test
  void badListsAreRefusedByName() {
    assertThatThrownBy(() -> AddressPolicy.allow("10.0.0.0/8", "ten/8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"ten/8\"");
    assertThatThrownBy(() -> AddressPolicy.deny("10.0.0.0/40"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"10.0.0.0/40\"");
    assertThatThrownBy(AddressPolicy::allow).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(AddressPolicy::deny).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AddressPolicy.any().and(null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AddressPolicy.any().or(null))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
