package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_536, 70_000})
  void aPortOutOfRangeIsNamed(int port) {
    assertThatThrownBy(() -> Endpoint.tcp("host", port))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port must be 1 to 65535, but was " + port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "http://host", "h\u00f6st", "[]", "[host]"})
  void aHostThatCannotBeIsShown(String host) {
    assertThatThrownBy(() -> Endpoint.tcp(host, 80))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("host must")
        .hasMessageContaining("\"" + host + "\"");
  }

  /** User-info, path and query are no part of an endpoint, and where people keep secrets. */
  @ParameterizedTest
  @CsvSource({
    "user@host,***@host",
    "user:secret@host,***@host",
    "https://user:secret@host,https://***@host",
    "host/secret,host/***",
    "https://host?token=secret,https://host?***",
    "host#secret,host#***",
    "https://user:sec/ret@host,***",
    "https://host/path?mail=a@b&token=secret,***",
    "secret@tcp://host,***",
  })
  void whatIsRefusedIsShownWithoutSecrets(String host, String shown) {
    assertThatThrownBy(() -> Endpoint.tcp(host, 80)).hasMessageEndingWith("\"" + shown + "\"");
    assertThatThrownBy(() -> Endpoint.parse(host)).hasMessageEndingWith("\"" + shown + "\"");
  }

  @Test
  void whatIsRefusedIsShownInOneLineOfModestLength() {
    assertThatThrownBy(() -> Endpoint.tcp("a\r\nb", 80))
        .hasMessageEndingWith("\"a\\u000d\\u000ab\"");
    assertThatThrownBy(() -> Endpoint.tcp("x".repeat(10_000), 80))
        .hasMessageEndingWith("\"" + "x".repeat(300) + "\u2026\"");
  }

  /** The digits of other scripts are numbers to the JDK. */
  @ParameterizedTest
  @ValueSource(
      strings = {"host:+80", "host:\u0668\u0660", "host: 80", "host:-0", "host:9999999999"})
  void aPortHasAsciiDigitsOnly(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("endpoint must end in a port number, but was \"" + text + "\"");
  }

  @Test
  void aMissingHostIsNamed() {
    assertThatThrownBy(() -> Endpoint.tcp(null, 80)).hasMessageContaining("host");
    assertThatThrownBy(() -> Endpoint.tcp("x".repeat(254), 80)).hasMessageStartingWith("host must");
  }

  @ParameterizedTest
  @CsvSource({
    "Example.COM:80,example.com,80,example.com:80",
    "192.0.2.1:1,192.0.2.1,1,192.0.2.1:1",
    "[2001:DB8::1]:65535,2001:db8::1,65535,[2001:db8::1]:65535",
    "[fe80::1%eth0]:7,fe80::1%eth0,7,[fe80::1%eth0]:7"
  })
  void textIsRead(String text, String host, int port, String shown) {
    Endpoint endpoint = Endpoint.parse(text);
    assertThat(endpoint.host()).isEqualTo(host);
    assertThat(endpoint.port()).isEqualTo(port);
    assertThat(endpoint).hasToString(shown).isEqualTo(Endpoint.tcp(host, port));
    assertThat(endpoint).hasSameHashCodeAs(Endpoint.parse(shown));
  }

  /** RFC 5952, sections 4 and 5, and RFC 4291, 2.5.5. */
  @ParameterizedTest
  @CsvSource({
    "0:0:0:0:0:0:0:1,::1",
    "0000:0000:0000:0000:0000:0000:0000:0001,::1",
    "::1,::1",
    "::,::",
    "0:0:0:0:0:0:0:0,::",
    "2001:DB8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
    "2001:db8:0:0:0:0:0:0,2001:db8::",
    "0:0:1:2:3:4:5:6,::1:2:3:4:5:6",
    "1:2:3:4:5:6:0:0,1:2:3:4:5:6::",
    "64:FF9B::192.0.2.33,64:ff9b::c000:221",
    "::192.0.2.33,::c000:221",
    "::ffff:192.0.2.33,192.0.2.33",
    "0:0:0:0:0:FFFF:C000:0221,192.0.2.33",
    "FE80:0:0:0:0:0:0:A%eth0,fe80::a%eth0",
    "fe80::a%Eth0,fe80::a%Eth0",
    "fe80::00a%2,fe80::a%2",
  })
  void anIpv6LiteralHasOneSpelling(String given, String host) {
    Endpoint endpoint = Endpoint.tcp(given, 443);
    assertThat(endpoint.host()).isEqualTo(host);
    assertThat(endpoint)
        .isEqualTo(Endpoint.tcp(host, 443))
        .isEqualTo(Endpoint.tcp("[" + given + "]", 443))
        .isEqualTo(Endpoint.parse("[" + given + "]:443"))
        .isEqualTo(Endpoint.parse(endpoint.toString()))
        .hasSameHashCodeAs(Endpoint.tcp(host, 443));
  }

  @Test
  void theScopeIsPartOfAnAddress() {
    assertThat(Endpoint.tcp("fe80::1%eth0", 80))
        .isNotEqualTo(Endpoint.tcp("fe80::1%eth1", 80))
        .isNotEqualTo(Endpoint.tcp("fe80::1", 80));
  }

  /** Whatever the JDK makes of all bits has the spelling of the JDK's own text. */
  @Test
  void everyAddressHasTheSpellingOfItsLongForm() throws Exception {
    Random random = new Random(1);
    byte[] address = new byte[16];
    for (int i = 0; i < 2_000; i++) {
      for (int k = 0; k < address.length; k++) {
        address[k] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
      }
      InetAddress expected = InetAddress.getByAddress(address);
      Endpoint endpoint = Endpoint.tcp(expected.getHostAddress(), 80);
      assertThat(InetAddress.getByName(endpoint.host())).isEqualTo(expected);
      assertThat(Endpoint.tcp(endpoint.host(), 80)).isEqualTo(endpoint);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":",
        ":::",
        "1:2",
        "g::1",
        "name:80",
        "1:2:3:4:5:6:7:8:9",
        "::1::",
        "12345::",
        "fe80::1%",
        "::ffff:192.0.2.1%1",
        "%eth0:1",
        "[::1",
        "::1]"
      })
  void whatHasColonsAndIsNoIpv6LiteralIsNoHost(String host) {
    assertThatThrownBy(() -> Endpoint.tcp(host, 80))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host must be a name or an IP address, but was \"" + host + "\"");
  }

  @Test
  void whetherTlsIsSpokenIsPartOfTheEndpoint() {
    Endpoint tls = Endpoint.parse("tls://Example.com:443");
    assertThat(tls)
        .isEqualTo(Endpoint.tls("example.com", 443))
        .hasToString("tls://example.com:443");
    assertThat(tls.isTls()).isTrue();
    assertThat(tls).isNotEqualTo(Endpoint.tcp("example.com", 443));
    assertThat(Endpoint.parse("tcp://example.com:443")).isEqualTo(Endpoint.tcp("example.com", 443));
    assertThatThrownBy(() -> Endpoint.parse("https://example.com:443"))
        .hasMessageContaining("\"https://example.com:443\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", "host:", ":80", "host:http", "::1:80", "[::1]80", "[::1]", "h:1:2"})
  void textOfAnotherFormIsRefusedWithIt(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + (text.equals(":80") ? "" : text) + "\"");
  }
}
