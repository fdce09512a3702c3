package io.trunkline.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which failed dials speak against an endpoint. */
class CountedFailuresTest {
  private static final CountedFailures DEFAULTS =
      new CountedFailures(BreakerSettings.builder().build().countedKinds());

  private static FailureDetails details(FailureKind kind, FailurePhase phase) {
    return FailureDetails.of(kind, phase);
  }

  private static IOException failure(FailureKind kind, FailurePhase phase) {
    return Failures.exception(details(kind, phase));
  }

  private static boolean counts(FailureDetails details, boolean cutShort) {
    return DEFAULTS.count(Failures.exception(details), cutShort);
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED, CONNECT, true",
    "TIMED_OUT, CONNECT, true",
    "HOST_UNREACHABLE, CONNECT, true",
    "NETWORK_UNREACHABLE, CONNECT, true",
    "RESET, CONNECT, true",
    "TLS_FAILED, TLS_HANDSHAKE, true",
    "CERTIFICATE_EXPIRED, TLS_HANDSHAKE, true",
    "CERTIFICATE_UNTRUSTED, TLS_HANDSHAKE, true",
    "CERTIFICATE_NAME_MISMATCH, TLS_HANDSHAKE, true",
    "TLS_PROTOCOL, TLS_HANDSHAKE, true",
    "TLS_TRUNCATED, TLS_HANDSHAKE, true",
    "RESET, TLS_HANDSHAKE, true",
    "PEER_CLOSED, TLS_HANDSHAKE, true",
    "TIMED_OUT, TLS_HANDSHAKE, true",
    "RESOLUTION_FAILED, RESOLVE, false",
    "LOCAL_PORTS_EXHAUSTED, CONNECT, false",
    "DESCRIPTORS_EXHAUSTED, CONNECT, false",
    "OUT_OF_BUFFERS, CONNECT, false",
    "ADDRESS_UNUSABLE, CONNECT, false",
    "INTERRUPTED, CONNECT, false",
    "CLOSED, CONNECT, false",
    "DENIED_BY_POLICY, CONNECT, false",
    "OTHER, CONNECT, false",
    "RESET, INITIALIZE, false",
    "TIMED_OUT, INITIALIZE, false",
    "ACQUIRE_TIMED_OUT, ACQUIRE, false",
  })
  void kindAndPhaseDecide(FailureKind kind, FailurePhase phase, boolean counts) {
    assertThat(DEFAULTS.count(failure(kind, phase), false)).isEqualTo(counts);
  }

  @Test
  void aDialThatItsCallerCutShortCountsOnlyIfASynWentUnansweredForASecond() {
    FailureDetails timedOut = details(FailureKind.TIMED_OUT, FailurePhase.CONNECT);
    assertThat(counts(timedOut.withUnansweredSyns(1), true)).isFalse();
    assertThat(counts(timedOut.withUnansweredSyns(2), true)).isTrue();
    assertThat(counts(timedOut.withUnansweredSyns(1), false)).as("not cut short").isTrue();
    long almost = Duration.ofMillis(999).toNanos();
    assertThat(counts(timedOut.withElapsedNanos(almost), true)).as("jdk").isFalse();
    long second = Duration.ofSeconds(1).toNanos();
    assertThat(counts(timedOut.withElapsedNanos(second), true)).as("jdk").isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERRUPTED", "CLOSED"})
  void aCancelledDialNeverCounts(FailureKind kind) {
    FailureDetails cancelled = details(kind, FailurePhase.CONNECT);
    assertThat(counts(cancelled, false)).isFalse();
    assertThat(counts(cancelled.withUnansweredSyns(2), true)).isFalse();
  }

  @Test
  void aDenialCountsOnlyIfASynMayHaveLeft() throws Exception {
    InetSocketAddress six = new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 1);
    InetSocketAddress four = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 1);
    FailureDetails message = FailureDetails.ofErrno(Errno.EACCES, FailurePhase.CONNECT);
    assertThat(counts(message.withAddress(six), false)).as("ICMPv6 prohibited").isTrue();
    assertThat(counts(message.withAddress(four), false)).as("a rule of this host").isFalse();
    FailureDetails firewall = FailureDetails.ofErrno(Errno.EPERM, FailurePhase.CONNECT);
    assertThat(counts(firewall.withAddress(six), false)).as("a firewall of this host").isFalse();
    FailureDetails policy = details(FailureKind.DENIED, FailurePhase.CONNECT);
    assertThat(counts(policy.withAddress(six), false)).as("the address policy").isFalse();
  }

  @Test
  void oneAddressThatSpeaksAgainstTheEndpointIsEnough() {
    IOException both = failure(FailureKind.ADDRESS_UNUSABLE, FailurePhase.CONNECT);
    assertThat(DEFAULTS.count(both, false)).isFalse();
    both.addSuppressed(failure(FailureKind.REFUSED, FailurePhase.CONNECT));
    assertThat(DEFAULTS.count(both, false)).isTrue();
  }

  @Test
  void theKindsCanBeChosen() {
    Set<FailureKind> onlyRefusals = EnumSet.of(FailureKind.REFUSED);
    CountedFailures chosen = new CountedFailures(onlyRefusals);
    for (FailureKind kind : FailureKind.values()) {
      assertThat(chosen.count(failure(kind, FailurePhase.CONNECT), false))
          .as("%s", kind)
          .isEqualTo(kind == FailureKind.REFUSED);
    }
    assertThat(chosen.count(new IOException("no failure of ours"), false)).isFalse();
  }
}
