package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Lab.Firewall;
import io.trunkline.netns.Probe.Settings;
import org.junit.jupiter.api.Test;

/** A network where one family leads nowhere, while the other works (RFC 8305). */
@NeedsNamespaces
class RacesTest {
  private static final int PORT = 7028;

  /** The attempt delay; the kernel would repeat the lost SYN after a second. */
  private static final long ATTEMPT_DELAY_MILLIS = 250;

  /**
   * Whichever family is tried first: one of the two black holes is on it. The jdk transport tries
   * one address after the other, so this is not for it.
   */
  @Test
  void aBlackHoleOnOneFamilyCostsTheAttemptDelayAtMost(Lab lab) throws InterruptedException {
    Probe probe = lab.probe(TransportMode.NATIVE);
    probe.rest();
    // Neighbour discovery of a network that is new loses a second now and then; no race can help
    // it.
    assertThat(probe.acquire("ipv6", Lab.SERVER6, PORT).isOk()).isTrue();
    assertThat(probe.acquire("ipv4", Lab.SERVER4, PORT).isOk()).isTrue();

    long overIpv4 = connect(probe, lab, Firewall.DROP_IPV6, Lab.SERVER4);
    long overIpv6 = connect(probe, lab, Firewall.DROP_IPV4, "2001:db8:0:0:0:0:0:2");

    System.out.printf(
        "one family a black hole: over IPv4 after %d ms, over IPv6 after %d ms%n",
        overIpv4, overIpv6);
    assertThat(Math.max(overIpv4, overIpv6))
        .isBetween(ATTEMPT_DELAY_MILLIS - 10, ATTEMPT_DELAY_MILLIS + 700);
    assertThat(Math.min(overIpv4, overIpv6)).isLessThan(ATTEMPT_DELAY_MILLIS);
    probe.assertNoSocketLeft();
  }

  private static long connect(Probe probe, Lab lab, Firewall blackHole, String winner) {
    probe.with(Settings.connectWithin(5_000));
    lab.put(blackHole, PORT);
    try (SynCounter syns = lab.countSyns(PORT)) {
      Outcome got = probe.acquire("lease", Lab.MIXED, PORT);

      assertThat(got.isOk()).as("%s", got).isTrue();
      assertThat(got.text("address")).isEqualTo(winner);
      assertThat(syns.dials()).as("addresses tried").isLessThanOrEqualTo(2);
      assertThat(probe.snapshot(Lab.MIXED, PORT).number("failedDials")).isZero();
      return got.number("wallMs");
    } finally {
      lab.take(blackHole, PORT);
    }
  }
}
