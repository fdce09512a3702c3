package io.trunkline.pool;

import static io.trunkline.pool.ScriptedPools.ONE;
import static io.trunkline.pool.ScriptedPools.TWO;
import static io.trunkline.pool.ScriptedPools.failure;
import static io.trunkline.pool.ScriptedPools.release;
import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.EndpointCounts;
import io.trunkline.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pools of a manager as their callers see them: leases, ends, warming up, forgetting. */
class ConnectionPoolsTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  private ScriptedPools script;
  private ConnectionPools pools;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    start(change, BreakerSettings.builder().enabled(false).build());
  }

  private void start(UnaryOperator<PoolSettings.Builder> change, BreakerSettings breaker) {
    script = new ScriptedPools(change, breaker);
    pools = script.pools;
  }

  @AfterEach
  void close() throws Exception {
    Thread.interrupted();
    script.close();
    assertThat(script.transport.openSockets()).as("sockets that are left").isZero();
    assertThat(pools.openConnections()).as("places that are left").isZero();
  }

  // ---- leases ----

  @Test
  void eachLeaseIsToldWithItsTimes() throws Exception {
    start(p -> p);
    script.connects(1, 30);
    PooledConnection first = script.acquire(ONE);
    script.pass(Duration.ofMillis(70));
    release(first);
    PooledConnection again = script.acquire(ONE);
    assertThat(again).isSameAs(first);
    again.discard();
    assertThat(script.told)
        .containsExactly(
            "acquired after 30",
            "released after 70",
            "acquired after 0, again",
            "released after 0",
            "closed DISCARDED after 70");
  }

  @Test
  void aRefusedDialIsItsCallersFailureAndGivesItsPlaceBack() {
    start(p -> p);
    script.refuses(1, 20);
    assertThat(script.refused(ONE, 1_000).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(script.told).containsExactly("not acquired after 20");
    assertThat(script.counts(ONE).failedDials()).isEqualTo(1);
    assertThat(script.counts(ONE).dialling()).isZero();
    assertThat(pools.openConnections()).isZero();
  }

  @Test
  void aDialThatItsCallerLeavesIsFinishedByAWorker() throws Exception {
    start(p -> p);
    script.connects(1, 300);
    Runnable go = script.holdWork();
    ConnectionFailure failure = script.refused(ONE, 100);
    assertThat(failure.kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(failure.details().elapsed()).isEqualTo(Duration.ofMillis(100));
    assertThat(script.counts(ONE).dialling()).isEqualTo(1);
    go.run();
    script.finishWork();
    assertThat(script.counts(ONE).idle()).isEqualTo(1);
    assertThat(script.counts(ONE).dialling()).isZero();
    assertThat(script.transport.opened()).hasSize(1);
  }

  @Test
  void aDialThatNoWorkerWillFinishIsGivenUp() throws Exception {
    start(p -> p);
    script.workers.close();
    script.connects(1, 300);
    assertThat(script.refused(ONE, 100).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    assertThat(script.counts(ONE).dialling()).isZero();
    assertThat(script.transport.openSockets()).isZero();
    assertThat(pools.openConnections()).isZero();
  }

  @Test
  void whatAnInitializerThrowsEndsTheConnection() throws Exception {
    start(p -> p);
    script.opener(
        (connection, deadline) -> {
          throw new IOException("no such user");
        });
    assertThatThrownBy(() -> script.acquire(ONE)).hasMessage("no such user");
    assertThat(script.counts(ONE).failedDials()).isEqualTo(1);
    script.opener(
        (connection, deadline) -> {
          throw new IllegalStateException("a bug");
        });
    assertThatThrownBy(() -> script.acquire(ONE)).hasMessage("a bug");
    assertThat(script.counts(ONE).failedDials()).as("that is no failure of it").isEqualTo(1);
    assertThat(script.counts(ONE).discarded()).isEqualTo(2);
    assertThat(script.transport.openSockets()).isZero();
  }

  @Test
  void anInitializerHasWhatIsLeftOfTheShorterTime() throws Exception {
    start(p -> p);
    script.connects(1, 30);
    AtomicReference<Deadline> given = new AtomicReference<>();
    script.opener((connection, deadline) -> given.set(deadline));
    release(script.acquire(ONE, 100));
    assertThat(given.get().remainingNanos()).isEqualTo(Duration.ofMillis(70).toNanos());
    script.acquire(ONE);
    script.acquire(ONE, 100_000);
    assertThat(given.get().remainingNanos()).isEqualTo(Duration.ofMillis(4_970).toNanos());
  }

  @Test
  void leasesRecordTheirStackWhereTheSettingsSaySo() throws Exception {
    start(p -> p.leakStacks(true));
    PooledConnection dialled = script.acquire(ONE);
    assertThat(dialled.acquiredAt()).isNotNull();
    assertThat(dialled.uses()).isEqualTo(1);
  }

  // ---- refusals ----

  @Test
  void anOpenBreakerRefusesAtOnceAndSaysSinceWhen() throws Exception {
    start(p -> p, BreakerSettings.builder().minimumDials(2).build());
    script.refuses(1, 10);
    script.refused(ONE, 1_000);
    script.refused(ONE, 1_000);
    ConnectionFailure failure = script.refused(ONE, 1_000);
    assertThat(failure.kind()).isEqualTo(FailureKind.BREAKER_OPEN);
    assertThat(script.told).last().isEqualTo("not acquired after 0");
    assertThat(failure(() -> script.unpooled(ONE, 50).run()).kind())
        .isEqualTo(FailureKind.BREAKER_OPEN);
    assertThat(failure(() -> pools.warmUp(ONE, 1, 1_000_000)).kind())
        .isEqualTo(FailureKind.BREAKER_OPEN);
    pools.answered(ONE);
    script.connects(1, 0);
    assertThat(script.acquire(ONE).isLeased()).isTrue();
    pools.answered(TWO); // nobody knows it
  }

  @Test
  void afterTheEndNobodyGetsAnything() throws Exception {
    start(p -> p);
    PooledConnection out = script.acquire(ONE);
    release(script.acquire(ONE));
    pools.close(Deadline.afterNanos(script.time, 0));
    assertThat(script.told).last().isEqualTo("closed MANAGER_CLOSED after 0");
    assertThat(out.isClosed()).isTrue();
    assertThat(script.refused(ONE, 50).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(script.refused(TWO, 50).kind()).isEqualTo(FailureKind.CLOSED);
    pools.meet(TWO);
    assertThat(script.transport.opened()).hasSize(2);
  }

  @Test
  void whoWaitsWhileItIsClosedIsToldSo() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    script.acquire(ONE);
    script.whenSomebodyWaitsFor(
        ONE,
        () -> {
          try {
            pools.close(Deadline.afterNanos(script.time, 0));
          } catch (InterruptedException impossible) {
            throw new IllegalStateException(impossible);
          }
        });
    assertThat(script.refused(ONE, 50).kind()).isEqualTo(FailureKind.CLOSED);
  }

  // ---- ends ----

  @Test
  void aDrainIsOfOneEndpointAndTold() throws Exception {
    start(p -> p);
    release(script.acquire(ONE));
    release(script.acquire(TWO));
    script.takeTold();
    pools.drain(ONE);
    pools.drain(ScriptedPools.endpoint(9));
    assertThat(script.told).containsExactly("drained", "closed DRAINED after 0");
    assertThat(script.counts(TWO).idle()).isEqualTo(1);
    assertThat(script.acquire(ONE).isLeased()).as("a new one").isTrue();
  }

  @Test
  void withdrawnAddressesAreToldOnceEach() throws Exception {
    start(p -> p);
    PooledConnection out = script.acquire(ONE);
    release(script.acquire(ONE));
    script.takeTold();
    pools.addressesChanged(ONE, Set.of(ScriptedPools.address(7)));
    pools.addressesChanged(ONE, Set.of(ScriptedPools.address(8)));
    pools.addressesChanged(TWO, Set.of());
    assertThat(script.takeTold()).containsExactly("drained of 192.0.2.1", "closed DRAINED after 0");
    release(out);
    assertThat(script.told).containsExactly("released after 0", "closed DRAINED after 0");
  }

  // ---- forgetting ----

  @Test
  void anEndpointIsForgottenTenMinutesAfterItsLastUse() throws Exception {
    start(p -> p.idleTimeout(Duration.ofSeconds(32)));
    release(script.acquire(ONE));
    script.pass(Duration.ofMinutes(2));
    assertThat(script.takeTold()).last().asString().startsWith("closed IDLE_TIMEOUT");
    script.pass(TEN_MINUTES.minus(Duration.ofMinutes(2)));
    assertThat(pools.knows(ONE)).as("its time runs from the end of its connection").isTrue();
    script.pass(Duration.ofSeconds(36));
    assertThat(script.told).containsExactly("forgotten");
    assertThat(pools.knows(ONE)).isFalse();
    assertThat(pools.counts()).isEmpty();
    assertThat(script.time.scheduledCount()).isZero();
    assertThat(script.acquire(ONE).isLeased()).isTrue();
  }

  @Test
  void anEndpointWithAConnectionIsNotForgottenHoweverLongThatLives() throws Exception {
    start(p -> p.idleTimeout(Duration.ZERO).maxLifetime(Duration.ZERO));
    PooledConnection out = script.acquire(ONE);
    script.pass(Duration.ofHours(3));
    assertThat(pools.knows(ONE)).isTrue();
    out.discard();
    script.pass(TEN_MINUTES.minus(MILLI));
    assertThat(pools.knows(ONE)).isTrue();
    script.pass(MILLI);
    assertThat(pools.knows(ONE)).isFalse();
  }

  @Test
  void anEndpointThatWasOnlyMetIsForgottenToo() throws Exception {
    start(p -> p);
    pools.meet(ONE);
    assertThat(pools.knows(ONE)).isTrue();
    script.pass(TEN_MINUTES);
    assertThat(script.told).containsExactly("forgotten");
  }

  @Test
  void whoComesToAForgottenPoolAsksForItAgain() throws Exception {
    start(p -> p);
    EndpointPool old = pools.poolOf(ONE);
    script.pass(TEN_MINUTES);
    Waiter late = new Waiter(true);
    old.room().enter(late);
    assertThat(late.outcome()).isSameAs(Waiter.FORGOTTEN);
    EndpointPool present = pools.poolOf(ONE);
    assertThat(present).isNotSameAs(old);
    pools.forgotten(old);
    assertThat(pools.poolOf(ONE)).as("another one").isSameAs(present);
    pools.forgotten(present);
    assertThat(pools.knows(ONE)).isFalse();
  }

  @Test
  void aPoolThatIsForgottenWhileACallerComesIsMadeAnew() throws Exception {
    start(p -> p);
    AtomicReference<EndpointPool> old = new AtomicReference<>();
    AtomicReference<PooledConnection> got = new AtomicReference<>();
    script.time.schedule( // before the look that would remove it
        TEN_MINUTES.toNanos(),
        () -> {
          assertThat(old.get().room().tryForget()).isZero();
          assertThat(thrownBy(() -> got.set(script.acquire(ONE)))).isNull();
        });
    old.set(pools.poolOf(ONE));
    script.pass(TEN_MINUTES);
    assertThat(got.get().isLeased()).isTrue();
    assertThat(got.get().pool).isNotSameAs(old.get());
    assertThat(pools.poolOf(ONE)).isSameAs(got.get().pool);
  }

  // ---- numbers ----

  @Test
  void theNumbersOfAnEndpointAddUp() throws Exception {
    start(p -> p.maxPerEndpoint(5).idleTimeout(Duration.ofSeconds(32)));
    PooledConnection one = script.acquire(ONE);
    PooledConnection two = script.acquire(ONE);
    PooledConnection three = script.acquire(ONE);
    release(one);
    script.acquire(ONE); // one, again
    two.discard();
    release(three);
    script.refuses(1, 0);
    release(script.acquire(ONE)); // three, again
    PooledConnection again = script.acquire(ONE);
    assertThat(again).isSameAs(three);
    script.refused(ONE, 50);
    assertThat(pools.poolOf(ONE).room().tryTicket()).isZero();
    assertThat(script.counts(ONE))
        .isEqualTo(new EndpointCounts(2, 0, 1, 0, 5, 6, 3, 3, 1, 0, 1, 0));
    release(three);
    script.pass(Duration.ofSeconds(35));
    assertThat(script.counts(ONE))
        .isEqualTo(new EndpointCounts(1, 0, 1, 0, 5, 6, 3, 3, 1, 1, 1, 0));
    assertThat(pools.openConnections()).as("the dial has a place, too").isEqualTo(2);
    pools.poolOf(ONE).ticketFailed(null);
  }

  @Test
  void anEndpointIsInUseWhileItHasAConnectionOrADial() throws Exception {
    start(p -> p);
    assertThat(pools.isInUse(ONE)).isFalse();
    pools.meet(ONE);
    assertThat(pools.isInUse(ONE)).isFalse();
    PooledConnection connection = script.acquire(ONE);
    assertThat(pools.isInUse(ONE)).isTrue();
    assertThat(pools.load(ONE, ScriptedPools.address(1))).isEqualTo(1);
    assertThat(pools.load(ONE, ScriptedPools.address(2))).isZero();
    assertThat(pools.load(TWO, ScriptedPools.address(2))).isZero();
    assertThat(pools.snapshots(endpoint -> List.of())).hasSize(1);
    connection.discard();
    assertThat(pools.isInUse(ONE)).isFalse();
    assertThat(pools.poolOf(ONE).room().tryTicket()).isZero();
    assertThat(pools.isInUse(ONE)).isTrue();
    pools.poolOf(ONE).ticketFailed(null);
  }

  @Test
  void anEndpointHasOneRetryBudget() throws Exception {
    start(p -> p);
    assertThat(pools.retryBudget(ONE)).isSameAs(pools.retryBudget(ONE));
    assertThat(pools.retryBudget(ONE)).isNotSameAs(pools.retryBudget(TWO));
  }
}
