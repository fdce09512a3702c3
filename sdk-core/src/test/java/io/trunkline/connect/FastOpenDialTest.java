package io.trunkline.connect;

import static io.trunkline.connect.ScriptedDials.PLAIN;
import static io.trunkline.connect.ScriptedDials.TLS;
import static io.trunkline.connect.ScriptedDials.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.trunkline.config.FastOpen;
import io.trunkline.config.FirstWrite;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.transport.ScriptedSocket;
import io.trunkline.transport.TransportOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dials whose handshake is left to the first write: who is told of its end, and when. */
class FastOpenDialTest {
  private static final long MILLI = 1_000_000;

  private final ScriptedDials dials = new ScriptedDials();
  private Connector connector;

  @BeforeEach
  void allow() {
    assumeThat(FastOpenPolicy.kernelAllows()).as("net.ipv4.tcp_fastopen").isTrue();
    dials.settings.fastOpen(FastOpen.IDEMPOTENT_DATA);
    dials.resolvesTo(1, 2);
    dials.transport.takesFastOpen(address(1));
    dials.connects(2, 10);
    connector = dials.connector();
  }

  private Dial plain() {
    return connector.dial(PLAIN).firstWrite(FirstWrite.IDEMPOTENT);
  }

  private ScriptedSocket dialled() throws IOException {
    assertThat(dials.run(plain())).isEqualTo(1);
    return dials.transport.last();
  }

  private static IOException failure(FailureKind kind) {
    return Failures.exception(FailureDetails.of(kind, FailurePhase.CONNECT));
  }

  // ---- plain connections ----

  @Test
  void nothingIsToldBeforeTheFirstWriteAndAllAfterIt() throws Exception {
    ScriptedSocket socket = dialled();
    assertThat(dials.events).containsExactly("0 started .1");
    assertThat(dials.succeeded).isEmpty();
    assertThat(socket.flightLimitNanos()).as("the connect timeout").isEqualTo(5_000 * MILLI);
    socket.firstFlightEnds(35 * MILLI, null);
    assertThat(dials.events).last().isEqualTo("0 connected .1 after 35");
    assertThat(dials.succeeded).containsExactly(1);
    assertThat(dials.failed).isEmpty();
  }

  @Test
  void aFirstWriteWithoutAnAnswerIsAFailureOfTheAddress() throws Exception {
    dialled().firstFlightEnds(35 * MILLI, failure(FailureKind.REFUSED));
    assertThat(dials.events).last().isEqualTo("0 failed .1 REFUSED after 35");
    assertThat(dials.failed).containsExactly(1);
    assertThat(dials.succeeded).isEmpty();

    assertThat(dials.run(plain())).as("without it the next time").isEqualTo(1);
    assertThat(dials.transport.last().given())
        .doesNotContainKey(TransportOptions.TCP_FASTOPEN_CONNECT);
  }

  private static TcpInfo info(FastOpenOutcome outcome, long retransmits) {
    return new TcpInfo(
        TcpState.ESTABLISHED,
        true,
        true,
        true,
        false,
        7,
        7,
        outcome,
        200_000,
        1_448,
        536,
        0,
        0,
        0,
        0,
        100,
        50,
        10,
        retransmits);
  }

  private boolean asksAfter(FastOpenOutcome outcome, long retransmits) throws IOException {
    ScriptedSocket socket = dialled();
    assertThat(socket.given()).containsKey(TransportOptions.TCP_FASTOPEN_CONNECT);
    socket.tells(info(outcome, retransmits));
    socket.firstFlightEnds(35 * MILLI, null);
    dials.run(plain());
    return dials.transport.last().given().containsKey(TransportOptions.TCP_FASTOPEN_CONNECT);
  }

  @Test
  void aSynThatHadToBeRepeatedIsRememberedUnlessItsDataWasTaken() throws Exception {
    assertThat(asksAfter(FastOpenOutcome.ACCEPTED, 3)).isTrue();
    assertThat(asksAfter(FastOpenOutcome.NOT_USED, 0)).isTrue();
    assertThat(asksAfter(FastOpenOutcome.NOT_USED, 1)).isFalse();
  }

