package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.EndpointCounts;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Who is served, refused or forgotten, at the bounds and to the nanosecond. */
class WaitingRoomTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final List<EndpointPool> haveLess = new ArrayList<>();
  private FakeDials dials;
  private EndpointPool pool;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    dials =
        new FakeDials(
            change.apply(PoolSettings.builder().idleTimeout(Duration.ZERO)).build(),
            BreakerSettings.builder().enabled(false).build(),
            endpoint -> {},
            Listeners.NONE,
            haveLess::add);
    pool = dials.pool("host");
    haveLess.clear();
  }

  private Waiter enter(boolean forPool) {
    return enter(pool, forPool);
  }

  private static Waiter enter(EndpointPool at, boolean forPool) {
    Waiter waiter = new Waiter(forPool);
    at.room().enter(waiter);
    return waiter;
  }

  private PooledConnection lease() throws IOException {
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    PooledConnection connection = pool.ticketDone(new FakeSocket());
    connection.leased(false);
    return connection;
  }

  private static FailureKind kind(Waiter waiter) {
    return waiter.outcome() instanceof ConnectionFailure failure ? failure.kind() : null;
  }

  private void passNanos(long nanos) {
    dials.time.advance(Duration.ofNanos(nanos));
  }

  // ---- the bound of the queue ----

  @Test
  void asManyMayWaitAsTheBoundSaysAndTheNextIsRefusedAtOnce() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxDialsInFlight(1).maxPending(2));
    PooledConnection out = lease();
    Waiter first = enter(true);
    Waiter second = enter(true);
    Waiter third = enter(true);
    assertThat(first.outcome()).isNull();
    assertThat(second.outcome()).isNull();
    assertThat(kind(third)).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat((IOException) third.outcome())
        .hasMessageContaining("1 of 1 connections leased")
        .hasMessageContaining("0 idle")
        .hasMessageContaining("2 callers waiting")
        .hasMessageContaining("1 of 1024 connections in all");
    assertThat(pool.room().waiting()).isEqualTo(2);
    assertThat(pool.room().cancel(first)).isTrue();
    assertThat(enter(true).outcome()).as("there is room again").isNull();
    pool.release(out);
    assertThat(second.outcome()).isSameAs(out);
  }

  @Test
  void whoCanBeServedAtOnceNeedsNoRoomInTheQueue() throws Exception {
    start(p -> p.maxPerEndpoint(2).maxPending(0));
    PooledConnection out = lease();
    lease();
    assertThat(kind(enter(true))).isEqualTo(FailureKind.QUEUE_FULL);
    pool.release(out);
    assertThat(enter(true).outcome()).isSameAs(out);
  }

  @Test
  void thoseWhoOnlyDialHaveABoundOfTheirOwn() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxDialsInFlight(1).maxPending(1));
    lease();
    assertThat(enter(false).outcome()).isSameAs(Waiter.TICKET);
    assertThat(enter(true).outcome()).isNull();
    assertThat(enter(false).outcome()).isNull();
    assertThat(kind(enter(true))).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(kind(enter(false))).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(pool.room().waiting()).isEqualTo(2);
  }

  @Test
  void whoIsFailedByOthersLeavesTheQueueOnce() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection out = lease();
    Waiter first = enter(true);
    Waiter second = enter(true);
    IOException why = new IOException("cancelled");
    assertThat(pool.room().fail(first, why)).isTrue();
    assertThat(first.outcome()).isSameAs(why);
    assertThat(pool.room().fail(first, why)).as("it is not in the queue").isFalse();
    assertThat(pool.room().fail(new Waiter(true), why)).isFalse();
    pool.release(out);
    assertThat(second.outcome()).isSameAs(out);
    assertThat(pool.room().cancel(second)).as("it has been served").isFalse();
  }

  @Test
  void afterTheEndNewcomersAndTicketsAreRefused() throws Exception {
    start(p -> p.maxPerEndpoint(2));
    lease();
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    Waiter waits = enter(true);
    assertThat(pool.room().isOver()).isFalse();
    pool.close();
    assertThat(pool.room().isOver()).isTrue();
    assertThat(kind(waits)).isEqualTo(FailureKind.CLOSED);
    assertThat(kind(enter(true))).isEqualTo(FailureKind.CLOSED);
    assertThat(kind(enter(false))).isEqualTo(FailureKind.CLOSED);
    assertThat(pool.room().tryTicket()).isEqualTo(WaitingRoom.NO_TICKET);
    assertThat(pool.room().waiting()).isZero();
    FakeSocket late = new FakeSocket();
    assertThat(ScriptedPools.failure(() -> pool.ticketDone(late)).kind())
        .isEqualTo(FailureKind.CLOSED);
    assertThat(late.isClosed()).isTrue();
    pool.closeLeased();
    assertThat(dials.total.taken()).isZero();
  }

  // ---- a connection that ends ----

  /** Who dialled earlier would have one more open than the cap allows. */
  @Test
  void itsPlaceIsFreeOnceItsSocketIsClosed() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    List<Waiter> comeAtItsClose = new ArrayList<>();
    List<Object> servedAtItsClose = new ArrayList<>();
    FakeSocket socket =
        new FakeSocket() {
          @Override
          public void close() {
            comeAtItsClose.add(enter(true));
            servedAtItsClose.add(comeAtItsClose.get(0).outcome());
            super.close();
          }
        };
    PooledConnection connection = pool.ticketDone(socket);
    connection.leased(false);
    pool.discard(connection);
    assertThat(servedAtItsClose).containsExactly((Object) null);
    assertThat(comeAtItsClose.get(0).outcome()).isSameAs(Waiter.TICKET);
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  // ---- a connection that was handed over dead ----

  private Waiter handedDead(PooledConnection out) throws IOException {
    Waiter waiter = enter(true);
    ((FakeSocket) out.socket()).peerCloses(false);
    assertThat(waiter.outcome()).isNull();
    assertThat(out.becomeIdle()).isTrue();
    pool.slots().becameIdle(out);
    pool.room().settle();
    assertThat(waiter.outcome()).isSameAs(out);
    assertThat(pool.accept(out, waiter)).isFalse();
    assertThat(pool.room().open()).isZero();
    return waiter;
  }

  @Test
  void itsPlaceBecomesTheTicketOfWhoWasGivenIt() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    assertThat(handedDead(lease()).outcome()).isSameAs(Waiter.TICKET);
    assertThat(dials.total.taken()).isEqualTo(1);
    assertThat(pool.room().dialling()).isEqualTo(1);
  }

  @Test
  void whereNoDialMayBeginItWaitsAtTheHeadAgainAndThePlaceIsFree() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1).maxDialsInFlight(1));
    PooledConnection out = lease();
    assertThat(enter(false).outcome()).as("it dials").isSameAs(Waiter.TICKET);
    Waiter waiter = handedDead(out);
    assertThat(waiter.outcome()).isNull();
    assertThat(dials.total.taken()).isZero();
    Waiter later = enter(true);
    pool.unpooledEnded(null);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(later.outcome()).isNull();
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  @Test
  void whereTheRateAllowsNoneItWaitsForItsMoment() throws Exception {
    start(p -> p.maxPerEndpoint(1).dialsPerSecond(1));
    Waiter waiter = handedDead(lease());
    assertThat(waiter.outcome()).isNull();
    passNanos(SECOND);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
  }

  // ---- those who really wait ----

  @Test
  void whoeverIsDecidedUponIsWoken() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection out = lease();
    Deadline far = Deadline.after(Ticker.SYSTEM, Duration.ofMinutes(1));
    List<Waiter> waiting = new CopyOnWriteArrayList<>();
    List<Background<Object>> callers = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      callers.add(
          Background.start(
              () -> {
                Waiter waiter = new Waiter(true);
                pool.room().enter(waiter);
                waiting.add(waiter);
                return waiter.await(far);
              }));
      Await.until("the next one waits", () -> waiting.size() == callers.size());
      Await.untilBlocked(callers.get(i - 1).thread());
    }
    pool.release(out);
    assertThat(callers.get(0).get()).isSameAs(out);
    IOException why = new IOException("cancelled");
    assertThat(pool.room().fail(waiting.get(1), why)).isTrue();
    assertThat(callers.get(1).get()).isSameAs(why);
    pool.close();
    assertThat(((ConnectionFailure) callers.get(2).get()).kind()).isEqualTo(FailureKind.CLOSED);
    pool.closeLeased();
  }

  @Test
  void theEndIsWaitedForNoLongerThanItIsAllowedTo() throws Exception {
    start(p -> p);
    PooledConnection out = lease();
    assertThat(dials.total.awaitEmpty(Deadline.afterNanos(dials.time, 0))).isFalse();
    Background<Boolean> closer =
        Background.start(
            () -> dials.total.awaitEmpty(Deadline.after(Ticker.SYSTEM, Duration.ofMinutes(1))));
    Await.untilBlocked(closer.thread());
    pool.discard(out);
    assertThat(closer.get()).isTrue();
    assertThat(dials.total.awaitEmpty(Deadline.afterNanos(dials.time, 0))).isTrue();
  }

  // ---- background tickets ----

  @Test
  void aTicketForTheBackgroundComesAfterAllWhoWaitAndUnderEachCap() throws Exception {
    start(p -> p.maxPerEndpoint(3).maxDialsInFlight(2).maxTotal(3));
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).as("storm guard").isEqualTo(WaitingRoom.NO_TICKET);
    Waiter waits = enter(true);
    pool.ticketDone(new FakeSocket());
    assertThat(waits.outcome()).isSameAs(Waiter.TICKET);
    pool.ticketDone(new FakeSocket());
    pool.ticketDone(new FakeSocket());
    assertThat(pool.room().tryTicket()).as("cap").isEqualTo(WaitingRoom.NO_TICKET);
    assertThat(dials.pool("other").room().tryTicket())
        .as("total cap")
        .isEqualTo(WaitingRoom.NO_TICKET);
    assertThat(dials.total.taken()).isEqualTo(3);
    assertThat(pool.room().open()).isEqualTo(3);
    assertThat(pool.room().dialling()).isZero();
  }

  @Test
  void whoeverLosesAConnectionOrADialIsToldOf() throws Exception {
    start(p -> p);
    PooledConnection connection = lease();
    assertThat(haveLess).isEmpty();
    pool.discard(connection);
    assertThat(haveLess).hasSize(1);
    assertThat(pool.room().tryTicket()).isZero();
    pool.ticketFailed(null);
    assertThat(haveLess).hasSize(2);
    assertThat(enter(false).outcome()).isSameAs(Waiter.TICKET);
    pool.unpooledEnded(null);
    assertThat(haveLess).hasSize(3).containsOnly(pool);
  }

  // ---- rates ----

  @Test
  void theLaterMomentOfBothRatesCounts() {
    start(p -> p.dialsPerSecond(2).totalDialsPerSecond(1));
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).isEqualTo(SECOND);
    assertThat(pool.room().tryTicket()).as("it keeps its moment").isEqualTo(SECOND);
    passNanos(SECOND - 1);
    assertThat(pool.room().tryTicket()).isEqualTo(1);
    passNanos(1);
    assertThat(pool.room().tryTicket()).isZero();

    start(p -> p.dialsPerSecond(1).totalDialsPerSecond(2));
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).isEqualTo(SECOND);
  }

  @Test
  void aMomentThatNobodyUsedIsGivenUpAfterASecond() {
    start(p -> p.totalDialsPerSecond(1));
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).isEqualTo(SECOND);
    EndpointPool other = dials.pool("other");
    passNanos(2 * SECOND); // its moment was a second ago
    assertThat(other.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).as("kept for a second").isZero();
    assertThat(pool.room().tryTicket()).isEqualTo(SECOND);
    passNanos(2 * SECOND + 1);
    assertThat(other.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).as("and no longer").isEqualTo(SECOND);
  }

  @Test
  void oneTimerServesAllWhoWaitForTheRate() throws Exception {
    start(p -> p.dialsPerSecond(1).maxLifetime(Duration.ZERO));
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    List<Waiter> waiting = List.of(enter(true), enter(false), enter(true));
    assertThat(dials.time.scheduledCount()).isEqualTo(1);
    for (Waiter each : waiting) {
      passNanos(SECOND - 1);
      assertThat(each.outcome()).isNull();
      passNanos(1);
      assertThat(each.outcome()).isSameAs(Waiter.TICKET);
    }
    assertThat(dials.time.scheduledCount()).isZero();
  }

  // ---- forgetting ----

  @Test
  void anEndpointIsForgottenSoLongAfterItsLastUseOfAnyKind() throws Exception {
    start(p -> p.forgetAfter(Duration.ofSeconds(10)));
    passNanos(4 * SECOND);
    assertThat(pool.room().tryForget()).as("since it was made").isEqualTo(6 * SECOND);
    Waiter waiter = enter(false);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(pool.room().tryForget()).as("a dial is in flight").isEqualTo(-1);
    passNanos(SECOND);
    pool.unpooledEnded(null);
    assertThat(pool.room().tryForget()).as("since the end of a dial").isEqualTo(10 * SECOND);
    PooledConnection connection = lease();
    passNanos(20 * SECOND);
    assertThat(pool.room().tryForget()).as("a connection is open").isEqualTo(-1);
    pool.discard(connection);
    assertThat(pool.room().tryForget()).as("since its end").isEqualTo(10 * SECOND);
    passNanos(10 * SECOND - 1);
    assertThat(pool.room().tryForget()).isEqualTo(1);
    assertThat(pool.room().isOver()).isFalse();
    passNanos(1);
    assertThat(pool.room().tryForget()).isZero();
    assertThat(pool.room().isOver()).isTrue();
    assertThat(pool.room().tryTicket()).isEqualTo(WaitingRoom.NO_TICKET);
    assertThat(enter(true).outcome()).isSameAs(Waiter.FORGOTTEN);
  }

  @Test
  void aRefusedCallerIsAUseToo() {
    start(p -> p.forgetAfter(Duration.ofSeconds(10)).maxTotal(1).maxPending(0));
    assertThat(dials.pool("other").room().tryTicket()).isZero();
    passNanos(7 * SECOND);
    assertThat(kind(enter(true))).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(pool.room().tryForget()).isEqualTo(10 * SECOND);
  }

  // ---- numbers ----

  @Test
  void theNumbersAreOfTheMoment() throws Exception {
    start(p -> p.maxPerEndpoint(2).maxDialsInFlight(2).maxPending(9));
    PooledConnection one = lease();
    pool.dialled(one.socket(), 1, true);
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    enter(true);
    enter(true);
    assertThat(PoolSnapshots.counts(pool))
        .isEqualTo(new EndpointCounts(1, 0, 1, 2, 2, 1, 0, 1, 0, 0, 0, 0));
    pool.ticketFailed(FakeDials.refused());
    assertThat(PoolSnapshots.counts(pool))
        .as("the next one dials")
        .isEqualTo(new EndpointCounts(1, 0, 1, 1, 2, 1, 0, 1, 1, 0, 0, 0));
    pool.reclaim(one);
    assertThat(PoolSnapshots.counts(pool))
        .isEqualTo(new EndpointCounts(0, 0, 2, 0, 2, 1, 0, 1, 1, 0, 0, 1));
  }
}
