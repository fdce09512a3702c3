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
  void whereAllAddressesFailOneIsToldAndTheOthersAreSuppressed(TransportMode transport, Lab lab)
      throws InterruptedException {
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

  /** Whatever order the resolver gives them in, one of the two ports is silent on the first. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void theSecondAddressServesWhereTheFirstIsSilent(TransportMode transport, Lab lab)
      throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();
    probe.with(Settings.connectWithin(3_000));

    Outcome first = probe.acquire("first", Lab.TWINS, PeerMain.FIRST_IS_SILENT);
    Outcome second = probe.acquire("second", Lab.TWINS, PeerMain.SECOND_IS_SILENT);

    assertThat(first.isOk()).as("%s", first).isTrue();
    assertThat(first.text("address")).isEqualTo(Lab.SECOND4);
    assertThat(second.isOk()).as("%s", second).isTrue();
    assertThat(second.text("address")).isEqualTo(Lab.SERVER4);
    long slower = Math.max(first.number("wallMs"), second.number("wallMs"));
    if (probe.isNative()) {
      assertThat(slower).as("the attempt delay").isBetween(250L, 950L);
    } else {
      assertThat(slower).as("half of the time").isBetween(1_500L, 2_500L);
    }
    Outcome now = probe.snapshot(Lab.TWINS, PeerMain.FIRST_IS_SILENT);
    assertThat(now.number("failedDials")).isZero();
    assertThat(now.number("handshakes")).isOne();
    probe.assertNoSocketLeft();
  }

  /** In a race all have the same end; in turn each has its part of the time. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void silentAddressesEndWithTheDial(TransportMode transport, Lab lab) {
    Outcome got = lab.probe(transport).attempt(Settings.connectWithin(1_000), Lab.TWINS, 5100);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("TIMED_OUT");
    assertThat(got.text("suppressed")).startsWith("TIMED_OUT@");
    assertThat(got.text("message"))
        .contains(Lab.SERVER4 + ":5100 no answer")
        .contains(Lab.SECOND4 + ":5100 no answer");
    assertThat(got.number("elapsedMs")).isBetween(450L, 1_000L);
    assertThat(got.number("wallMs")).isBetween(950L, 1_900L);
  }

  /** The whole race goes to a worker, and what it wins to the pool. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void aRaceThatOutlivesItsCallerIsPooled(TransportMode transport, Lab lab)
      throws InterruptedException {
    Probe probe = lab.probe(transport);
    probe.rest();
    probe.with(Settings.connectWithin(3_000));
    for (int port : new int[] {PeerMain.FIRST_IS_SILENT, PeerMain.SECOND_IS_SILENT}) {
      Outcome outcome = probe.acquire("caller" + port, Lab.TWINS, port, 120);
      if (outcome.isOk()) {
        continue; // the resolver gave the address first that answers
      }
      assertThat(outcome.text("kind")).as("%s", outcome).isEqualTo("ACQUIRE_TIMED_OUT");
      assertThat(outcome.number("wallMs")).isBetween(115L, 2_500L);
      long giveUp = System.nanoTime() + 4_000_000_000L;
      while (probe.snapshot(Lab.TWINS, port).number("idle") == 0 && System.nanoTime() < giveUp) {
        Thread.sleep(20);
      }
      Outcome next = probe.acquire("next", Lab.TWINS, port, 120);
      assertThat(next.isOk()).as("%s", next).isTrue();
      assertThat(probe.snapshot(Lab.TWINS, port).number("handshakes")).isOne();
    }
    probe.assertNoSocketLeft();
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
    assertThat(late.number("wallMs")).isBetween(290L, 2_500L);
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
    assertThat(got.number("elapsedMs")).isLessThan(2_000);
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
      assertThat(got.number("elapsedMs")).isBetween(490L, 2_000L);
    } finally {
      lab.take(Firewall.DROP, DNS);
    }
  }
}
