package io.trunkline.netns;

import static io.trunkline.netns.Lab.SERVER4;
import static io.trunkline.netns.Lab.SERVER6;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.netns.Probe.Settings;
import io.trunkline.netns.Probe.Target;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What packets come back, or none, and what is made of them. The attempts of a transport go at
 * once, so that the long ones do not add up.
 */
@NeedsNamespaces
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandshakeFailuresTest {
  private static final long SLACK_MILLIS = 900L;

  /**
   * An ICMPv6 error that comes back while connect(2) still holds the socket, as it does between
   * namespaces, is only kept (LockDroppedIcmps), and the error follows on the next SYN.
   */
  private static final int UNTIL_SECOND_SYN = 1_100;

  /** The kernel asks three times, a second apart, whose address it is. */
  private static final int NEIGHBOUR_SILENCE = 3_000;

  /**
   * One attempt and what must come of it.
   *
   * @param onJdk the kind that the jdk transport finds, without an errno
   */
  record Case(
      String name,
      String host,
      int port,
      FailureKind kind,
      int errno,
      FailureKind onJdk,
      int leastMillis,
      int mostMillis) {
    static Case prompt(String name, String host, int port, FailureKind kind, int errno) {
      return new Case(name, host, port, kind, errno, onJdk(errno), 0, 0);
    }

    static Case within(
        int mostMillis, String name, String host, int port, FailureKind kind, int errno) {
      return new Case(name, host, port, kind, errno, onJdk(errno), 0, mostMillis);
    }

    /** As docs/failures.md says: the JDK has a type of its own for these alone. */
    private static FailureKind onJdk(int errno) {
      return switch (errno) {
        case Errno.ECONNREFUSED -> FailureKind.REFUSED;
        case Errno.EHOSTUNREACH -> FailureKind.HOST_UNREACHABLE;
        default -> FailureKind.OTHER;
      };
    }

    Target target() {
      return new Target(host, port);
    }
  }

  static List<Case> answered() {
    FailureKind refused = FailureKind.REFUSED;
    FailureKind host = FailureKind.HOST_UNREACHABLE;
    FailureKind network = FailureKind.NETWORK_UNREACHABLE;
    FailureKind denied = FailureKind.DENIED;
    List<Case> cases = new ArrayList<>();
    for (String server : List.of(SERVER4, SERVER6)) {
      String family = server.equals(SERVER4) ? "IPv4, " : "IPv6, ";
      int most = server.equals(SERVER4) ? 0 : UNTIL_SECOND_SYN;
      cases.add(Case.prompt(family + "closed port", server, 5000, refused, Errno.ECONNREFUSED));
      cases.add(
          Case.prompt(family + "firewall: tcp reset", server, 5001, refused, Errno.ECONNREFUSED));
      cases.add(
          Case.within(
              most, family + "ICMP port unreachable", server, 5002, refused, Errno.ECONNREFUSED));
      cases.add(
          Case.within(
              most, family + "ICMP host unreachable", server, 5003, host, Errno.EHOSTUNREACH));
      cases.add(
          Case.within(
              most, family + "ICMP net unreachable", server, 5004, network, Errno.ENETUNREACH));
      cases.add(
          Case.prompt(family + "own firewall: reset", server, 5201, refused, Errno.ECONNREFUSED));
      cases.add(
          Case.within(
              most, family + "own firewall: port", server, 5202, refused, Errno.ECONNREFUSED));
    }
    cases.addAll(
        List.of(
            Case.prompt("ICMP admin prohibited", SERVER4, 5005, host, Errno.EHOSTUNREACH),
            Case.prompt("ICMP host prohibited", SERVER4, 5006, host, Errno.EHOSTUNREACH),
            Case.prompt("ICMP net prohibited", SERVER4, 5007, network, Errno.ENETUNREACH),
            Case.prompt(
                "ICMP protocol unreachable", SERVER4, 5008, FailureKind.OTHER, Errno.ENOPROTOOPT),
            Case.prompt("own firewall: prohibited", SERVER4, 5203, host, Errno.EHOSTUNREACH),
            Case.within(UNTIL_SECOND_SYN, "ICMPv6 prohibited", SERVER6, 5005, denied, Errno.EACCES),
            Case.within(
                UNTIL_SECOND_SYN, "ICMPv6 policy failed", SERVER6, 5006, denied, Errno.EACCES),
            Case.within(
                UNTIL_SECOND_SYN, "ICMPv6 reject route", SERVER6, 5007, denied, Errno.EACCES),
            Case.within(
                UNTIL_SECOND_SYN, "own firewall: v6", SERVER6, 5203, denied, Errno.EACCES)));
    FailureKind unusable = FailureKind.ADDRESS_UNUSABLE;
    cases.addAll(
        List.of(
            Case.prompt("unreachable route", "198.51.100.1", 80, host, Errno.EHOSTUNREACH),
            Case.prompt("blackhole route", "198.51.100.17", 80, unusable, Errno.EINVAL),
            Case.prompt("prohibit route", "198.51.100.33", 80, denied, Errno.EACCES),
            Case.prompt("no route", "203.0.113.1", 80, network, Errno.ENETUNREACH),
            Case.prompt("broadcast", "192.0.2.255", 80, network, Errno.ENETUNREACH),
            Case.prompt("unreachable route, v6", "2001:db8:1::1", 80, host, Errno.EHOSTUNREACH),
            Case.prompt("blackhole route, v6", "2001:db8:2::1", 80, unusable, Errno.EINVAL),
            Case.prompt("prohibit route, v6", "2001:db8:3::1", 80, denied, Errno.EACCES),
            Case.prompt("no route, v6", "2001:db8:9::1", 80, network, Errno.ENETUNREACH),
            new Case(
                "nobody has the address",
                Lab.SILENT4,
                80,
                host,
                Errno.EHOSTUNREACH,
                host,
                NEIGHBOUR_SILENCE - 100,
                NEIGHBOUR_SILENCE),
            new Case(
                "nobody has the address, v6",
                Lab.SILENT6,
                80,
                host,
                Errno.EHOSTUNREACH,
                host,
                NEIGHBOUR_SILENCE - 100,
                NEIGHBOUR_SILENCE)));
    return cases;
  }

  static List<Case> unanswered(int limitMillis) {
    List<Case> cases = new ArrayList<>();
    for (String server : List.of(SERVER4, SERVER6)) {
      String family = server.equals(SERVER4) ? "IPv4, " : "IPv6, ";
      for (Target each :
          List.of(
              new Target("SYN dropped", 5100),
              new Target("SYN-ACK dropped", 5101),
              new Target("own firewall drops", 5200),
              new Target("accept queue full", PeerMain.FULL))) {
        cases.add(
            new Case(
                family + each.host(),
                server,
                each.port(),
                FailureKind.TIMED_OUT,
                Errno.NONE,
                FailureKind.TIMED_OUT,
                limitMillis,
                limitMillis));
      }
    }
    return cases;
  }

  @TestFactory
  Stream<DynamicContainer> whatTheNetworkAnswers(Lab lab) {
    return transports()
        .map(transport -> tests(lab.probe(transport), Settings.connectWithin(6_000), answered()));
  }

  /** Long enough for a second SYN. */
  @TestFactory
  Stream<DynamicContainer> silence(Lab lab) {
    return transports()
        .map(
            transport ->
                tests(lab.probe(transport), Settings.connectWithin(1_500), unanswered(1_500)));
  }

  private static Stream<TransportMode> transports() {
    return Stream.of(TransportMode.NATIVE, TransportMode.JDK);
  }

  private static DynamicContainer tests(Probe probe, Settings settings, List<Case> cases) {
    probe.rest();
    List<Outcome> outcomes = probe.together(settings, cases.stream().map(Case::target).toList());
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      Case wanted = cases.get(i);
      Outcome got = outcomes.get(i);
      tests.add(
          DynamicTest.dynamicTest(wanted.name(), () -> check(wanted, got, probe.isNative(), 50)));
    }
    tests.add(DynamicTest.dynamicTest("no socket left", probe::assertNoSocketLeft));
    return DynamicContainer.dynamicContainer(probe.transport().toString(), tests);
  }

  /** Without the :: of IPv6, as who was given an address and not its text writes it. */
  private static String fullyWritten(String literal) {
    try {
      return InetAddress.getByName(literal).getHostAddress();
    } catch (UnknownHostException noLiteral) {
      throw new AssertionError(noLiteral);
    }
  }

  /**
   * @param beginningMillis what may be over of a limit when the attempt begins
   */
  static void check(Case wanted, Outcome got, boolean isNative, long beginningMillis) {
    FailureKind kind = isNative ? wanted.kind() : wanted.onJdk();
    assertThat(got.isOk()).as("%s", got).isFalse();
    assertThat(got.text("kind")).as("%s", got).isEqualTo(kind.name());
    assertThat(got.text("phase")).isEqualTo(FailurePhase.CONNECT.name());
    assertThat(got.text("errno")).isEqualTo(isNative ? Errno.name(wanted.errno()) : "");
    assertThat(got.text("advice")).isEqualTo(Advice.of(kind, FailurePhase.CONNECT));
    assertThat(got.text("sent")).isEqualTo("false");
    assertThat(got.number("elapsedMs"))
        .as("elapsed in %s", got)
        .isBetween(
            Math.max(0, wanted.leastMillis() - beginningMillis),
            wanted.mostMillis() + SLACK_MILLIS);
    assertThat(got.text("message"))
        .containsAnyOf(wanted.host(), fullyWritten(wanted.host()))
        .contains(":" + wanted.port(), kind.title(), kind.hint())
        .contains(isNative ? Errno.name(wanted.errno()) : "");
    if (kind == FailureKind.TIMED_OUT) {
      assertThat(got.text("message")).contains("own deadline");
      assertThat(got.number("syns")).isEqualTo(isNative ? 2 : -1);
    }
  }

  // ---- the kernel's own patience ----

  /** With tcp_syn_linear_timeouts SYNs go at 0, 1 and 2 s, without at 0 and 1 s. */
  @Test
  void theKernelGivesUpAfterItsSynRetries(Lab lab) throws InterruptedException {
    Probe probe = lab.probe(TransportMode.NATIVE);
    probe.rest();

    Outcome got = probe.attempt(Settings.connectWithin(8_000).synRetries(1), SERVER4, 5100);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("TIMED_OUT");
    assertThat(got.text("errno")).isEqualTo("ETIMEDOUT");
    assertThat(got.text("type")).isEqualTo("ConnectTimedOutException");
    assertThat(got.number("elapsedMs")).isBetween(2_900L, 3_000L + SLACK_MILLIS);
    assertThat(got.number("syns")).isBetween(2L, 3L);
    assertThat(got.text("message")).contains("[ETIMEDOUT, " + got.text("syns") + " SYNs");
    probe.assertNoSocketLeft();
  }

  /** The JDK has the same exception for both, and nothing else to tell them apart by. */
  @Test
  void onJdkTheKernelsTimeoutLooksLikeARefusal(Lab lab) {
    Probe probe = lab.probe(TransportMode.JDK);
    lab.withSysctl(
        "ipv4/tcp_syn_retries",
        "1",
        () -> {
          Outcome got = probe.attempt(Settings.connectWithin(8_000), SERVER4, 5100);
          assertThat(got.text("kind")).as("%s", got).isEqualTo("REFUSED");
          assertThat(got.number("elapsedMs")).isBetween(2_900L, 3_000L + SLACK_MILLIS);
        });
  }

  /** TCP_USER_TIMEOUT bounds a handshake too where it is set before. */
  @Test
  void aShortUserTimeoutLeavesTheHandshakeItsTime(Lab lab) {
    Settings settings = Settings.connectWithin(2_000).userTimeout(1_000);

    Outcome got = lab.probe(TransportMode.NATIVE).attempt(settings, SERVER4, 5100);

    assertThat(got.text("kind")).as("%s", got).isEqualTo("TIMED_OUT");
    assertThat(got.text("errno")).as("%s", got).isEmpty();
    assertThat(got.number("elapsedMs")).isBetween(1_950L, 2_000L + SLACK_MILLIS);
  }
}
