package io.trunkline.pool;

import static io.trunkline.pool.ScriptedPools.ONE;
import static io.trunkline.pool.ScriptedPools.failure;
import static io.trunkline.pool.ScriptedPools.release;
import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a caller is given just as its time ends, or dead: nothing of it is lost. */
class LastMomentTest {
  private ScriptedPools script;
  private ConnectionPools pools;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    script = new ScriptedPools(change);
    pools = script.pools;
  }

  @AfterEach
  void close() throws Exception {
    Thread.interrupted();
    script.close();
    assertThat(script.transport.openSockets()).as("sockets that are left").isZero();
    assertThat(pools.openConnections()).as("places that are left").isZero();
  }

  @Test
  void aConnectionThatComesInTheLastMomentGoesBackToThePool() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection only = script.acquire(ONE);
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          script.pass(Duration.ofMillis(50));
          release(only);
        });
    assertThat(script.refused(ONE, 50).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(only.isIdle()).isTrue();
    assertThat(script.acquire(ONE, 0)).isSameAs(only);
  }

  @Test
  void aConnectionThatComesInTimeIsLeasedToWhoWaitsForIt() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection only = script.acquire(ONE);
    script.whenSomebodyWaitsFor(ONE, () -> release(only));
    assertThat(script.acquire(ONE, 50)).isSameAs(only);
    assertThat(only.isLeased()).isTrue();
    assertThat(only.uses()).isEqualTo(2);
  }

  @Test
  void aTicketThatComesInTheLastMomentGoesToTheNext() throws Exception {
    start(p -> p.maxDialsInFlight(1));
    EndpointPool pool = pools.poolOf(ONE);
    assertThat(pool.room().tryTicket()).isZero();
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          script.pass(Duration.ofMillis(50));
          pool.ticketFailed(null);
        });
    assertThat(script.refused(ONE, 50).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(pool.room().dialling()).isZero();
    assertThat(pools.openConnections()).isZero();
    assertThat(script.counts(ONE).failedDials()).isZero();
  }

  @Test
  void aTicketForADialOfItsOwnGoesBackTheSame() throws Exception {
    start(p -> p.maxDialsInFlight(1));
    EndpointPool pool = pools.poolOf(ONE);
    assertThat(pool.room().tryTicket()).isZero();
    script.whenSomebodyWaitsFor(
        ONE,
        2, // the first look is for how long it waited in the end
        () -> {
          script.pass(Duration.ofMillis(50));
          pool.ticketFailed(null);
        });
    ConnectionFailure failure = failure(() -> script.unpooled(ONE, 50).run());
    assertThat(failure.kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(pool.room().dialling()).isZero();
    assertThat(script.transport.opened()).isEmpty();
  }

  @Test
  void anInterruptEndsTheWaitAndLosesNothing() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection only = script.acquire(ONE);
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          script.pass(Duration.ofMillis(20));
          Thread.currentThread().interrupt();
        });
    ConnectionFailure failure = script.refused(ONE, 50);
    assertThat(failure.kind()).isEqualTo(FailureKind.INTERRUPTED);
    assertThat(failure.details().elapsed()).isEqualTo(Duration.ofMillis(20));
    assertThat(failure.endpoint()).contains(ONE);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(script.counts(ONE).waiting()).isZero();
    release(only);
    assertThat(script.acquire(ONE, 0)).isSameAs(only);
  }

  @Test
  void aDeadConnectionThatIsHandedOverBecomesADial() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection only = script.acquire(ONE);
    release(only);
    assertThat(script.acquire(ONE)).isSameAs(only);
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          release(only);
          script.transport.last().peerCloses();
          script.transport.last().close();
        });
    PooledConnection next = script.acquire(ONE, 50);
    assertThat(next).isNotSameAs(only);
    assertThat(next.isLeased()).isTrue();
    assertThat(pools.openConnections()).isEqualTo(1);
  }

  @Test
  void whoeverGetsAnErrorFromTheCloseOfADeadOneWaitsNoMore() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection only = script.acquire(ONE);
    Error broken = new Error("on its way");
    script.whenClosed(
        () -> {
          script.whenClosed(() -> {});
          throw broken;
        });
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          release(only);
          script.transport.last().peerCloses();
          script.transport.last().close();
        });
    assertThat(thrownBy(() -> script.acquire(ONE, 50))).isSameAs(broken);
    assertThat(pools.poolOf(ONE).room().waiting()).isZero();
    assertThat(pools.poolOf(ONE).room().dialling()).isZero();
    assertThat(pools.openConnections()).isZero();
    assertThat(script.acquire(ONE, 50).isLeased()).isTrue();
  }
}
