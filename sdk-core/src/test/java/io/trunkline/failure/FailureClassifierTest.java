package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FailureClassifierTest {
  private static final int ENOSYS = 38;

  @ParameterizedTest
  @CsvSource({
    "111, REFUSED",
    "110, TIMED_OUT",
    "113, HOST_UNREACHABLE",
    "112, HOST_UNREACHABLE",
    "101, NETWORK_UNREACHABLE",
    "100, NETWORK_UNREACHABLE",
    "104, RESET",
    "32, PEER_CLOSED",
    "24, DESCRIPTORS_EXHAUSTED",
    "23, DESCRIPTORS_EXHAUSTED",
    "105, OUT_OF_BUFFERS",
    "12, OUT_OF_BUFFERS",
    "13, DENIED",
    "1, DENIED",
    "99, ADDRESS_UNUSABLE",
    "98, ADDRESS_UNUSABLE",
    "97, ADDRESS_UNUSABLE",
    "92, OTHER",
    "71, OTHER",
    "103, OTHER",
    "5, OTHER",
    "0, OTHER",
  })
  void anErrnoHasTheSameKindInEveryPhase(int errno, FailureKind kind) {
    for (FailurePhase phase : FailurePhase.values()) {
      assertThat(FailureClassifier.ofErrno(errno, phase)).as("%s", phase).isEqualTo(kind);
    }
  }

  @ParameterizedTest
  @EnumSource(FailurePhase.class)
  void anInvalidArgumentIsOneOfTheAddressOnlyInConnect(FailurePhase phase) {
    assertThat(FailureClassifier.ofErrno(Errno.EINVAL, phase))
        .isEqualTo(
            phase == FailurePhase.CONNECT ? FailureKind.ADDRESS_UNUSABLE : FailureKind.OTHER);
  }

  @Test
  void whatHasNoKindIsOtherAndKeepsItsErrno() {
    FailureDetails details = FailureDetails.ofErrno(ENOSYS, FailurePhase.CONNECT);

    assertThat(details.kind()).isEqualTo(FailureKind.OTHER);
    assertThat(details.errno()).isEqualTo(ENOSYS);
    assertThat(details.message()).contains("[errno 38]");
  }

  @Test
  void noAddressIsAMatterOfPortsWhereThereIsASource() {
    assertThat(FailureClassifier.ofNoAddress(true)).isEqualTo(FailureKind.LOCAL_PORTS_EXHAUSTED);
    assertThat(FailureClassifier.ofNoAddress(false)).isEqualTo(FailureKind.ADDRESS_UNUSABLE);
  }

  // ---- the jdk transport ----

  @Test
  void aFailureOfOursKeepsItsKind() {
    IOException ours =
        Failures.exception(FailureDetails.of(FailureKind.QUEUE_FULL, FailurePhase.ACQUIRE));

    assertThat(FailureClassifier.ofException(ours, FailurePhase.READ))
        .isEqualTo(FailureKind.QUEUE_FULL);
  }

  @ParameterizedTest
  @EnumSource(FailurePhase.class)
  void aTimeoutIsThatOfItsPhase(FailurePhase phase) {
    FailureKind kind =
        switch (phase) {
          case READ -> FailureKind.READ_TIMED_OUT;
          case WRITE -> FailureKind.WRITE_TIMED_OUT;
          default -> FailureKind.TIMED_OUT;
        };

    assertThat(FailureClassifier.ofException(new SocketTimeoutException(), phase)).isEqualTo(kind);
  }

  @ParameterizedTest
  @EnumSource(FailurePhase.class)
  void theJdksTypesAreTakenForWhatTheyMostlyMean(FailurePhase phase) {
    assertThat(FailureClassifier.ofException(new UnknownHostException(), phase))
        .isEqualTo(FailureKind.RESOLUTION_FAILED);
    assertThat(FailureClassifier.ofException(new NoRouteToHostException(), phase))
        .isEqualTo(FailureKind.HOST_UNREACHABLE);
    assertThat(FailureClassifier.ofException(new ConnectException(), phase))
        .isEqualTo(FailureKind.REFUSED);
    assertThat(FailureClassifier.ofException(new EOFException(), phase))
        .isEqualTo(FailureKind.OTHER);
  }

  /** A bare SocketException says something only where a connection stood. */
  @ParameterizedTest
  @EnumSource(FailurePhase.class)
  void aSocketExceptionIsAResetOnlyWhileReadingOrWriting(FailurePhase phase) {
    Set<FailurePhase> standing = EnumSet.of(FailurePhase.READ, FailurePhase.WRITE);
    FailureKind kind = standing.contains(phase) ? FailureKind.RESET : FailureKind.OTHER;

    assertThat(FailureClassifier.ofException(new SocketException(), phase)).isEqualTo(kind);
  }

  @Test
  void aBindExceptionHasTooManyMeanings() {
    assertThat(FailureClassifier.ofException(new BindException(), FailurePhase.CONNECT))
        .isEqualTo(FailureKind.OTHER);
  }

  @Test
  void theTextOfAMessageIsNeverAsked() {
    assertThat(
            FailureClassifier.ofException(
                new SocketException("Connection refused"), FailurePhase.CONNECT))
        .isEqualTo(FailureKind.OTHER);
  }
}
