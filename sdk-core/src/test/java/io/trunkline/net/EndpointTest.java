package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
