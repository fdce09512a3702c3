package io.trunkline.pool;

import static io.trunkline.pool.ScriptedPools.ONE;
import static io.trunkline.pool.ScriptedPools.failure;
import static io.trunkline.pool.ScriptedPools.release;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureKind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that are dialled before anybody wants them. */
class WarmUpTest {
  private static final long LONG_NANOS = Duration.ofSeconds(10).toNanos();

  private ScriptedPools script;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    script = new ScriptedPools(change);
  }

  @AfterEach
  void close() throws Exception {
    Thread.interrupted();
    script.close();
    assertThat(script.transport.openSockets()).as("sockets that are left").isZero();
  }

  // ---- when it is asked for ----

  @Test
  void asManyAreOpenedAsAreWantedAndThoseThatAreThereCount() throws Exception {
    start(p -> p.maxDialsInFlight(2));
    release(script.acquire(ONE));
    assertThat(script.pools.warmUp(ONE, 4, LONG_NANOS)).isEqualTo(4);
    assertThat(script.counts(ONE).idle()).isEqualTo(4);
    assertThat(script.pools.warmUp(ONE, 3, LONG_NANOS)).as("all there are").isEqualTo(4);
    assertThat(script.transport.opened()).hasSize(4);
  }

  @Test
  void noMoreAreOpenedThanTheCapsAllow() throws Exception {
    start(p -> p.maxPerEndpoint(3).maxTotal(2));
    assertThat(script.pools.warmUp(ONE, 10, LONG_NANOS)).isEqualTo(2);
    assertThat(script.transport.opened()).hasSize(2);
  }

  @Test
  void aFailureEndsItAndIsThrownOnlyWhereNoneIsOpen() throws Exception {
    start(p -> p);
    script.refuses(1, 0);
    assertThat(failure(() -> script.pools.warmUp(ONE, 2, LONG_NANOS)).kind())
        .isEqualTo(FailureKind.REFUSED);
    assertThat(script.transport.opened()).as("one round").hasSize(2);
    script.connects(1, 0);
    release(script.acquire(ONE));
    script.refuses(1, 0);
    assertThat(script.pools.warmUp(ONE, 2, LONG_NANOS)).isEqualTo(1);
  }

  @Test
  void aDefectOfAnInitializerIsThrown() {
    start(p -> p);
    script.opener(
        (connection, deadline) -> {
          throw new IllegalStateException("a bug");
        });
    assertThatThrownBy(() -> script.pools.warmUp(ONE, 1, LONG_NANOS)).hasMessage("a bug");
  }

  @Test
  void itsTimeBoundsItAndWhatIsUnderWayIsFinished() throws Exception {
    start(p -> p);
    Runnable go = script.holdWork();
    assertThat(script.pools.warmUp(ONE, 1, Duration.ofMillis(20).toNanos())).isZero();
    assertThat(script.counts(ONE).dialling()).isEqualTo(1);
    go.run();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(1);
    assertThat(script.pools.warmUp(ONE, 5, 0)).as("without time").isEqualTo(1);
  }

  @Test
  void anInterruptEndsTheWaitForIt() {
    start(p -> p);
    Runnable go = script.holdWork();
    Thread.currentThread().interrupt();
    assertThat(failure(() -> script.pools.warmUp(ONE, 1, LONG_NANOS)).kind())
        .isEqualTo(FailureKind.INTERRUPTED);
    assertThat(Thread.interrupted()).isTrue();
    go.run();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(1);
  }

  // ---- the minimum that is kept ----

  @Test
  void theMinimumIsKeptFromTheFirstUseOn() throws Exception {
    start(p -> p.minIdle(2));
    script.pools.meet(ONE);
    script.pass(Duration.ofMinutes(1));
    script.finishWork();
    assertThat(script.transport.opened()).as("nobody uses it").isEmpty();
    PooledConnection out = script.acquire(ONE);
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(2);
    out.discard();
    script.finishWork();
    assertThat(script.transport.opened()).hasSize(3);
  }

  @Test
  void whatIsLostIsDialledAgainAfterTheShortPause() throws Exception {
    start(p -> p.minIdle(2));
    Runnable go = script.holdWork();
    release(script.acquire(ONE));
    go.run();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(2);
    script.pass(Duration.ofSeconds(5));
    script.acquire(ONE).discard();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).as("at once, the pause is over").isEqualTo(2);
    script.acquire(ONE).discard();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).as("a pause after each run").isEqualTo(1);
    script.pass(Duration.ofSeconds(1));
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(2);
  }

  @Test
  void thePauseDoublesWhileDialsFailUpToHalfAMinuteAndBeginsAnewAfterASuccess() throws Exception {
    start(p -> p.minIdle(1));
    PooledConnection out = script.acquire(ONE);
    script.finishWork();
    script.pass(Duration.ofSeconds(3)); // the pause after the first run
    script.refuses(1, 0);
    List<Long> seconds = new ArrayList<>();
    int before = script.transport.opened().size();
    script.acquire(ONE).discard();
    for (long second = 0; second < 125; second++) {
      script.finishWork();
      int dials = script.transport.opened().size();
      for (; before < dials; before++) {
        seconds.add(second);
      }
      script.pass(Duration.ofSeconds(1));
    }
    assertThat(seconds).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 61L, 91L, 121L);
    script.connects(1, 0);
    script.pass(Duration.ofSeconds(30));
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(1);
    script.pass(Duration.ofSeconds(30));
    script.finishWork();
    script.acquire(ONE).discard();
    script.finishWork();
    script.acquire(ONE).discard();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isZero();
    script.pass(Duration.ofSeconds(1));
    script.finishWork();
    assertThat(script.counts(ONE).idle()).as("the short pause again").isEqualTo(1);
    out.discard();
  }

  @Test
  void aBrokenInitializerIsTriedAgainInItsTime() throws Exception {
    start(p -> p.minIdle(1));
    script.opener(
        (connection, deadline) -> {
          if (!deadline.hasPassed()) {
            throw new IOException("not now");
          }
        });
    assertThatThrownBy(() -> script.acquire(ONE)).hasMessage("not now");
    script.finishWork();
    assertThat(script.transport.opened()).hasSize(2);
    script.opener((connection, deadline) -> {});
    script.pass(Duration.ofSeconds(1));
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(1);
  }
}
