package io.trunkline.pool;

import static io.trunkline.pool.ScriptedPools.ONE;
import static io.trunkline.pool.ScriptedPools.failure;
import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.BreakerSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Background;
import io.trunkline.transport.TransportSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Dials of connections outside of the pool, on a clock that stands still. */
class ScriptedUnpooledDialTest {
  private static final long MILLI = 1_000_000;
  private static final long FOREVER_MILLIS = 1_000_000;

  private final ScriptedPools script =
      new ScriptedPools(
          p -> p.maxDialsInFlight(1), BreakerSettings.builder().minimumDials(1).build());

  @AfterEach
  void close() throws Exception {
    Thread.interrupted();
    assertThat(script.pools.poolOf(ONE).room().dialling()).as("tickets that are left").isZero();
    assertThat(script.pools.poolOf(ONE).room().waiting()).isZero();
    assertThat(script.pools.openConnections()).as("places that were taken").isZero();
    assertThat(script.transport.openSockets()).as("sockets that are left").isZero();
    script.close();
  }

  private boolean breakerRefuses() throws Exception {
    return script.pools.poolOf(ONE).breaker().refuses();
  }

  @Test
  void itsConnectionIsItsCallersAndCountsForNoPool() throws Exception {
    script.connects(1, 20);
    try (TransportSocket socket = script.unpooled(ONE, FOREVER_MILLIS).run()) {
      assertThat(socket.isConnected()).isTrue();
      assertThat(script.counts(ONE).handshakes()).isZero();
      assertThat(script.counts(ONE).active()).isZero();
      assertThat(script.counts(ONE).dialling()).isZero();
    }
  }

  @Test
  void itsFailureCountsAndTheNextMayDial() throws Exception {
    script.refuses(1, 20);
    assertThat(failure(() -> script.unpooled(ONE, FOREVER_MILLIS).run()).kind())
        .isEqualTo(FailureKind.REFUSED);
    assertThat(script.counts(ONE).failedDials()).isEqualTo(1);
    assertThat(breakerRefuses()).isTrue();
  }

  @Test
  void aLimitOfItsCallersSaysNothingAgainstTheEndpointAndTheConnectTimeoutDoes() throws Exception {
    script.connects(1, 60_000);
    ConnectionFailure cutShort = failure(() -> script.unpooled(ONE, 100).run());
    assertThat(cutShort.kind()).isEqualTo(FailureKind.TIMED_OUT);
    assertThat(cutShort.details().elapsed()).isLessThanOrEqualTo(Duration.ofMillis(100));
    assertThat(breakerRefuses()).isFalse();
    assertThat(failure(() -> script.unpooled(ONE, FOREVER_MILLIS).run()).kind())
        .isEqualTo(FailureKind.TIMED_OUT);
    assertThat(breakerRefuses()).isTrue();
  }

  @Test
  void aCancelCountsForNothingWheneverItComes() throws Exception {
    script.connects(1, 500);
    UnpooledDial before = script.unpooled(ONE, FOREVER_MILLIS);
    before.cancel();
    assertThat(failure(before::run).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(script.transport.opened()).isEmpty();

    UnpooledDial dialling = script.unpooled(ONE, FOREVER_MILLIS);
    script.time.schedule(100 * MILLI, dialling::cancel);
    assertThat(failure(dialling::run).kind()).isEqualTo(FailureKind.CLOSED);

    EndpointPool pool = script.pools.poolOf(ONE);
    assertThat(pool.room().tryTicket()).isZero();
    UnpooledDial waiting = script.unpooled(ONE, FOREVER_MILLIS);
    script.whenSomebodyWaitsFor(ONE, waiting::cancel);
    ConnectionFailure cancelled = failure(waiting::run);
    assertThat(cancelled.kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(cancelled.phase()).isEqualTo(FailurePhase.ACQUIRE);
    assertThat(cancelled.endpoint()).contains(ONE);
    pool.ticketFailed(null);
    assertThat(script.counts(ONE).failedDials()).isZero();
    assertThat(breakerRefuses()).isFalse();
  }

  @Test
  void aCancelWhileTheDialIsBeingBegunIsNotLost() throws Exception {
    AtomicReference<UnpooledDial> self = new AtomicReference<>();
    self.set(
        script.pools.unpooled(
            ONE,
            FOREVER_MILLIS * MILLI,
            left -> {
              self.get().cancel();
              return script.connector.dial(ONE);
            }));
    assertThat(failure(self.get()::run).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(script.transport.opened()).isEmpty();
  }

  @Test
  void anInterruptCountsForNothing() throws Exception {
    script.connects(1, 500);
    Thread current = Thread.currentThread();
    script.time.schedule(100 * MILLI, () -> Background.interruptFromElsewhere(current));
    assertThat(failure(() -> script.unpooled(ONE, FOREVER_MILLIS).run()).kind())
        .isEqualTo(FailureKind.INTERRUPTED);
    assertThat(script.counts(ONE).failedDials()).isZero();
    assertThat(breakerRefuses()).isFalse();
  }

  @Test
  void theWaitForLeaveEndsWithTheAcquireTimeoutAndTheDialGetsWhatIsLeft() throws Exception {
    EndpointPool pool = script.pools.poolOf(ONE);
    assertThat(pool.room().tryTicket()).isZero();
    script.whenSomebodyWaitsFor(ONE, 2, () -> script.pass(Duration.ofSeconds(10)));
    assertThat(failure(() -> script.unpooled(ONE, FOREVER_MILLIS).run()).kind())
        .isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    AtomicReference<Long> leftNanos = new AtomicReference<>();
    UnpooledDial second =
        script.pools.unpooled(
            ONE,
            5_000 * MILLI,
            left -> {
              leftNanos.set(left);
              throw new IllegalStateException("a bug");
            });
    script.whenSomebodyWaitsFor(
        ONE,
        2,
        () -> {
          script.pass(Duration.ofSeconds(2));
          pool.ticketFailed(null);
        });
    assertThatThrownBy(second::run).hasMessage("a bug");
    assertThat(leftNanos.get()).isEqualTo(3_000 * MILLI);
  }

  @Test
  void whereItsPoolWasForgottenMeanwhileItAsksForItAgain() throws Exception {
    AtomicReference<EndpointPool> old = new AtomicReference<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Duration forgetAfter = Duration.ofMinutes(10);
    script.time.schedule( // before the look that would remove it
        forgetAfter.toNanos(),
        () -> {
          assertThat(old.get().room().tryForget()).isZero();
          thrown.set(thrownBy(() -> script.unpooled(ONE, FOREVER_MILLIS).run().close()));
        });
    old.set(script.pools.poolOf(ONE));
    script.pass(forgetAfter);
    assertThat(thrown.get()).isNull();
    assertThat(script.pools.poolOf(ONE)).isNotSameAs(old.get());
  }
}
