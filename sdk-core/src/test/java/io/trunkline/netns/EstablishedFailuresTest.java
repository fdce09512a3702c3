package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Lab.Firewall;
import io.trunkline.netns.Probe.Settings;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that stood, and what becomes of them when the network or the peer changes. */
@NeedsNamespaces
class EstablishedFailuresTest {
  private static final int USER_TIMEOUT = 1_000;

  /** The kernel looks at the timeout when it repeats a segment, not when it has passed. */
  private static final long LATEST = 3_000;

  /** More than the buffers of both sides hold. */
  private static final int BIG = 20_000_000;

  private static final AtomicInteger NEXT_PORT = new AtomicInteger(7005);

  private final int port = NEXT_PORT.getAndIncrement();
  private Lab lab;

  /** The one that the test connected with. */
  private Probe used;

  @BeforeEach
  void enter(Lab shared) {
    lab = shared;
  }

  @AfterEach
  void leave() throws InterruptedException {
    used.assertNoSocketLeft();
  }

  private Probe connected(TransportMode transport, String server) {
    Probe probe = lab.probe(transport);
    used = probe;
    probe.rest();
    probe.with(Settings.connectWithin(3_000).userTimeout(USER_TIMEOUT).readTimeout(6_000));
    assertThat(probe.acquire("lease", server, port).isOk()).isTrue();
    assertThat(probe.write("lease", 4).isOk()).isTrue();
    assertThat(probe.read("lease").number("count")).isEqualTo(4);
    return probe;
  }

