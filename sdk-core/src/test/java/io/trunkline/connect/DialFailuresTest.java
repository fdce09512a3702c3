package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the failures of several addresses. */
class DialFailuresTest {
  /** From what says least to what says most; those of one set say as much. */
  private static final List<Set<FailureKind>> RANKS =
      List.of(
          EnumSet.of(FailureKind.ADDRESS_UNUSABLE, FailureKind.DENIED_BY_POLICY),
          EnumSet.of(FailureKind.NETWORK_UNREACHABLE),
          EnumSet.of(
              FailureKind.HOST_UNREACHABLE, FailureKind.LOCAL_PORTS_EXHAUSTED, FailureKind.OTHER),
          EnumSet.of(FailureKind.TIMED_OUT),
          EnumSet.of(FailureKind.DENIED),
          EnumSet.of(FailureKind.REFUSED, FailureKind.RESET, FailureKind.PEER_CLOSED),
          EnumSet.of(FailureKind.DESCRIPTORS_EXHAUSTED, FailureKind.OUT_OF_BUFFERS));

  private static IOException failure(FailureKind kind, int address) {
    return Failures.exception(
        FailureDetails.of(kind, FailurePhase.CONNECT)
            .withAddress(ScriptedDials.address(address))
            .withNote("of " + address));
  }

  private static IOException asOne(int untried, IOException... each) {
    DialFailures failures = new DialFailures();
    List.of(each).forEach(failures::add);
    return failures.asOne(untried);
  }

  private static int told(IOException whole) {
    return ((ConnectionFailure) whole).address().orElseThrow().getAddress().getAddress()[3];
  }

  @Test
  void theMostTellingOneIsToldAndAmongEqualsTheLast() {
    for (int rank = 0; rank < RANKS.size(); rank++) {
      for (FailureKind kind : RANKS.get(rank)) {
        for (int other = 0; other < RANKS.size(); other++) {
          for (FailureKind beside : RANKS.get(other)) {
            IOException whole = asOne(0, failure(kind, 1), failure(beside, 2));
            assertThat(told(whole)).as(kind + ", " + beside).isEqualTo(rank > other ? 1 : 2);
          }
        }
      }
    }
  }

  @Test
  void aTlsHandshakeCameFurtherThanAnyAnswerToASyn() {
    IOException tls =
        Failures.exception(
            FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.TLS_HANDSHAKE)
                .withAddress(ScriptedDials.address(1)));
    assertThat(told(asOne(0, tls, failure(FailureKind.REFUSED, 2)))).isEqualTo(1);
    assertThat(told(asOne(0, tls, failure(FailureKind.OUT_OF_BUFFERS, 2)))).isEqualTo(2);
  }

  @Test
  void theOthersAreSuppressedInTheirOrderAndAllAreNamed() {
    IOException first = failure(FailureKind.TIMED_OUT, 1);
    IOException second = failure(FailureKind.REFUSED, 2);
    IOException third = failure(FailureKind.HOST_UNREACHABLE, 3);
    IOException cause = new IOException("why");
    second.initCause(cause);
    IOException whole = asOne(4, first, second, third);
    assertThat(whole).hasSameClassAs(second).hasCause(cause);
    assertThat(whole.getSuppressed()).containsExactly(first, third);
    assertThat(((ConnectionFailure) whole).details().note().orElseThrow())
        .startsWith("of 2; tried 192.0.2.1:4711 ")
        .contains(", 192.0.2.2:4711 connection refused, 192.0.2.3:4711 ")
        .endsWith("; not tried: 4 more");
  }

  @Test
  void aSingleOneIsThrownAsItIsUnlessOthersWereNotTried() {
    IOException only = failure(FailureKind.REFUSED, 1);
    assertThat(asOne(0, only)).isSameAs(only);
    IOException whole = asOne(1, only);
    assertThat(whole).isNotSameAs(only).hasNoCause().hasNoSuppressedExceptions();
    assertThat(told(whole)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "LOCAL_PORTS_EXHAUSTED",
        "DESCRIPTORS_EXHAUSTED",
        "OUT_OF_BUFFERS",
        "DENIED_BY_POLICY",
        "RESOLUTION_FAILED",
        "INTERRUPTED",
        "CLOSED",
        "OTHER"
      })
  void whatIsOnThisSideSpeaksAgainstNoAddress(FailureKind kind) {
    assertThat(DialFailures.isOfAddress(kind)).isFalse();
  }
}
