package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("db.example", 6379);

  private static Stream<Arguments> kindsAndPhases() {
    return Arrays.stream(FailureKind.values())
        .flatMap(
            kind -> Arrays.stream(FailurePhase.values()).map(phase -> Arguments.of(kind, phase)));
  }

  // ---- types ----

  @ParameterizedTest
  @MethodSource("kindsAndPhases")
  void theTypeIsWhatCallersAlreadyCatch(FailureKind kind, FailurePhase phase) {
    IOException failure = Failures.exception(FailureDetails.of(kind, phase));

    assertThat(failure.getClass().getSuperclass()).isEqualTo(expectedType(kind, phase));
    assertThat(failure).isInstanceOf(ConnectionFailure.class).hasNoCause();
    assertThat(((ConnectionFailure) failure).kind()).isEqualTo(kind);
    assertThat(((ConnectionFailure) failure).phase()).isEqualTo(phase);
    assertThat(((ConnectionFailure) failure).advice()).isEqualTo(kind.advice(phase));
  }

  private static Class<?> expectedType(FailureKind kind, FailurePhase phase) {
    boolean established =
        switch (phase) {
          case ACQUIRE, RESOLVE, CONNECT, TLS_HANDSHAKE -> false;
          case INITIALIZE, READ, WRITE -> true;
        };
    return switch (kind) {
      case RESOLUTION_FAILED -> UnknownHostException.class;
      case REFUSED -> established ? SocketException.class : ConnectException.class;
      case TIMED_OUT -> established ? SocketException.class : SocketTimeoutException.class;
      case HOST_UNREACHABLE, NETWORK_UNREACHABLE ->
          established ? SocketException.class : NoRouteToHostException.class;
      case READ_TIMED_OUT, WRITE_TIMED_OUT -> SocketTimeoutException.class;
      case ACQUIRE_TIMED_OUT, QUEUE_FULL, BREAKER_OPEN, DENIED_BY_POLICY -> IOException.class;
      case INTERRUPTED -> InterruptedIOException.class;
      case CERTIFICATE_EXPIRED,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_NAME_MISMATCH,
          TLS_PROTOCOL,
          TLS_TRUNCATED,
          TLS_FAILED ->
          established ? SSLException.class : SSLHandshakeException.class;
      case PEER_CLOSED ->
          phase == FailurePhase.TLS_HANDSHAKE ? SSLHandshakeException.class : SocketException.class;
      default -> SocketException.class;
    };
  }

  /** A caller who repeats on SocketTimeoutException must not use a dead connection again. */
  @Test
  void aFatalTimeoutOfAnEstablishedConnectionIsNoSocketTimeoutException() {
    assertThat(Failures.exception(FailureDetails.ofErrno(Errno.ETIMEDOUT, FailurePhase.READ)))
        .isNotInstanceOf(SocketTimeoutException.class);
  }

  @ParameterizedTest
  @EnumSource(FailureKind.class)
  void theCauseIsKept(FailureKind kind) {
    Throwable cause = new IllegalStateException("why");
    FailureDetails details = FailureDetails.of(kind, FailurePhase.CONNECT);

    assertThat(Failures.exception(details, cause)).hasCause(cause);
    assertThat(Failures.exception(details, null)).hasNoCause();
  }

  // ---- later attempts ----

  @ParameterizedTest
  @MethodSource("kindsAndPhases")
  void aLaterAttemptSaysThatTheEarlierOneSentAndKeepsAllElse(FailureKind kind, FailurePhase phase) {
    IOException last =
        Failures.exception(FailureDetails.of(kind, phase).withEndpoint(ENDPOINT).withNote("why"));
    last.addSuppressed(new IOException("the first attempt"));
    IOException told = Failures.afterSending(last);
    assertThat(told).hasSameClassAs(last).hasCause(last);
    ConnectionFailure failure = Failures.find(told).orElseThrow();
    assertThat(failure).isSameAs(told);
    assertThat(failure.requestBytesSent()).isTrue();
    assertThat(failure.details().withRequestBytesSent(false).message())
        .isEqualTo(last.getMessage());
    assertThat(Failures.afterSending(told)).isSameAs(told);
  }

  @Test
  void aRefusalByTheBreakerAfterAnAttemptKeepsWhenItIsTried() {
    CircuitOpenException refusal =
        new CircuitOpenException(
            FailureDetails.of(FailureKind.BREAKER_OPEN, FailurePhase.ACQUIRE),
            Duration.ofSeconds(3),
            Optional.of(Duration.ofSeconds(2)),
            null);
    assertThat(Failures.afterSending(new IOException(refusal)))
        .isInstanceOfSatisfying(
            CircuitOpenException.class,
            told -> {
              assertThat(told.openFor()).hasSeconds(3);
              assertThat(told.nextProbeIn()).contains(Duration.ofSeconds(2));
              assertThat(told.requestBytesSent()).isTrue();
            });
  }

  @Test
  void whatIsNoFailureIsLeftAsItIsAfterAnAttempt() {
    IOException other = new IOException("what is this");
    assertThat(Failures.afterSending(other)).isSameAs(other);
  }

  // ---- find ----

  private static IOException failure(FailureKind kind) {
    return Failures.exception(FailureDetails.of(kind, FailurePhase.CONNECT));
  }

  @Test
  void findsAFailureThatIsThereItself() {
    IOException failure = failure(FailureKind.REFUSED);

    assertThat(Failures.find(failure)).containsSame((ConnectionFailure) failure);
  }

  @Test
  void findsNothingWhereNothingIs() {
    assertThat(Failures.find(null)).isEmpty();
    assertThat(Failures.find(new IOException(new IllegalStateException()))).isEmpty();
  }

  @Test
  void findsItThroughCauses() {
    IOException failure = failure(FailureKind.RESET);
    Throwable wrapped =
        new IllegalStateException(new UncheckedIOException(new IOException(failure)));

    assertThat(Failures.find(wrapped)).containsSame((ConnectionFailure) failure);
  }

  @Test
  void findsItInWhatWasSuppressed() {
    IOException failure = failure(FailureKind.TIMED_OUT);
    Throwable outer = new IOException("closing failed too");
    outer.addSuppressed(new IllegalStateException());
    outer.addSuppressed(new IOException(failure));

    assertThat(Failures.find(new IllegalStateException(outer)))
        .containsSame((ConnectionFailure) failure);
  }

  @Test
  void theOutermostWins() {
    FailureDetails late = FailureDetails.of(FailureKind.ACQUIRE_TIMED_OUT, FailurePhase.ACQUIRE);
    IOException outer = Failures.exception(late, failure(FailureKind.REFUSED));

    assertThat(Failures.find(new IOException(outer))).containsSame((ConnectionFailure) outer);
  }

  @Test
  void causesComeBeforeWhatWasSuppressed() {
    IOException cause = failure(FailureKind.REFUSED);
    IOException outer = new IOException(cause);
    outer.addSuppressed(failure(FailureKind.RESET));

    assertThat(Failures.find(outer)).containsSame((ConnectionFailure) cause);
  }

  @Test
  void endsWhereThrowablesGoInACircle() {
    IOException one = new IOException("one");
    IOException two = new IOException("two", one);
    one.initCause(two);
    two.addSuppressed(one);

    assertThat(Failures.find(one)).isEmpty();

    IOException failure = failure(FailureKind.DENIED);
    one.addSuppressed(failure);
    assertThat(Failures.find(two)).containsSame((ConnectionFailure) failure);
  }

  // ---- serialisation ----

  private static FailureDetails full(FailureKind kind, FailurePhase phase) throws IOException {
    return FailureDetails.of(kind, phase)
        .withEndpoint(ENDPOINT)
        .withAddress(address("192.0.2.7"))
        .withErrno(Errno.ETIMEDOUT)
        .withElapsedNanos(3_070_000_000L)
        .withUnansweredSyns(3)
        .withRequestBytesSent(true)
        .withNote("a note");
  }

  private static InetSocketAddress address(String ip) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(ip), 6379);
  }

  @ParameterizedTest
  @EnumSource(FailureKind.class)
  void serialisationKeepsTheDetails(FailureKind kind) throws Exception {
    for (FailurePhase phase : FailurePhase.values()) {
      IOException thrown = Failures.exception(full(kind, phase), new IOException("cause"));

      IOException back = roundTrip(thrown);

      assertThat(back).hasSameClassAs(thrown).hasMessage(thrown.getMessage());
      assertThat(back.getCause()).hasMessage("cause");
      assertThat(((ConnectionFailure) back).details())
          .usingRecursiveComparison()
          .isEqualTo(((ConnectionFailure) thrown).details());
    }
  }

  @Test
  void serialisationOfTheBareMinimum() throws Exception {
    IOException back = roundTrip(failure(FailureKind.OTHER));

    assertThat(((ConnectionFailure) back).endpoint()).isEmpty();
    assertThat(((ConnectionFailure) back).address()).isEmpty();
    assertThat(((ConnectionFailure) back).elapsed()).isEqualTo(Duration.ZERO);
    assertThat(((ConnectionFailure) back).unansweredSyns()).isEqualTo(FailureDetails.UNKNOWN);
  }

  private static IOException roundTrip(IOException thrown) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(thrown);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (IOException) in.readObject();
    }
  }

  // ---- message ----

  @ParameterizedTest
  @MethodSource("kindsAndPhases")
  void theMessageIsOneLineThatSaysItAll(FailureKind kind, FailurePhase phase) throws IOException {
    IOException thrown = Failures.exception(full(kind, phase));

    assertThat(thrown.getMessage())
        .isEqualTo(
            "db.example:6379 (192.0.2.7:6379): %s, %s, after 3070 ms [ETIMEDOUT, 3 SYNs unanswered,"
                    .formatted(kind.title(), phase.words())
                + " request bytes were sent]; a note; %s; advice: %s"
                    .formatted(kind.hint(), kind.advice(phase).words()));
    assertThat(thrown.getMessage()).doesNotContain("\n", "\r");
  }

  @Test
  void theMessageLeavesOutWhatIsNotKnown() {
    assertThat(failure(FailureKind.REFUSED).getMessage())
        .isEqualTo(
            "connection refused, connecting; "
                + FailureKind.REFUSED.hint()
                + "; advice: try another address");
  }

  @Test
  void theOwnDeadlineIsToldFromTheKernels() {
    FailureDetails own = FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT);
    FailureDetails kernels = FailureDetails.ofErrno(Errno.ETIMEDOUT, FailurePhase.CONNECT);

    assertThat(own.withUnansweredSyns(1).message())
        .contains("no answer, connecting [own deadline, 1 SYN unanswered]; ");
    assertThat(kernels.message()).contains("no answer, connecting [ETIMEDOUT]; ");
  }

  @Test
  void ipv6AddressesStandInBrackets() throws IOException {
    FailureDetails details =
        FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT)
            .withEndpoint(Endpoint.tcp("2001:db8::7", 6379))
            .withAddress(address("2001:db8::7"));

    assertThat(details.message())
        .startsWith("[2001:db8::7]:6379 ([2001:db8:0:0:0:0:0:7]:6379): connection refused");
  }

  @Test
  void anAddressThatIsTheEndpointIsSaidOnce() throws IOException {
    FailureDetails details =
        FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT)
            .withEndpoint(Endpoint.tcp("192.0.2.7", 6379))
            .withAddress(address("192.0.2.7"));

    assertThat(details.message()).startsWith("192.0.2.7:6379: connection refused");
  }

  @Test
  void shortTimesHaveADecimal() {
    FailureDetails details = FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT);

    assertThat(details.withElapsedNanos(410_000).message()).contains(", after 0.41 ms;");
    assertThat(details.withElapsedNanos(4_120_000).message()).contains(", after 4.1 ms;");
    assertThat(details.withElapsedNanos(12_345_678).message()).contains(", after 12 ms;");
  }
}
