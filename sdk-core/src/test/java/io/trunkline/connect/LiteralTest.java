package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiteralTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "::", "0::1", "2001:db8::7"})
  void aLiteralIsReadAsItIs(String text) throws Exception {
    assertThat(Literal.of(text)).contains(InetAddress.getByName(text));
  }

  /** What only looks like one goes the way of names, and its address to the policy. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "db.example",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "beef"
      })
  void aNameIsNoLiteral(String text) throws Exception {
    assertThat(Literal.of(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"g::1", "1::2::3", "::1%no-such-interface", "-::1", "host:name"})
  void whatLooksLikeIpv6AndIsNoneFailsWithoutALookup(String text) {
    assertThatThrownBy(() -> Literal.of(text)).isInstanceOf(UnknownHostException.class);
  }
}
