package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** JVMs that live at once and are measured in turns. */
@Timeout(60)
class JvmContenderTest {
  private static final int WARM_UPS = 3;
  private static final int WARM_UP_TURNS = 2;
  private static final int TURNS = 2;

  private List<ProcessHandle> before;

  @BeforeEach
  void lookAround() {
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured, so others may run
    before = ProcessHandle.current().descendants().toList();
  }

  /** Of a pool of mere objects: it needs no server. */
  private static JvmContender contender(String pool) throws IOException {
    return new JvmContender(
        new OptionsBuilder()
            .include("\\.AcquireRelease\\.")
            .param("pool", pool)
            .param("idleConnections", "8")
            .param("endpoints", "1")
            .param("holdMicros", "0")
            .forks(1)
            .warmupIterations(WARM_UPS)
            .warmupTime(TimeValue.milliseconds(20))
            .measurementIterations(TURNS)
            .measurementTime(TimeValue.milliseconds(20))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .addProfiler(TurnTaker.class),
        WARM_UPS - WARM_UP_TURNS,
        turn -> new Cost(turn.getPrimaryResult().getScore(), 0, 0, 0));
  }

  private List<ProcessHandle> started() {
    return ProcessHandle.current()
        .descendants()
        .filter(each -> !before.contains(each))
        .collect(Collectors.toList());
  }

  @Test
  void theyWaitWhileAnotherOneHasItsTurn() throws Exception {
    try (JvmContender one = contender("hikari-bag");
        JvmContender other = contender("stormpot")) {
      one.warmUp();
      other.warmUp();
      assertThat(started()).hasSize(2);
      for (int turn = 0; turn < WARM_UP_TURNS; turn++) {
        one.takeWarmUpTurn();
        other.takeWarmUpTurn();
      }
      for (int turn = 0; turn < TURNS; turn++) {
        one.takeTurn();
        other.takeTurn();
      }
      for (JvmContender each : List.of(one, other)) {
        assertThat(each.costs())
            .hasSize(TURNS)
            .allSatisfy(cost -> assertThat(cost.nanos()).isBetween(1.0, 1e6));
      }
    }
    awaitEndOfAll();
  }

  @Test
  void theTurnsOfARoundGoTogether() {
    List<Cost> turns =
        IntStream.rangeClosed(1, 6).mapToObj(turn -> new Cost(turn, 10 * turn, 0, 0)).toList();

    assertThat(Rounds.byRound(turns, 3))
        .containsExactly(new Cost(1.5, 15, 0, 0), new Cost(3.5, 35, 0, 0), new Cost(5.5, 55, 0, 0));
  }

  @Test
  void whoGetsNoMoreTurnsEnds() throws Exception {
    try (JvmContender contender = contender("hikari-bag")) {
      contender.warmUp();
      contender.takeTurn();
      assertThat(started()).hasSize(1);
    }
    awaitEndOfAll();
  }

  @Test
  void aBenchmarkThatFailsIsToldAtOnce() throws Exception {
    try (JvmContender contender = contender("no-such-pool")) {
      assertThatThrownBy(contender::warmUp).hasStackTraceContaining("no-such-pool");
    }
    awaitEndOfAll();
  }

  private void awaitEndOfAll() throws Exception {
    for (ProcessHandle each : started()) {
      each.onExit().get(20, TimeUnit.SECONDS);
    }
  }
}
