package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.Listeners;
import io.trunkline.transport.IdleState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** How connections end, what is told of them, and who is served while a breaker is open. */
class EndpointPoolTest {
  private static final long MILLI = 1_000_000;

  private final List<String> told = new ArrayList<>();
  private FakeDials dials;
  private EndpointPool pool;

  private class Teller implements ConnectionListener {
    @Override
    public void released(Endpoint endpoint, long usageNanos) {
      told.add("released after " + usageNanos / MILLI + " ms");
    }

    @Override
    public void closed(
        Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
      told.add("closed " + reason + " after " + lifetimeNanos / MILLI + " ms");
    }

    @Override
    public void sampled(
        Endpoint endpoint, InetSocketAddress address, TcpInfo tcpInfo, long newRetransmits) {
      told.add("sampled, " + newRetransmits + " new");
    }

    @Override
    public void leaked(Endpoint endpoint, Optional<Throwable> acquiredAt) {
      told.add("leaked, " + acquiredAt.map(Throwable::getMessage).orElse("no stack"));
    }
  }

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    start(change, new Teller());
  }

  private void start(UnaryOperator<PoolSettings.Builder> change, ConnectionListener listener) {
    PoolSettings.Builder settings = PoolSettings.builder().lifetimeJitterPercent(0);
    dials =
        new FakeDials(
            change.apply(settings).build(),
            BreakerSettings.builder().build(),
            endpoint -> {
              throw FakeDials.refused();
            },
            listener,
            changed -> {});
    pool = dials.pool("host");
  }

  private FakeSocket socket() throws IOException {
    return new FakeSocket();
  }

  private PooledConnection lease(FakeSocket socket) throws IOException {
    Waiter waiter = enter(true);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    PooledConnection connection = pool.ticketDone(socket);
    leased(connection);
    return connection;
  }

  private void leased(PooledConnection connection) {
    connection.leased(pool.settings().leakStacks());
    connection.leasedSince(dials.time.nanoTime());
  }

  private Waiter enter(boolean forPool) {
    Waiter waiter = new Waiter(forPool);
    pool.room().enter(waiter);
    return waiter;
  }

  private void pass(long millis) {
    dials.time.advance(Duration.ofMillis(millis));
  }

  // ---- tickets ----

  @Test
  void noTicketToWarmUpWhereTheDialsOfOthersAreEnough() throws Exception {
    start(p -> p);
    PooledConnection open = lease(socket());
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    assertThat(pool.room().tryTicket(2)).isEqualTo(WaitingRoom.NO_TICKET);
    assertThat(pool.room().tryTicket(3)).isZero();
    assertThat(pool.room().tryTicket(3)).isEqualTo(WaitingRoom.NO_TICKET);
    pool.discard(open);
    assertThat(pool.room().tryTicket(3)).isZero();
  }

  // ---- reasons ----

  @Test
  void aConnectionThatIsIdleForTooLongSaysSo() throws Exception {
    start(p -> p.idleTimeout(Duration.ofMillis(320)));
    pool.release(lease(socket()));
    pass(1_000);
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).isEqualTo("released after 0 ms");
    assertThat(told.get(1)).startsWith("closed IDLE_TIMEOUT");
  }

  @Test
  void anOldConnectionSaysSoWhileIdleAndAtRelease() throws Exception {
    start(p -> p.maxLifetime(Duration.ofSeconds(1)).idleTimeout(Duration.ZERO));
    PooledConnection leased = lease(socket());
    pool.release(lease(socket()));
    told.clear();
    pass(30_000);
    assertThat(told).hasSize(1);
    assertThat(told.get(0)).startsWith("closed MAX_LIFETIME");
    told.clear();
    pool.release(leased);
    assertThat(told)
        .containsExactly("released after 30000 ms", "closed MAX_LIFETIME after 30000 ms");
  }

  @Test
  void aConnectionThatHasServedOftenEnoughSaysSo() throws Exception {
    start(p -> p.maxUses(1));
    pool.release(lease(socket()));
    assertThat(told).containsExactly("released after 0 ms", "closed MAX_USES after 0 ms");
  }

  @Test
  void aPeerThatClosesIsToldWhileIdleAtLeaseAndAtRelease() throws Exception {
    start(p -> p);
    FakeSocket idle = socket();
    pool.release(lease(idle));
    told.clear();
    idle.peerCloses(true);
    assertThat(told).containsExactly("closed PEER_CLOSED after 0 ms");

    FakeSocket unnoticed = socket();
    pool.release(lease(unnoticed));
    told.clear();
    unnoticed.peerCloses(false);
    assertThat(pool.tryAcquire()).isNull();
    assertThat(told).containsExactly("closed PEER_CLOSED after 0 ms");

    FakeSocket used = socket();
    PooledConnection lease = lease(used);
    told.clear();
    used.peerCloses(true);
    pool.release(lease);
    assertThat(told).containsExactly("released after 0 ms", "closed PEER_CLOSED after 0 ms");
  }

  @Test
  void aConnectionIsWatchedFromItsFirstReleaseOn() throws Exception {
    start(p -> p);
    FakeSocket socket = socket();
    PooledConnection first = lease(socket);
    assertThat(socket.isWatched()).isFalse();
    pool.release(first);
    assertThat(socket.isWatched()).isTrue();
    PooledConnection second = pool.tryAcquire();
    told.clear();
    socket.peerCloses(true);
    assertThat(told).isEmpty();
    pool.release(second);
    assertThat(told).containsExactly("closed PEER_CLOSED after 0 ms");
  }

  @Test
  void bytesThatNobodyAskedForAreTold() throws Exception {
    start(p -> p);
    FakeSocket socket = socket();
    pool.release(lease(socket));
    told.clear();
    socket.showsWhenIdle(IdleState.READABLE);
    assertThat(pool.tryAcquire()).isNull();
    assertThat(told).containsExactly("closed UNASKED_BYTES after 0 ms");
  }

  @Test
  void aDiscardAndAnErrorAreTheSame() throws Exception {
    start(p -> p);
    pool.discard(lease(socket()));
    assertThat(told).containsExactly("released after 0 ms", "closed DISCARDED after 0 ms");
    PooledConnection broken = lease(socket());
    told.clear();
    broken.markBroken();
    pool.release(broken);
    assertThat(told).containsExactly("released after 0 ms", "closed DISCARDED after 0 ms");
  }

  @Test
  void aLeakedLeaseIsToldWithItsStack() throws Exception {
    start(p -> p.leakStacks(true));
    PooledConnection lost = lease(socket());
    assertThat(pool.reclaim(lost)).isTrue();
    assertThat(pool.reclaim(lost)).isFalse();
    assertThat(told)
        .containsExactly(
            "released after 0 ms", "closed LEAKED after 0 ms", "leaked, acquired here");
  }

  @Test
  void drainAndCloseDiffer() throws Exception {
    start(p -> p);
    PooledConnection leased = lease(socket());
    pool.release(lease(socket()));
    told.clear();
    pool.drain();
    assertThat(told).containsExactly("closed DRAINED after 0 ms");
    pool.release(leased);
    assertThat(told).last().isEqualTo("closed DRAINED after 0 ms");

    PooledConnection out = lease(socket());
    pool.release(lease(socket()));
    told.clear();
    pool.close();
    assertThat(told).containsExactly("closed MANAGER_CLOSED after 0 ms");
    pool.closeLeased();
    assertThat(told)
        .containsExactly(
            "closed MANAGER_CLOSED after 0 ms",
            "released after 0 ms",
            "closed MANAGER_CLOSED after 0 ms");
    pool.release(out);
    assertThat(told).as("the lease has ended once").hasSize(3);
  }

  @Test
  void anIdleConnectionThatGivesWayToAnotherEndpointSaysSo() throws Exception {
    start(p -> p.maxTotal(1));
    pool.release(lease(socket()));
    told.clear();
    EndpointPool other = dials.pool("other");
    Waiter waiter = new Waiter(true);
    other.room().enter(waiter);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(told).containsExactly("closed MADE_ROOM after 0 ms");
  }

  @Test
  void theCountsOfTheSnapshotAreSumsOfTheReasons() throws Exception {
    start(p -> p.maxUses(2));
    pool.discard(lease(socket()));
    pool.reclaim(lease(socket()));
    pool.release(lease(socket()));
    pool.drain();
    PoolCounters counters = pool.counters();
    assertThat(counters.closed(CloseReason.DISCARDED)).isEqualTo(1);
    assertThat(counters.closed(CloseReason.LEAKED)).isEqualTo(1);
    assertThat(counters.closed(CloseReason.DRAINED)).isEqualTo(1);
    assertThat(counters.evicted()).isEqualTo(1);
  }

  // ---- samples ----

  private static TcpInfo info(long retransmits) {
    return new TcpInfo(
        TcpState.ESTABLISHED,
        true,
        true,
        true,
        false,
        7,
        7,
        FastOpenOutcome.NOT_USED,
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

  @Test
  void aConnectionInUseIsLookedAtEveryTenSecondsAndBeforeItEnds() throws Exception {
    start(p -> p.idleTimeout(Duration.ZERO));
    FakeSocket socket = socket();
    socket.tells(info(2));
    PooledConnection connection = lease(socket);
    pool.release(connection);
    assertThat(told).containsExactly("released after 0 ms");
    for (int i = 0; i < 5; i++) {
      pass(5_000);
      leased(pool.tryAcquire());
      socket.tells(info(2 + i));
      pool.release(connection);
    }
    told.removeIf(each -> each.startsWith("released"));
    assertThat(told).containsExactly("sampled, 3 new", "sampled, 2 new");
    socket.tells(info(10));
    pool.drain();
    assertThat(told).element(2).isEqualTo("sampled, 5 new");
    assertThat(told).last().isEqualTo("closed DRAINED after 25000 ms");
  }

  @Test
  void whereNobodyWantsSamplesTheRestIsTold() throws Exception {
    start(
        p -> p,
        new Teller() {
          @Override
          public boolean hearsSamples() {
            return false;
          }
        });
    endsWithoutALook();
    assertThat(told).containsExactly("released after 20000 ms", "closed DRAINED after 20000 ms");
  }

  @Test
  void whereNobodyListensNobodyLooks() throws Exception {
    start(p -> p, Listeners.NONE);
    endsWithoutALook();
  }

  private void endsWithoutALook() throws Exception {
    FakeSocket socket =
        new FakeSocket() {
          @Override
          public Optional<TcpInfo> tcpInfo() {
            throw new AssertionError("nobody wants to know");
          }
        };
    PooledConnection connection = lease(socket);
    pass(20_000);
    pool.release(connection);
    pool.drain();
    assertThat(socket.isClosed()).isTrue();
  }

  // ---- withdrawn addresses ----

  @Test
  void connectionsToWithdrawnAddressesEndNowOrAtRelease() throws Exception {
    start(p -> p);
    InetSocketAddress one = FakeSocket.address(1);
    InetSocketAddress two = FakeSocket.address(2);
    FakeSocket kept = new FakeSocket(one);
    FakeSocket idle = new FakeSocket(two);
    FakeSocket inUse = new FakeSocket(two);
    PooledConnection first = lease(kept);
    PooledConnection second = lease(idle);
    PooledConnection third = lease(inUse);
    assertThat(pool.openTo(two)).isEqualTo(2);
    pool.release(first);
    pool.release(second);
    told.clear();

    pool.addressesChanged(Set.of(one));
    assertThat(idle.isClosed()).isTrue();
    assertThat(kept.isClosed()).isFalse();
    assertThat(inUse.isClosed()).isFalse();
    assertThat(told).containsExactly("closed DRAINED after 0 ms");
    pool.release(third);
    assertThat(inUse.isClosed()).isTrue();
    assertThat(pool.openTo(one)).isEqualTo(1);
    assertThat(pool.openTo(two)).isZero();

    FakeSocket late = new FakeSocket(two);
    pool.tryAcquire(); // so that the next one has to dial
    PooledConnection dialledMeanwhile = lease(late);
    assertThat(late.isClosed()).as("it serves who dialled it").isFalse();
    pool.release(dialledMeanwhile);
    assertThat(late.isClosed()).isTrue();
  }

  @Test
  void anAddressThatComesBackInTimeKeepsItsConnections() throws Exception {
    start(p -> p);
    FakeSocket socket = socket();
    PooledConnection connection = lease(socket);
    pool.addressesChanged(Set.of(FakeSocket.address(9)));
    pool.addressesChanged(Set.of(FakeSocket.ADDRESS, FakeSocket.address(9)));
    pool.release(connection);
    assertThat(socket.isClosed()).isFalse();
    assertThat(pool.tryAcquire()).isSameAs(connection);
  }

  // ---- an open breaker ----

  private void openBreaker() {
    for (int i = 0; i < 5; i++) {
      pool.breaker().dialFailed(MILLI, FakeDials.refused(), false);
    }
    assertThat(pool.breaker().refuses()).isTrue();
  }

  @Test
  void openingFailsTheWaitersAtOnce() throws Exception {
    start(p -> p.maxDialsInFlight(1));
    Waiter dialler = enter(true);
    Waiter second = enter(true);
    Waiter alone = enter(false);
    assertThat(dialler.outcome()).isSameAs(Waiter.TICKET);
    assertThat(second.outcome()).isNull();
    openBreaker();
    assertThat(second.outcome()).isSameAs(Waiter.REFUSED);
    assertThat(alone.outcome()).isSameAs(Waiter.REFUSED);
    assertThat(enter(true).outcome()).as("newcomers").isSameAs(Waiter.REFUSED);
    assertThat(pool.room().waiting()).isZero();
  }

  @Test
  void whoMayGetALeasedConnectionBackGoesOnWaiting() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection out = lease(socket());
    Waiter first = enter(true);
    Waiter second = enter(true);
    openBreaker();
    assertThat(first.outcome()).isNull();
    assertThat(enter(false).outcome()).as("nothing comes back to it").isSameAs(Waiter.REFUSED);
    pool.release(out);
    assertThat(first.outcome()).isSameAs(out);
    assertThat(second.outcome()).isNull();
    assertThat(pool.accept(out, first)).isTrue();
    pool.discard(out);
    assertThat(second.outcome()).as("it was the last").isSameAs(Waiter.REFUSED);
  }

  @Test
  void healthyConnectionsGoOnServingWhileItIsOpen() throws Exception {
    start(p -> p);
    PooledConnection connection = lease(socket());
    pool.release(connection);
    openBreaker();
    for (int i = 0; i < 3; i++) {
      assertThat(pool.tryAcquire()).isSameAs(connection);
      pool.release(connection);
    }
  }

  @Test
  void whenItClosesWaitersMayDialAgain() throws Exception {
    start(p -> p.maxPerEndpoint(2));
    lease(socket());
    openBreaker();
    Waiter waiter = enter(true);
    assertThat(waiter.outcome()).isNull();
    assertThat(pool.room().tryTicket()).isEqualTo(WaitingRoom.NO_TICKET);
    pool.breaker().answered();
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
  }

  // ---- dials of connections outside of the pool ----

  @Test
  void theyTakeNoPlaceUnderTheCapsAndCountUnderTheStormGuard() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1).maxDialsInFlight(2));
    PooledConnection only = lease(socket());
    Waiter pooled = enter(true);
    Waiter first = enter(false);
    Waiter second = enter(false);
    Waiter third = enter(false);
    assertThat(pooled.outcome()).as("waits for the connection").isNull();
    assertThat(first.outcome()).isSameAs(Waiter.TICKET);
    assertThat(second.outcome()).isSameAs(Waiter.TICKET);
    assertThat(third.outcome()).as("waits for the storm guard").isNull();
    pool.release(only);
    assertThat(pooled.outcome()).as("and is not held up by it").isSameAs(only);
    pool.unpooledEnded(null);
    assertThat(third.outcome()).isSameAs(Waiter.TICKET);
    assertThat(pool.room().dialling()).isEqualTo(2);
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  @Test
  void aDialServesWhoCameFirstOfBothKinds() throws Exception {
    start(p -> p.maxDialsInFlight(1));
    enter(false);
    Waiter first = enter(true);
    Waiter second = enter(false);
    Waiter third = enter(true);
    pool.unpooledEnded(null);
    assertThat(List.of(first, second, third))
        .extracting(Waiter::outcome)
        .containsExactly(Waiter.TICKET, null, null);
    pool.ticketFailed(null);
    assertThat(second.outcome()).isSameAs(Waiter.TICKET);
    pool.unpooledEnded(FakeDials.refused());
    assertThat(third.outcome()).isSameAs(Waiter.TICKET);
    assertThat(pool.counters().failedDials.get()).isEqualTo(1);
  }

  // ---- the connect rate ----

  @Test
  void whoWaitsForTheRateIsServedByAReleasedConnectionToo() throws Exception {
    start(p -> p.dialsPerSecond(1));
    PooledConnection first = lease(socket());
    Waiter second = enter(true);
    Waiter third = enter(true);
    assertThat(second.outcome()).isNull();
    pass(500);
    pool.release(first);
    assertThat(second.outcome()).isSameAs(first);
    pass(499);
    assertThat(third.outcome()).isNull();
    pass(1);
    assertThat(third.outcome()).isSameAs(Waiter.TICKET);
    assertThat(dials.time.scheduledCount()).as("only the wheel").isLessThanOrEqualTo(1);
  }

  @Test
  void endpointsTakeTurnsUnderTheRateOfTheManager() throws Exception {
    start(p -> p.totalDialsPerSecond(10));
    EndpointPool other = dials.pool("other");
    List<String> order = new ArrayList<>();
    List<Waiter> mine = new ArrayList<>();
    List<Waiter> theirs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      mine.add(enter(true));
      Waiter waiter = new Waiter(true);
      other.room().enter(waiter);
      theirs.add(waiter);
    }
    for (int i = 0; i < 10; i++) {
      order.add(
          mine.stream().filter(each -> each.outcome() != null).count()
              + ":"
              + theirs.stream().filter(each -> each.outcome() != null).count());
      pass(100);
    }
    assertThat(order).startsWith("1:0", "1:1", "2:1", "2:2", "3:2", "3:3", "4:3", "4:4");
  }

  @Test
  void workInTheBackgroundIsToldWhenToComeAgain() throws Exception {
    start(p -> p.dialsPerSecond(1));
    assertThat(pool.room().tryTicket()).isZero();
    assertThat(pool.room().tryTicket()).isEqualTo(1_000 * MILLI);
    pass(1_000);
    assertThat(pool.room().tryTicket()).isZero();
  }
}
