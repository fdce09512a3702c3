package io.trunkline.connect;

import static io.trunkline.connect.ScriptedDials.PLAIN;
import static io.trunkline.connect.ScriptedDials.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When which address is tried, who wins, and what is told of it, to the millisecond. */
class ConnectRaceTest {
  private final ScriptedDials dials = new ScriptedDials();

  private List<String> starts() {
    return dials.events.stream().filter(each -> each.contains("started")).toList();
  }

  private void resolvesToMany(int count) {
    dials.resolvesTo(IntStream.rangeClosed(1, count).toArray());
  }

  // ---- the delay ----

  @Test
  void eachAddressBeginsOneDelayAfterTheOneBefore() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.connects(3, 10);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(3);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "250 started .2",
            "500 started .3",
            "510 connected .3 after 10",
            "510 cancelled .1 after 510",
            "510 cancelled .2 after 260");
    assertThat(dials.transport.openSockets()).isEqualTo(1);
    assertThat(dials.succeeded).containsExactly(3);
  }

  @Test
  void anAddressThatAnswersWithinTheDelayIsTheOnlyOneTried() throws Exception {
    dials.resolvesTo(1, 2);
    dials.connects(1, 249);
    dials.connects(2, 0);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.events).containsExactly("0 started .1", "249 connected .1 after 249");
    assertThat(dials.failed).isEmpty();
  }

  @Test
  void theTimeOfASlowListenerIsNeitherOfTheHandshakeNorOfAHeadStart() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.refuses(1, 300);
    dials.connects(3, 10);
    dials.telling = Duration.ofMillis(400);
    Dial dial = dials.dial(PLAIN);
    assertThat(dials.run(dial)).isEqualTo(3);
    assertThat(dial.timings().connectNanos()).isEqualTo(Duration.ofMillis(10).toNanos());
    assertThat(dials.failed).as("the second began 50 ms before").containsExactly(1);
  }

  @Test
  void theKernelIsAskedOfAConnectionOnlyIfSomebodyHearsOfIt() throws Exception {
    dials.resolvesTo(1);
    dials.connects(1, 20);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.transport.last().infoAsked()).isOne();

    dials.hearsConnects = false;
    dials.events.clear();
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.transport.last().infoAsked()).isZero();
    assertThat(dials.events).containsExactly("20 started .1");
  }

  @Test
  void aFailureBeginsTheNextAtOnceAndItsDelayRunsFromThen() throws Exception {
    dials.resolvesTo(1, 2, 3, 4);
    dials.refuses(1, 100);
    dials.connects(4, 0);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(4);
    assertThat(dials.events)
        .startsWith("0 started .1", "100 failed .1 REFUSED after 100", "100 started .2")
        .contains("350 started .3", "600 started .4", "600 connected .4 after 0");
  }

  @Test
  void aFailureBesideOthersBeginsTheNextAtOnce() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.refuses(1, 300);
    dials.connects(3, 10);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(3);
    assertThat(starts()).containsExactly("0 started .1", "250 started .2", "300 started .3");
  }

  @Test
  void theLastAddressHasHalfOfTheTimeWhereTheDelayIsLong() throws Exception {
    dials.settings.timeout(Duration.ofSeconds(2)).attemptDelay(Duration.ofSeconds(2));
    dials.resolvesTo(1, 2, 3);
    dials.connects(3, 999);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(3);
    assertThat(starts()).containsExactly("0 started .1", "500 started .2", "1000 started .3");
  }

  @Test
  void howeverManyThereAreTheyDoNotFollowEachOtherFasterThanTenMilliseconds() {
    dials.settings.timeout(Duration.ofMillis(50));
    resolvesToMany(10);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertThat(starts())
        .containsExactly(
            "0 started .1", "10 started .2", "20 started .3", "30 started .4", "40 started .5");
    assertThat(failure.details().message()).contains("not tried: 5 more");
  }

  @Test
  void noMoreAreUnderWayThanTheTransportCanWaitForAndOneThatFailsMakesRoom() {
    int most = Transport.MOST_AWAITED;
    dials.settings.attemptDelay(Duration.ofMillis(10));
    resolvesToMany(most + 2);
    dials.refuses(1, 3_000);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertThat(starts()).hasSize(most + 1).last().isEqualTo("3000 started ." + (most + 1));
    assertThat(failure.details().message()).contains("not tried: 1 more");
    assertThat(dials.now()).isEqualTo(5_000);
  }

  // ---- what the order learns ----

  @Test
  void whoWasOvertakenInSpiteOfItsHeadStartIsTriedLaterNextTime() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.refuses(1, 300);
    dials.connects(3, 20); // begins 50 ms after the second, which is no head start
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(3);
    assertThat(dials.failed).containsExactly(1);

    ScriptedDials late = new ScriptedDials();
    late.resolvesTo(1, 2, 3);
    late.connects(2, 0); // at 250: the first had exactly the delay
    assertThat(late.run(late.dial(PLAIN))).isEqualTo(2);
    assertThat(late.failed).containsExactly(1);
  }

  @Test
  void aLateWinnerSaysNothingAgainstThoseThatBeganAfterIt() throws Exception {
    dials.resolvesTo(1, 2);
    dials.connects(1, 400);
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(1);
    assertThat(dials.events).last().isEqualTo("400 cancelled .2 after 150");
    assertThat(dials.failed).isEmpty();
  }

  // ---- failures ----

  @Test
  void allSilentAddressesEndAtTheOneDeadline() {
    dials.resolvesTo(1, 2);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertThat(failure.kind()).isEqualTo(FailureKind.TIMED_OUT);
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "250 started .2",
            "5000 failed .1 TIMED_OUT after 5000",
            "5000 failed .2 TIMED_OUT after 4750");
    assertThat(dials.failed).containsExactly(1, 2);
  }

  @Test
  void aRefusalTellsMoreThanSilence() {
    dials.resolvesTo(1, 2);
    dials.refuses(1, 20);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertThat(failure.kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(failure.address()).contains(address(1));
    assertThat(((IOException) failure).getSuppressed()).hasSize(1);
    assertThat(dials.now()).isEqualTo(5_000);
  }

  @Test
  void theFailureOfASingleAddressIsThrownAsItIs() {
    dials.resolvesTo(1);
    IOException refused =
        Failures.exception(FailureDetails.of(FailureKind.DENIED, FailurePhase.CONNECT));
    dials.transport.fails(address(1), Duration.ofMillis(7), () -> refused);
    assertThat(dials.failure(dials.dial(PLAIN))).isSameAs(refused);
    assertThat(dials.events).last().isEqualTo("7 failed .1 DENIED after 7");
    assertThat(dials.failed).containsExactly(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"DESCRIPTORS_EXHAUSTED", "OUT_OF_BUFFERS"})
  void whatNoOtherAddressCanHelpEndsTheDialAndLeavesWhatIsUnderWay(FailureKind want)
      throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.connects(1, 600);
    Connector connector = dials.connector();
    dials.in(
        100,
        () ->
            dials.transport.refusesToOpen(
                () -> Failures.exception(FailureDetails.of(want, FailurePhase.CONNECT))));
    assertThat(dials.run(connector.dial(PLAIN))).isEqualTo(1);
    assertThat(starts()).as("the third is of no use").hasSize(2);
    assertThat(dials.failed).as("the address is not to blame").isEmpty();

    dials.transport.last().close();
    ConnectionFailure failure = dials.failure(connector);
    assertThat(failure.kind()).isEqualTo(want);
    assertThat(failure.details().message()).contains("not tried: 2 more");
  }

  @Test
  void whatTheJdkThrowsBeforeAnAddressIsReachedGetsAKindAndItsCause() {
    dials.resolvesTo(1);
    Connector connector = dials.connector();
    IOException thrown = new IOException("no such thing");
    dials.transport.refusesToOpen(() -> thrown);
    ConnectionFailure failure = dials.failure(connector);
    assertThat(failure.kind()).isEqualTo(FailureKind.OTHER);
    assertThat(failure.phase()).isEqualTo(FailurePhase.CONNECT);
    assertThat(failure.endpoint()).contains(PLAIN);
    assertThat(failure.address()).contains(address(1));
    assertThat((IOException) failure).hasCause(thrown).hasMessageContaining("no such thing");
  }

  @Test
  void aDeniedAddressGetsNoSocket() throws Exception {
    dials.resolvesTo(1, 2);
    dials.connects(1, 0);
    dials.connects(2, 0);
    dials.guard =
        (endpoint, address) -> {
          if (address.equals(address(1))) {
            throw Failures.exception(
                FailureDetails.of(FailureKind.DENIED_BY_POLICY, FailurePhase.CONNECT));
          }
        };
    assertThat(dials.run(dials.dial(PLAIN))).isEqualTo(2);
    assertThat(dials.transport.opened()).hasSize(1);
    assertThat(dials.failed).as("a rule says nothing of how it does").isEmpty();
  }

  // ---- time ----

  @Test
  void aCallerThatLeavesFindsTheRaceAsItWas() throws Exception {
    dials.resolvesTo(1, 2, 3);
    dials.connects(2, 500);
    Dial dial = dials.dial(PLAIN);
    assertThat(dial.run(dials.within(100))).isEmpty();
    assertThat(dial.run(dials.within(200))).isEmpty();
    assertThat(dials.now()).isEqualTo(300);
    assertThat(dials.run(dial)).isEqualTo(2);
    assertThat(dials.events)
        .startsWith(
            "0 started .1", "250 started .2", "500 started .3", "750 connected .2 after 500");
  }

  @Test
  void oneAddressIsTriedEvenIfTheResolverTookAllTheTime() {
    dials.resolving = Duration.ofSeconds(5);
    dials.resolvesTo(1, 2);
    ConnectionFailure failure = dials.failure(dials.dial(PLAIN));
    assertThat(dials.events).containsExactly("5000 started .1", "5000 failed .1 TIMED_OUT after 0");
    assertThat(failure.details().message()).contains("not tried: 1 more");
  }

  // ---- where addresses are tried in turn ----

  @Test
  void inTurnEachHasAnEqualPartOfWhatIsLeft() {
    dials.transport.cannotRace();
    dials.settings.timeout(Duration.ofSeconds(3));
    dials.resolvesTo(1, 2, 3);
    dials.refuses(1, 300);
    dials.failure(dials.dial(PLAIN));
    assertThat(dials.events)
        .containsExactly(
            "0 started .1",
            "300 failed .1 REFUSED after 300",
            "300 started .2",
            "1650 failed .2 TIMED_OUT after 1350",
            "1650 started .3",
            "3000 failed .3 TIMED_OUT after 1350");
  }
}
