package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Lab.Firewall;
import io.trunkline.netns.Probe.Settings;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dials that take more than one address, more than their caller's time, or a name server. */
@NeedsNamespaces
class DialsTest {
  private static final int DNS = 53;
  private static final int LATE_PORT = 7019;

  /** Whatever order the resolver gives them in, one of the two ports is closed on the first. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void theSecondAddressServesWhereTheFirstRefuses(TransportMode transport, Lab lab)
      throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();
    probe.with(Settings.connectWithin(3_000));

    Outcome first = probe.acquire("first", Lab.TWINS, PeerMain.ON_FIRST);
    Outcome second = probe.acquire("second", Lab.TWINS, PeerMain.ON_SECOND);

    assertThat(first.isOk()).as("%s", first).isTrue();
    assertThat(first.text("address")).isEqualTo(Lab.SERVER4);
    assertThat(second.isOk()).as("%s", second).isTrue();
    assertThat(second.text("address")).isEqualTo(Lab.SECOND4);
    assertThat(probe.snapshot(Lab.TWINS, PeerMain.ON_SECOND).number("failedDials")).isZero();
    probe.assertNoSocketLeft();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void whereAllAddressesFailTheLastOneIsToldAndTheOthersAreSuppressed(
      TransportMode transport, Lab lab) throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();

    Outcome got = probe.attempt(Settings.connectWithin(3_000), Lab.TWINS, 5000);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("REFUSED");
    assertThat(got.text("address")).isIn(Lab.SERVER4, Lab.SECOND4);
    String other = got.text("address").equals(Lab.SERVER4) ? Lab.SECOND4 : Lab.SERVER4;
    assertThat(got.text("suppressed")).isEqualTo("REFUSED@" + other);
    assertThat(got.text("message")).startsWith(Lab.TWINS + ":5000 (" + got.text("address") + ":");
    probe.assertNoSocketLeft();
  }

  /** Each address has its part of the time: a silent one leaves enough for the next. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void silentAddressesShareTheTime(TransportMode transport, Lab lab) {
    Outcome got = lab.probe(transport).attempt(Settings.connectWithin(1_000), Lab.TWINS, 5100);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("TIMED_OUT");
    assertThat(got.text("suppressed")).startsWith("TIMED_OUT@");
    assertThat(got.number("elapsedMs")).isBetween(450L, 900L);
    assertThat(got.number("wallMs")).isBetween(950L, 1_500L);
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void aDialThatOutlivesItsCallerIsPooled(TransportMode transport, Lab lab)
      throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();
    probe.with(Settings.connectWithin(5_000));
    Outcome late;
    lab.put(Firewall.DROP, LATE_PORT);
    try {
      late = probe.acquire("late", Lab.SERVER4, LATE_PORT, 300);
    } finally {
      lab.take(Firewall.DROP, LATE_PORT);
    }

    assertThat(late.text("kind")).as("%s", late).isEqualTo("ACQUIRE_TIMED_OUT");
    assertThat(late.text("phase")).isEqualTo("ACQUIRE");
    assertThat(late.text("advice")).isEqualTo("SAME_ADDRESS_AFTER_BACKOFF");
    assertThat(late.text("message")).contains("1 being dialled");
    assertThat(late.number("wallMs")).isBetween(290L, 900L);
    long giveUp = System.nanoTime() + 4_000_000_000L;
    Outcome now = probe.snapshot(Lab.SERVER4, LATE_PORT);
    while (now.number("idle") == 0 && System.nanoTime() < giveUp) {
      Thread.sleep(20);
      now = probe.snapshot(Lab.SERVER4, LATE_PORT);
    }
    assertThat(now.number("idle")).as("%s", now).isOne();
    Outcome next = probe.acquire("next", Lab.SERVER4, LATE_PORT, 300);
    assertThat(next.isOk()).as("%s", next).isTrue();
    assertThat(probe.snapshot(Lab.SERVER4, LATE_PORT).number("handshakes")).isOne();
    probe.assertNoSocketLeft();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void theNameServerDoesNotKnow(TransportMode transport, Lab lab) {
    Outcome got = lab.probe(transport).attempt(Settings.connectWithin(3_000), "gone.test", 80);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("RESOLUTION_FAILED");
    assertThat(got.text("phase")).isEqualTo("RESOLVE");
    assertThat(got.text("type")).isEqualTo("ResolutionException");
    assertThat(got.text("message")).startsWith("gone.test:80: host name not resolved");
    assertThat(got.number("elapsedMs")).isLessThan(1_000);
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void theNameServerDoesNotAnswer(TransportMode transport, Lab lab) {
    lab.put(Firewall.DROP, DNS);
    try {
      String name = "silent-" + transport.name().toLowerCase(Locale.ROOT) + ".test";
      Outcome got = lab.probe(transport).attempt(Settings.connectWithin(500), name, 80);

      assertThat(got.text("kind")).as("%s", got).isEqualTo("RESOLUTION_FAILED");
      assertThat(got.text("message")).contains("the resolver did not answer in time");
      assertThat(got.number("elapsedMs")).isBetween(490L, 1_200L);
    } finally {
      lab.take(Firewall.DROP, DNS);
    }
  }
}