  private void during(Firewall way, Runnable action) {
    lab.put(way, port);
    try {
      action.run();
    } finally {
      lab.take(way, port);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void thePeerVanishesBeforeAnAnswer(String server) {
    Probe probe = connected(TransportMode.NATIVE, server);
    during(
        Firewall.DROP,
        () -> {
          assertThat(probe.write("lease", 4).isOk()).as("the kernel took it").isTrue();
          Outcome got = probe.read("lease");
          assertFailed(got, "TIMED_OUT", "READ", "ETIMEDOUT", "NEW_CONNECTION_NOW");
          assertThat(got.number("elapsedMs")).isBetween(USER_TIMEOUT - 10L, LATEST);
          // The kernel tells it once; whoever asks again must not hear of an end in good order.
          assertFailed(probe.read("lease"), "TIMED_OUT", "READ", "ETIMEDOUT", "NEW_CONNECTION_NOW");
          assertFailed(
              probe.write("lease", 4), "TIMED_OUT", "WRITE", "ETIMEDOUT", "NEW_CONNECTION_NOW");
        });
  }

  @Test
  void thePeerVanishesDuringAWrite() {
    Probe probe = connected(TransportMode.NATIVE, Lab.SERVER4);
    during(
        Firewall.DROP,
        () -> {
          Outcome got = probe.write("lease", BIG);
          assertFailed(got, "TIMED_OUT", "WRITE", "ETIMEDOUT", "NEW_CONNECTION_NOW");
          assertThat(got.number("elapsedMs")).isBetween(USER_TIMEOUT - 10L, LATEST);
          assertFailed(
              probe.write("lease", 4), "TIMED_OUT", "WRITE", "ETIMEDOUT", "NEW_CONNECTION_NOW");
        });
  }

  /** It has no user timeout: only the read limit ends the wait. */
  @Test
  void onJdkAPeerThatVanishedIsASlowOne() {
    Probe probe = connected(TransportMode.JDK, Lab.SERVER4);
    probe.with(Settings.connectWithin(3_000).readTimeout(600));
    assertThat(probe.acquire("lease", Lab.SERVER4, port).isOk()).isTrue();
    during(
        Firewall.DROP,
        () -> {
          assertThat(probe.write("lease", 4).isOk()).isTrue();
          assertFailed(
              probe.read("lease"), "READ_TIMED_OUT", "READ", "", "SAME_ADDRESS_AFTER_BACKOFF");
        });
  }

  /** Where no limit is shorter than the kernel's patience, no type of the JDK's tells the two. */
  @Test
  void onJdkAKernelThatGaveUpLooksLikeAReset() {
    Probe reader = connected(TransportMode.JDK, Lab.SERVER4);
    lab.withSysctl(
        "ipv4/tcp_retries2",
        "1",
        () ->
            during(
                Firewall.DROP,
                () -> {
                  assertThat(reader.write("lease", 4).isOk()).isTrue();
                  Outcome got = reader.read("lease");
                  assertFailed(got, "RESET", "READ", "", "NEW_CONNECTION_NOW");
                  assertThat(got.number("elapsedMs")).isBetween(200L, LATEST);
                }));
    Probe writer = connected(TransportMode.JDK, Lab.SERVER4);
    lab.withSysctl(
        "ipv4/tcp_retries2",
        "1",
        () ->
            during(
                Firewall.DROP,
                () -> {
                  Outcome got = writer.write("lease", BIG);
                  assertFailed(got, "RESET", "WRITE", "", "NEW_CONNECTION_NOW");
                  assertThat(got.number("elapsedMs")).isLessThan(LATEST);
                  assertFailed(writer.read("lease"), "RESET", "READ", "", "NEW_CONNECTION_NOW");
                }));
  }

  /** RFC 1122, 4.2.3.9: once established, an ICMP error is a hint. It is what the timeout says. */
  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void anIcmpErrorOnAnEstablishedConnectionShowsAtTheTimeout(String server) {
    Probe probe = connected(TransportMode.NATIVE, server);
    during(
        Firewall.HOST_UNREACHABLE,
        () -> {
          assertThat(probe.write("lease", 4).isOk()).isTrue();
          Outcome got = probe.read("lease");
          assertFailed(got, "HOST_UNREACHABLE", "READ", "EHOSTUNREACH", "ANOTHER_ADDRESS");
          assertThat(got.text("type")).isEqualTo("ConnectionException");
          assertThat(got.number("elapsedMs")).isBetween(USER_TIMEOUT - 10L, LATEST);
        });
  }

  @Test
  void evenThatThePortIsClosed() {
    Probe probe = connected(TransportMode.NATIVE, Lab.SERVER4);
    during(
        Firewall.PORT_UNREACHABLE,
        () -> {
          assertThat(probe.write("lease", 4).isOk()).isTrue();
          Outcome got = probe.read("lease");
          assertFailed(got, "REFUSED", "READ", "ECONNREFUSED", "ANOTHER_ADDRESS");
          assertThat(got.number("elapsedMs")).isBetween(USER_TIMEOUT - 10L, LATEST);
        });
  }

  static Stream<Arguments> transportsAndServers() {
    return Stream.of(TransportMode.NATIVE, TransportMode.JDK)
        .flatMap(
            transport ->
                Stream.of(Lab.SERVER4, Lab.SERVER6).map(server -> Arguments.of(transport, server)));
  }

  @ParameterizedTest
  @MethodSource("transportsAndServers")
  void aFirewallResetsBeforeAnAnswer(TransportMode transport, String server) {
    Probe probe = connected(transport, server);
    String errno = probe.isNative() ? "ECONNRESET" : "";
    during(
        Firewall.RESET,
        () -> {
          assertThat(probe.write("lease", 4).isOk()).isTrue();
          Outcome got = probe.read("lease");
          assertFailed(got, "RESET", "READ", errno, "NEW_CONNECTION_NOW");
          assertThat(got.number("elapsedMs")).isLessThan(900);
          assertFailed(probe.read("lease"), "RESET", "READ", errno, "NEW_CONNECTION_NOW");
          assertFailed(probe.write("lease", 4), "RESET", "WRITE", errno, "NEW_CONNECTION_NOW");
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void aFirewallResetsDuringAWrite(TransportMode transport) {
    Probe probe = connected(transport, Lab.SERVER4);
    String errno = probe.isNative() ? "ECONNRESET" : "";
    during(
        Firewall.RESET,
        () -> {
          assertFailed(probe.write("lease", BIG), "RESET", "WRITE", errno, "NEW_CONNECTION_NOW");
          assertFailed(probe.write("lease", 4), "RESET", "WRITE", errno, "NEW_CONNECTION_NOW");
          // Not an end of the stream, which would make half an answer a whole one.
          assertFailed(probe.read("lease"), "RESET", "READ", errno, "NEW_CONNECTION_NOW");
        });
  }

  private static void assertFailed(
      Outcome got, String kind, String phase, String errno, String advice) {
    assertThat(got.isOk()).as("%s", got).isFalse();
    assertThat(got.text("kind")).as("%s", got).isEqualTo(kind);
    assertThat(got.text("phase")).isEqualTo(phase);
    assertThat(got.text("errno")).as("%s", got).isEqualTo(errno);
    assertThat(got.text("advice")).isEqualTo(advice);
    assertThat(got.text("sent")).as("request bytes sent in %s", got).isEqualTo("true");
    assertThat(got.text("message")).contains("request bytes were sent");
  }
}