  @Test
  void anAddressWithoutACookieIsJudgedWhenItHasConnected() throws Exception {
    dials.connects(1, 1_200);
    dials.in(5, () -> dials.transport.last().tells(info(FastOpenOutcome.NOT_USED, 1)));
    dials.resolvesTo(1);
    assertThat(dials.run(plain())).isEqualTo(1);
    dials.run(plain());
    assertThat(dials.transport.last().given())
        .doesNotContainKey(TransportOptions.TCP_FASTOPEN_CONNECT);
  }

  @Test
  void anAddressThatRefusesAnOrdinarySynWithTheOptionIsRemembered() throws Exception {
    dials.refuses(1, 5);
    assertThat(dials.run(plain())).isEqualTo(2);
    dials.transport.takesFastOpen(address(1));
    assertThat(dialled().given()).doesNotContainKey(TransportOptions.TCP_FASTOPEN_CONNECT);
  }

  @Test
  void whatThisSideEndedSaysNothing() throws Exception {
    for (FailureKind ours : List.of(FailureKind.CLOSED, FailureKind.INTERRUPTED)) {
      dialled().firstFlightEnds(35 * MILLI, failure(ours));
      assertThat(dials.events).last().isEqualTo("0 cancelled .1 after 35");
    }
    assertThat(dials.failed).isEmpty();
    assertThat(dials.succeeded).isEmpty();
  }

  @Test
  void aDialAheadAsksForNoFastOpen() throws Exception {
    assertThat(dials.run(connector.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.transport.last().given())
        .doesNotContainKey(TransportOptions.TCP_FASTOPEN_CONNECT);
    assertThat(dials.events).last().isEqualTo("0 connected .1 after 0");
  }

  @Test
  void onlyTheFirstAttemptOfADialAsks() throws Exception {
    dials.refuses(1, 5);
    dials.transport.takesFastOpen(address(2));
    assertThat(dials.run(plain())).isEqualTo(2);
    List<ScriptedSocket> sockets = dials.transport.opened();
    assertThat(sockets.get(0).given()).containsKey(TransportOptions.TCP_FASTOPEN_CONNECT);
    assertThat(sockets.get(1).given()).doesNotContainKey(TransportOptions.TCP_FASTOPEN_CONNECT);
  }

  // ---- TLS, whose handshake is the first write ----

  @Test
  void aTlsDialTellsOfBothHandshakes() throws Exception {
    dials.tlsMillis.add(80L);
    dials.in(40, () -> dials.transport.last().firstFlightEnds(40 * MILLI, null));
    assertThat(dials.run(connector.dial(TLS))).isEqualTo(1);
    assertThat(dials.events)
        .containsExactly("0 started .1", "40 connected .1 after 40", "80 tls .1 after 80");
    assertThat(dials.succeeded).containsExactly(1);
  }

  @Test
  void aSilentAddressLeavesItsPartOfTheTimeToTheOthers() throws Exception {
    dials.tlsTimeout = Duration.ofSeconds(4);
    connector = dials.connector();
    dials.tlsMillis.addAll(List.of(-2_500L, 20L));
    long[] limit = {0};
    dials.in(1, () -> limit[0] = dials.transport.last().flightLimitNanos());
    dials.in(
        2_500,
        () ->
            dials.transport.last().firstFlightEnds(2_500 * MILLI, failure(FailureKind.TIMED_OUT)));
    assertThat(dials.run(connector.dial(TLS))).isEqualTo(2);
    assertThat(limit[0]).as("half of the connect timeout").isEqualTo(2_500 * MILLI);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "2500 failed .1 TIMED_OUT after 2500",
            "2500 started .2",
            "2510 connected .2 after 10",
            "2530 tls .2 after 20");
    assertThat(dials.failed).containsExactly(1);
  }

  @Test
  void aHandshakeThatOnlyItsCallersTimeEndedIsBegunAnewAndSaysNothing() throws Exception {
    dials.tlsMillis.addAll(List.of(-30L, 20L));
    dials.in(
        30,
        () -> dials.transport.last().firstFlightEnds(30 * MILLI, failure(FailureKind.TIMED_OUT)));
    Dial dial = connector.dial(TLS);
    assertThat(dial.run(dials.within(30))).isEmpty();
    assertThat(dials.transport.opened().get(0).flightLimitNanos())
        .as("the caller's time")
        .isEqualTo(30 * MILLI);
    assertThat(dials.run(dial)).isEqualTo(1);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "30 cancelled .1 after 30",
            "30 started .1",
            "30 connected .1 after 0",
            "50 tls .1 after 20");
    assertThat(dials.failed).isEmpty();
  }
}
