package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Probe.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What this host lacks before any packet leaves it. */
@NeedsNamespaces
class LocalFailuresTest {
  private static final Settings SETTINGS = Settings.connectWithin(3_000);
  private static final String TWO_PORTS = "40000 40001";

  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void localPortsAreUsedUp(String server, Lab lab) throws InterruptedException {
    Probe probe = lab.probe(TransportMode.NATIVE);
    probe.rest();
    lab.withSysctl(
        "ipv4/ip_local_port_range",
        TWO_PORTS,
        () -> {
          probe.with(SETTINGS);
          assertThat(probe.acquire("a", server, 7000).isOk()).isTrue();
          assertThat(probe.acquire("b", server, 7000).isOk()).isTrue();

          Outcome got = probe.acquire("c", server, 7000);

          assertFailed(got, "LOCAL_PORTS_EXHAUSTED", "EADDRNOTAVAIL");
          assertThat(got.text("advice")).isEqualTo("SAME_ADDRESS_AFTER_BACKOFF");
          assertThat(got.text("type")).isEqualTo("ConnectionException");
          // A port is used up towards one peer, not for all.
          assertThat(probe.acquire("d", server, 7001).isOk()).isTrue();
        });
    probe.assertNoSocketLeft();
  }

  /** A local address without a port must not take ports away from other peers. */
  @Test
  void localPortsAreUsedUpWithAnAddressOfOurs(Lab lab) {
    Probe probe = lab.probe(TransportMode.NATIVE);
    lab.withSysctl(
        "ipv4/ip_local_port_range",
        TWO_PORTS,
        () -> {
          probe.with(SETTINGS.from("192.0.2.1"));
          assertThat(probe.acquire("a", Lab.SERVER4, 7002).isOk()).isTrue();
          assertThat(probe.acquire("b", Lab.SERVER4, 7002).isOk()).isTrue();
          assertFailed(
              probe.acquire("c", Lab.SERVER4, 7002), "LOCAL_PORTS_EXHAUSTED", "EADDRNOTAVAIL");
          assertThat(probe.acquire("d", Lab.SERVER4, 7003).isOk()).isTrue();
        });
  }

  @Test
  void onJdkUsedUpPortsHaveNoKind(Lab lab) {
    Probe probe = lab.probe(TransportMode.JDK);
    lab.withSysctl(
        "ipv4/ip_local_port_range",
        TWO_PORTS,
        () -> {
          probe.with(SETTINGS);
          assertThat(probe.acquire("a", Lab.SERVER4, 7004).isOk()).isTrue();
          assertThat(probe.acquire("b", Lab.SERVER4, 7004).isOk()).isTrue();
          Outcome got = probe.acquire("c", Lab.SERVER4, 7004);
          assertFailed(got, "OTHER", "");
          assertThat(got.text("message")).contains("Cannot assign requested address");
        });
  }

  /** The same errno as used-up ports. */
  @Test
  void noSourceAddressOfTheFamily(Lab lab) throws InterruptedException {
    Probe probe = lab.probe(TransportMode.NATIVE);
    probe.rest();
    lab.withoutIpv6(
        () -> {
          Outcome got = probe.attempt(SETTINGS, Lab.SERVER6, 7000);
          assertFailed(got, "ADDRESS_UNUSABLE", "EADDRNOTAVAIL");
          assertThat(got.text("advice")).isEqualTo("ANOTHER_ADDRESS");
        });
    probe.assertNoSocketLeft();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void theLocalAddressIsNotOfThisHost(TransportMode transport, Lab lab)
      throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();

    Outcome got = probe.attempt(SETTINGS.from("203.0.113.9"), Lab.SERVER4, 7000);

    assertFailed(got, "ADDRESS_UNUSABLE", probe.isNative() ? "EADDRNOTAVAIL" : "");
    assertThat(got.text("message")).contains("binding the local address");
    probe.assertNoSocketLeft();
  }

  @Test
  void theLocalAddressIsOfAnotherFamily(Lab lab) {
    Probe probe = lab.probe(TransportMode.NATIVE);
    assertFailed(
        probe.attempt(SETTINGS.from("192.0.2.1"), Lab.SERVER6, 7000),
        "ADDRESS_UNUSABLE",
        "EAFNOSUPPORT");
    assertFailed(
        probe.attempt(SETTINGS.from("2001:db8::1"), Lab.SERVER4, 7000),
        "NETWORK_UNREACHABLE",
        "ENETUNREACH");
  }

  @Test
  void aLinkLocalAddressWithoutScope(Lab lab) {
    assertFailed(
        lab.probe(TransportMode.NATIVE).attempt(SETTINGS, "fe80::1", 80),
        "ADDRESS_UNUSABLE",
        "EINVAL");
  }

  private static void assertFailed(Outcome got, String kind, String errno) {
    assertThat(got.isOk()).as("%s", got).isFalse();
    assertThat(got.text("kind")).as("%s", got).isEqualTo(kind);
    assertThat(got.text("phase")).isEqualTo("CONNECT");
    assertThat(got.text("errno")).as("%s", got).isEqualTo(errno);
    assertThat(got.number("wallMs")).isLessThan(900);
  }
}
