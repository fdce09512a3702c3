package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest(name = "{0} contains {1}: {2}")
  @CsvSource({
    "10.0.0.0/8,        10.0.0.0,          true",
    "10.0.0.0/8,        10.255.255.255,    true",
    "10.0.0.0/8,        11.0.0.0,          false",
    "10.0.0.0/8,        9.255.255.255,     false",
    "172.16.0.0/12,     172.31.255.255,    true",
    "172.16.0.0/12,     172.32.0.0,        false",
    "172.16.0.0/12,     172.15.255.255,    false",
    "128.0.0.0/1,       255.0.0.1,         true",
    "128.0.0.0/1,       127.255.255.255,   false",
    "0.0.0.0/0,         203.0.113.7,       true",
    "0.0.0.0/0,         2001:db8::1,       false",
    "::/0,              2001:db8::1,       true",
    "::/0,              203.0.113.7,       false",
    "192.0.2.7,         192.0.2.7,         true",
    "192.0.2.7,         192.0.2.8,         false",
    "192.0.2.7/32,      192.0.2.6,         false",
    "2001:db8::/33,     2001:db8:7fff::1,  true",
    "2001:db8::/33,     2001:db8:8000::1,  false",
    "2001:db8::7,       2001:db8::7,       true",
    "2001:db8::7/128,   2001:db8::8,       false",
    "fe80::/10,         febf:ffff::1,      true",
    "fe80::/10,         fec0::1,           false",
    "::ffff:10.0.0.0/104, 10.9.9.9,        true",
    "::ffff:10.0.0.0/104, 11.9.9.9,        false",
    "::ffff:0:0/96,     203.0.113.7,       true"
  })
  void knowsWhatItContains(String cidr, String address, boolean contained) throws Exception {
    assertThat(Cidr.parse(cidr).contains(InetAddress.getByName(address).getAddress()))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0/8",
        "10/8",
        "10.0.0.0.0/8",
        "010.0.0.0/8",
        "0xa.0.0.0/8",
        "10.0.0.256",
        "999.0.0.1",
        "10.0.0.1/8",
        " 10.0.0.0/8",
        "localhost",
        "dns.example/8",
        "2001:db8::/129",
        "2001:db8::1/64",
        "2001:db8:/32",
        "2001::db8::/32",
        "fe80::%eth0/10",
        "[::1]",
        "g::/8",
        ":",
        "::ffff:10.0.0.0/8",
        "::ffff:10.0.0.0/95"
      })
  void refusesWhatIsNoBlockAndShowsIt(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CIDR")
        .hasMessageContaining(text == null ? "null" : "\"" + text + "\"");
  }

  @Test
  void isShownAsItWasGiven() {
    assertThat(Cidr.parse("10.0.0.0/8")).hasToString("10.0.0.0/8");
  }
}
