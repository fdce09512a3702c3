package io.trunkline.connect;

import static io.trunkline.connect.ScriptedDials.PLAIN;
import static io.trunkline.connect.ScriptedDials.TLS;
import static io.trunkline.connect.ScriptedDials.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.transport.SocketPreparation;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steps of a dial, each ended in each way, to the millisecond. */
class DialTest {
  private static final long MILLI = 1_000_000;

  private final ScriptedDials dials = new ScriptedDials();

  @AfterEach
  void clearFlag() {
    Thread.interrupted();
  }

  private void interruptIn(long millis) {
    Thread current = Thread.currentThread();
    dials.in(millis, () -> Background.interruptFromElsewhere(current));
  }

  private static void assertTold(ConnectionFailure failure, FailureKind kind, long elapsedMillis) {
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.endpoint()).isPresent();
    assertThat(failure.details().elapsed()).isEqualTo(Duration.ofMillis(elapsedMillis));
  }

  // ---- steps ----

  @Test
  void eachStepIsTimed() throws Exception {
    dials.resolving = Duration.ofMillis(7);
    dials.resolvesTo(1);
    dials.connects(1, 30);
    dials.tlsMillis.add(90L);
    Dial dial = dials.dial(TLS);
    assertThat(dials.run(dial)).isEqualTo(1);
    assertThat(dial.timings().resolveNanos()).isEqualTo(7 * MILLI);
    assertThat(dial.timings().connectNanos()).isEqualTo(30 * MILLI);
    assertThat(dial.timings().tlsNanos()).isEqualTo(90 * MILLI);
    assertThat(dials.events)
        .containsExactly("7 started .1", "37 connected .1 after 30", "127 tls .1 after 90");
    assertThat(dials.succeeded).containsExactly(1);
  }

  @Test
  void tlsHasItsOwnTimeAfterTheConnectTimeout() {
    Connector connector = dials.connector();
    assertThat(connector.dial(PLAIN).deadline().remainingNanos()).isEqualTo(5_000 * MILLI);
    assertThat(connector.dial(TLS).deadline().remainingNanos()).isEqualTo(6_000 * MILLI);
    assertThat(connector.timeoutNanos(TLS)).isEqualTo(5_000 * MILLI);
  }

  @Test
  void theLimitOfASingleCallerCountsWhereItIsTheShorterOne() throws Exception {
    Connector connector = dials.connector();
    Optional<InetSocketAddress> given = Optional.of(address(4));
    dials.connects(4, 10);
    SocketPreparation bound = socket -> socket.bind(address(99));
    Dial dial = connector.dial(PLAIN, given, 200 * MILLI, bound);
    assertThat(dial.deadline().remainingNanos()).isEqualTo(200 * MILLI);
    assertThat(connector.dial(PLAIN, given, Long.MAX_VALUE, bound).deadline().remainingNanos())
        .isEqualTo(5_000 * MILLI);
    assertThat(dials.run(dial)).as("and no name was asked for").isEqualTo(4);
    assertThat(dials.transport.last().getLocalSocketAddress()).isEqualTo(address(99));
    assertThat(dials.transport.last().endpoint()).contains(PLAIN);
  }

  @Test
  void aSocketThatCannotBePreparedIsClosed() {
    Connector connector = dials.connector();
    Dial dial =
        connector.dial(
            PLAIN,
            Optional.of(address(4)),
            Long.MAX_VALUE,
            socket -> {
              throw new IOException("no such option");
            });
    assertTold(dials.failure(dial), FailureKind.OTHER, 0);
    assertThat(dials.transport.opened()).hasSize(1);
  }

  // ---- resolution ----

  @Test
  void aNameWithoutAnAddressIsAFailedResolution() {
    dials.resolving = Duration.ofMillis(3);
    dials.addresses = List.of();
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertTold(failure, FailureKind.RESOLUTION_FAILED, 3);
    assertThat(failure.phase()).isEqualTo(FailurePhase.RESOLVE);
    assertThat(failure.details().note()).contains("the name has no address");
  }

  @Test
  void aResolverThatTakesAllTheTimeIsAFailedResolutionAndNobodyWaitsForItAnyMore() {
    dials.resolving = Duration.ofSeconds(5);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertTold(failure, FailureKind.RESOLUTION_FAILED, 5_000);
    assertThat(failure.details().note()).contains("the resolver did not answer in time");
    assertThat(dials.isAsked()).isFalse();
  }

  @Test
  void aFailureThatOthersShareIsThrownWithWhatIsOfThisDial() {
    dials.resolving = Duration.ofMillis(4);
    IOException cause = new IOException("why");
    dials.unresolved =
        Failures.exception(
            FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
                .withNote("too many names"),
            cause);
    ConnectionFailure shared = dials.failure(dials.dial(PLAIN));
    assertTold(shared, FailureKind.RESOLUTION_FAILED, 4);
    assertThat(shared.details().note()).contains("too many names");
    assertThat((IOException) shared).isNotSameAs(dials.unresolved).hasCause(cause);
  }

  @Test
  void anUnknownNameNeedsNoCauseAndADefectOfTheResolverIsOne() {
    dials.unresolved = new UnknownHostException("service.example");
    ConnectionFailure unknown = dials.failure(dials.dial(PLAIN));
    assertTold(unknown, FailureKind.RESOLUTION_FAILED, 0);
    assertThat((IOException) unknown).hasNoCause();
    dials.unresolved = new IllegalStateException("a bug");
    ConnectionFailure defect = dials.failure(dials.dial(PLAIN));
    assertTold(defect, FailureKind.RESOLUTION_FAILED, 0);
    assertThat((IOException) defect).hasCause(dials.unresolved);
  }

  @Test
  void aCallerWithoutTimeLeavesTheLookupUnderWay() throws Exception {
    Dial dial = dials.dial(PLAIN);
    assertThat(dial.run(dials.within(0))).isEmpty();
    assertThat(dials.isAsked()).isTrue();
    dial.cancel();
    assertThat(dials.isAsked()).isFalse();
    assertTold(dials.failure(dial), FailureKind.CLOSED, 0);
  }

  @Test
  void anInterruptEndsTheWaitForTheResolver() {
    Dial dial = dials.dial(PLAIN);
    Thread.currentThread().interrupt();
    ConnectionFailure failure = dials.failure(dial);
    assertTold(failure, FailureKind.INTERRUPTED, 0);
    assertThat(failure.phase()).isEqualTo(FailurePhase.RESOLVE);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(dials.isAsked()).isFalse();
  }

  @Test
  void aWaitForAddressesAloneCanBeEndedByOthersAndLeavesNothing() throws Exception {
    Connector connector = dials.connector();
    assertThat(connector.resolve(PLAIN, dials.within(0))).isEmpty();
    assertThat(dials.isAsked()).isFalse();
    assertThatThrownBy(() -> connector.resolve(PLAIN, dials.within(0), Runnable::run))
        .satisfies(thrown -> assertTold((ConnectionFailure) thrown, FailureKind.CLOSED, 0));
    dials.resolvesTo(2, 1);
    assertThat(connector.resolve(PLAIN, dials.within(0)).orElseThrow())
        .containsExactly(address(2), address(1));
  }

  // ---- cancel ----

  @Test
  void aCancelInTheRaceEndsItAndSpeaksAgainstNobody() {
    dials.resolvesTo(1, 2);
    Dial dial = dials.dial(PLAIN);
    dials.in(300, dial::cancel);
    assertTold(dials.failure(dial), FailureKind.CLOSED, 300);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "250 started .2",
            "300 cancelled .1 after 300",
            "300 cancelled .2 after 50");
    assertThat(dials.failed).isEmpty();
  }

  @Test
  void aCancelOfTheOnlyAttemptOrOfTheTlsHandshakeDoesTheSame() {
    dials.resolvesTo(1);
    Dial dial = dials.dial(PLAIN);
    dials.in(300, dial::cancel);
    assertTold(dials.failure(dial), FailureKind.CLOSED, 300);
    assertThat(dials.events).last().isEqualTo("300 cancelled .1 after 300");

    dials.connects(1, 0);
    dials.tlsMillis.add(500L);
    Dial inTls = dials.dial(TLS);
    dials.in(100, inTls::cancel);
    assertTold(dials.failure(inTls), FailureKind.CLOSED, 100);
    assertThat(dials.events).last().isEqualTo("300 connected .1 after 0");
    assertThat(dials.failed).isEmpty();
    assertThat(dials.succeeded).isEmpty();
  }

  @Test
  void aCancelBeforeItRunsOpensNoSocket() {
    dials.resolvesTo(1);
    Dial dial = dials.dial(PLAIN);
    dial.cancel();
    assertTold(dials.failure(dial), FailureKind.CLOSED, 0);
    assertThat(dials.transport.opened()).isEmpty();

    Dial given = dials.connector().dial(PLAIN, address(1), Duration.ofSeconds(1));
    given.cancel();
    assertTold(dials.failure(given), FailureKind.CLOSED, 0);
    assertThat(dials.events).isEmpty();
  }

  @Test
  void aDialThatItsCallerLeftIsToldOfByWhoCancelsIt() throws Exception {
    dials.resolvesTo(1);
    Dial dial = dials.dial(PLAIN);
    assertThat(dial.run(dials.within(40))).isEmpty();
    dial.cancel();
    assertThat(dials.events).containsExactly("0 started .1", "40 cancelled .1 after 40");
    assertThat(dials.transport.openSockets()).isZero();
  }

  @Test
  void aClosedConnectorEndsTheDialsUnderWayAndEachLaterOne() throws Exception {
    dials.resolvesTo(1);
    Connector connector = dials.connector();
    Dial dial = connector.dial(PLAIN);
    assertThat(dial.run(dials.within(10))).isEmpty();
    connector.close();
    assertThat(dials.transport.openSockets()).isZero();
    assertTold(dials.failure(connector), FailureKind.CLOSED, 0);
  }

  @Test
  void aDialThatHasEndedIsNotKept() throws Exception {
    dials.resolvesTo(1);
    dials.connects(1, 0);
    Connector connector = dials.connector();
    WeakReference<Dial> done = new WeakReference<>(connector.dial(PLAIN));
    dials.run(done.get());
    WeakReference<Dial> cancelled = new WeakReference<>(connector.dial(PLAIN));
    cancelled.get().cancel();
    Await.until(
        "nothing keeps them",
        () -> {
          System.gc();
          return done.get() == null && cancelled.get() == null;
        });
    connector.close();
  }

  @Test
  void aCloseOfTheConnectorLeavesTheConnectionsThatWereDialled() throws Exception {
    dials.resolvesTo(1);
    dials.connects(1, 0);
    Connector connector = dials.connector();
    try (TransportSocket socket = connector.dial(PLAIN).run(dials.within(0)).orElseThrow()) {
      connector.close();
      assertThat(socket.isClosed()).isFalse();
    }
  }

  // ---- interrupts ----

  @Test
  void anInterruptEndsTheRaceAndSpeaksAgainstNobody() {
    dials.resolvesTo(1, 2);
    interruptIn(300);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertTold(failure, FailureKind.INTERRUPTED, 300);
    assertThat(failure.phase()).isEqualTo(FailurePhase.CONNECT);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(dials.events)
        .contains("300 cancelled .1 after 300", "300 cancelled .2 after 50")
        .noneMatch(each -> each.contains("failed"));
    assertThat(dials.failed).isEmpty();
  }

  @Test
  void anInterruptEndsASingleAttemptAndOneThatNeedsNoWait() {
    dials.resolvesTo(1);
    interruptIn(30);
    assertTold(dials.failure(dials.dial(PLAIN)), FailureKind.INTERRUPTED, 30);

    Dial ready = dials.connector().dial(PLAIN, address(1), Duration.ofSeconds(1));
    dials.connects(1, 0);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertTold(dials.failure(ready), FailureKind.INTERRUPTED, 0);
    assertThat(dials.events).last().isEqualTo("30 cancelled .1 after 0");
    assertThat(dials.failed).isEmpty();
  }

  @Test
  void anInterruptEndsTheTlsHandshake() {
    dials.resolvesTo(1);
    dials.connects(1, 10);
    dials.tlsMillis.add(500L);
    interruptIn(60);
    ConnectionFailure failure = dials.failure(dials.dial(TLS));
    assertTold(failure, FailureKind.INTERRUPTED, 60);
    assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(dials.events).noneMatch(each -> each.contains("failed"));
    assertThat(dials.failed).isEmpty();
  }

  // ---- TLS ----

  @Test
  void aTlsHandshakeThatItsCallerLeavesGoesOnWhereItWas() throws Exception {
    dials.resolvesTo(1);
    dials.connects(1, 10);
    dials.tlsMillis.add(500L);
    Dial dial = dials.dial(TLS);
    assertThat(dial.run(dials.within(100))).isEmpty();
    assertThat(dials.run(dial)).isEqualTo(1);
    assertThat(dials.events)
        .containsExactly("0 started .1", "10 connected .1 after 10", "510 tls .1 after 500");
  }

  @Test
  void aTlsHandshakeHasItsTimeFromTheEndOfTheTcpHandshake() {
    dials.resolvesTo(1);
    dials.connects(1, 400);
    dials.tlsMillis.add(1_001L);
    ConnectionFailure failure = dials.failure(dials.dial(TLS));
    assertTold(failure, FailureKind.TIMED_OUT, 1_000);
    assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(failure.address()).contains(address(1));
    assertThat(dials.events).last().isEqualTo("1400 tls failed .1 TIMED_OUT after 1000");
    assertThat(dials.failed).containsExactly(1);
  }

  @Test
  void whereTheWinnerFailsInItsTlsHandshakeTheOthersAreTried() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.connects(1, 600);
    dials.connects(2, 10);
    dials.tlsMillis.addAll(List.of(-40L, 20L));
    assertThat(dials.run(dials.dial(TLS))).isEqualTo(1);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "250 started .2",
            "260 connected .2 after 10",
            "260 cancelled .1 after 260",
            "300 tls failed .2 CERTIFICATE_EXPIRED after 40",
            "300 started .1",
            "550 started .3",
            "900 connected .1 after 600",
            "900 cancelled .3 after 350",
            "920 tls .1 after 20");
    assertThat(dials.failed).containsExactly(1, 2);
    assertThat(dials.transport.openSockets()).isEqualTo(1);
  }

  @Test
  void theFailureOfATlsHandshakeTellsMoreThanARefusal() {
    dials.resolvesTo(1, 2);
    dials.connects(1, 0);
    dials.refuses(2, 0);
    dials.tlsMillis.add(-5L);
    ConnectionFailure failure = dials.failure(dials.dial(TLS));
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_EXPIRED);
    assertThat(dials.failed).containsExactly(1, 2);
  }

  @Test
  void aPlainEndpointGetsNoTls() throws Exception {
    dials.resolvesTo(1);
    dials.connects(1, 0);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.events).containsExactly("0 started .1", "0 connected .1 after 0");
  }
}
