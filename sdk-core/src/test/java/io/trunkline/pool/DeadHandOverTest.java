package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The closes of connections that end, of those above all that a waiter was handed: while they last,
 * and when they throw.
 */
class DeadHandOverTest {
  private final List<EndpointPool> haveLess = new ArrayList<>();
  private FakeDials dials;
  private EndpointPool pool;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    dials =
        new FakeDials(
            change.apply(PoolSettings.builder().idleTimeout(Duration.ZERO)).build(),
            BreakerSettings.builder().minimumDials(2).build(),
            endpoint -> {
              throw FakeDials.refused();
            },
            Listeners.NONE,
            haveLess::add);
    pool = dials.pool("host");
    haveLess.clear();
  }

  /** Something happens while it is closed. */
  private static final class Closing extends FakeSocket {
    private final Runnable atClose;

    Closing(Runnable atClose) throws SocketException {
      this.atClose = atClose;
    }

    @Override
    public void close() {
      super.close();
      atClose.run();
    }
  }

  private Waiter enter(boolean forPool) {
    Waiter waiter = new Waiter(forPool);
    pool.room().enter(waiter);
    return waiter;
  }

  private PooledConnection lease(Runnable atClose) throws IOException {
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    PooledConnection connection = pool.ticketDone(new Closing(atClose));
    connection.leased(false);
    return connection;
  }

  private PooledConnection lease() throws IOException {
    return lease(() -> {});
  }

  /** A connection whose peer is gone comes back, and nobody has seen it. */
  private void comesBackDead(PooledConnection out) {
    ((FakeSocket) out.socket()).peerCloses(false);
    assertThat(out.becomeIdle()).isTrue();
    pool.slots().becameIdle(out);
    pool.room().settle();
  }

  private Waiter handed(PooledConnection dead) {
    Waiter waiter = enter(true);
    assertThat(waiter.outcome()).isNull();
    comesBackDead(dead);
    assertThat(waiter.outcome()).isSameAs(dead);
    return waiter;
  }

  private static void throwsRuntime() {
    throw new IllegalStateException("the provider is broken");
  }

  private static void throwsError() {
    throw new NoClassDefFoundError("gone");
  }

  // ---- closes that throw ----

  @Test
  void aCloseThatThrowsFreesThePlacesAndIsNotTheCallersFailure() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    PooledConnection out = lease(DeadHandOverTest::throwsRuntime);
    Waiter waiter = enter(true);
    pool.discard(out);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(haveLess).containsExactly(pool);
    pool.ticketFailed(null);
    assertThat(pool.room().open()).isZero();
    assertThat(dials.total.taken()).isZero();
  }

  @Test
  void anErrorReachesTheCallerAndThePlacesAreFree() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    PooledConnection out = lease(DeadHandOverTest::throwsError);
    Waiter waiter = enter(true);
    assertThatThrownBy(() -> pool.discard(out)).isInstanceOf(NoClassDefFoundError.class);
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(haveLess).containsExactly(pool);
    assertThat(pool.room().open()).isZero();
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  @Test
  void allIdleConnectionsEndThoughTheFirstCloseThrows() throws Exception {
    start(p -> p.maxPerEndpoint(3));
    List<PooledConnection> out = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      out.add(lease(DeadHandOverTest::throwsRuntime));
    }
    out.forEach(pool::release);
    pool.drain();
    assertThat(out).allMatch(each -> each.socket().isClosed());
    assertThat(dials.total.taken()).isZero();
  }

  @Test
  void aWaiterHasItsTicketThoughTheCloseOfTheDeadOneThrows() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    PooledConnection dead = lease(DeadHandOverTest::throwsRuntime);
    Waiter waiter = handed(dead);
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(pool.slots().get(dead.slot)).as("what still holds it").isNull();
    assertThat(pool.room().open()).isZero();
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  // ---- what is thrown while a new connection takes its place ----

  @Test
  void aNewConnectionThatCannotTakeItsPlaceIsClosedAndThePlaceIsFree() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    Waiter next = enter(true);
    FakeSocket socket =
        new FakeSocket() {
          @Override
          public SocketAddress getRemoteSocketAddress() {
            throw new IllegalStateException("a defect");
          }
        };
    assertThatThrownBy(() -> pool.ticketDone(socket)).isInstanceOf(IllegalStateException.class);
    assertThat(socket.isClosed()).isTrue();
    assertThat(next.outcome()).isSameAs(Waiter.TICKET);
    pool.ticketFailed(null);
    assertNothingIsHeld();
  }

  /** One that waits needs the place of an idle connection of another endpoint then. */
  @Test
  void aNewConnectionIsNotLostToTheCloseOfAnotherThatMakesRoom() throws Exception {
    start(p -> p.maxTotal(2).maxDialsInFlight(1));
    EndpointPool dialling = pool;
    assertThat(enter(true).outcome()).isSameAs(Waiter.TICKET);
    Waiter next = enter(true);
    pool = dials.pool("other");
    pool.release(lease(DeadHandOverTest::throwsError));
    pool = dialling;
    FakeSocket socket = new FakeSocket();
    assertThatThrownBy(() -> pool.ticketDone(socket)).isInstanceOf(NoClassDefFoundError.class);
    assertThat(socket.isClosed()).isTrue();
    assertThat(next.outcome()).isSameAs(Waiter.TICKET);
    pool.ticketFailed(null);
    assertNothingIsHeld();
  }

  private void assertNothingIsHeld() {
    assertThat(pool.room().open()).isZero();
    assertThat(pool.room().dialling()).isZero();
    assertThat(dials.total.taken()).isZero();
  }

  // ---- the order ----

  @Test
  void nobodyOvertakesAWaiterWhileItClosesTheDeadOne() throws Exception {
    start(p -> p.maxPerEndpoint(2));
    List<PooledConnection> living = new ArrayList<>();
    List<PooledConnection> newcomers = new ArrayList<>();
    PooledConnection dead =
        lease(
            () -> {
              pool.release(living.get(0));
              newcomers.add(pool.tryAcquire());
            });
    living.add(lease());
    Waiter waiter = handed(dead);
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(newcomers).containsExactly((PooledConnection) null);
    assertThat(waiter.outcome()).isSameAs(living.get(0));
    assertThat(pool.accept(living.get(0), waiter)).isTrue();
    assertThat(pool.room().open()).as("the places of the dead one are free").isEqualTo(1);
    assertThat(dials.total.taken()).isEqualTo(1);
  }

  @Test
  void whoIsServedMeanwhileLeavesThePlaceToTheNext() throws Exception {
    start(p -> p.maxPerEndpoint(2));
    List<PooledConnection> living = new ArrayList<>();
    PooledConnection dead = lease(() -> pool.release(living.get(0)));
    living.add(lease());
    Waiter first = handed(dead);
    Waiter second = enter(true);
    assertThat(pool.accept(dead, first)).isFalse();
    assertThat(first.outcome()).isSameAs(living.get(0));
    assertThat(second.outcome()).isSameAs(Waiter.TICKET);
    assertThat(dials.total.taken()).isEqualTo(2);
  }

  @Test
  void thoseWhoComeBackKeepTheirOrder() throws Exception {
    start(p -> p.maxPerEndpoint(2).maxDialsInFlight(1));
    PooledConnection one = lease();
    PooledConnection two = lease();
    assertThat(enter(false).outcome()).as("it dials").isSameAs(Waiter.TICKET);
    Waiter first = handed(one);
    Waiter second = handed(two);
    Waiter third = enter(true);
    assertThat(pool.accept(one, first)).isFalse();
    assertThat(pool.accept(two, second)).isFalse();
    pool.unpooledEnded(null);
    assertThat(first.outcome()).isSameAs(Waiter.TICKET);
    assertThat(second.outcome()).isNull();
    pool.ticketFailed(null);
    assertThat(second.outcome()).isSameAs(Waiter.TICKET);
    assertThat(third.outcome()).isNull();
  }

  /**
   * Its own place went to another endpoint meanwhile, so it waits for that of whoever comes next.
   */
  @Test
  void whoCameBackBeforeIsWokenWithTheTicketOfWhoComesBackAfterIt() throws Exception {
    start(p -> p.maxPerEndpoint(2).maxTotal(2).maxDialsInFlight(1));
    PooledConnection one = lease();
    PooledConnection two = lease();
    assertThat(enter(false).outcome()).as("it dials").isSameAs(Waiter.TICKET);
    Deadline far = Deadline.after(Ticker.SYSTEM, Duration.ofMinutes(1));
    CountDownLatch mayLook = new CountDownLatch(1);
    Background<Object> first =
        Background.start(
            () -> {
              Waiter waiter = enter(true);
              PooledConnection handed = (PooledConnection) waiter.await(far);
              mayLook.await();
              return pool.accept(handed, waiter) ? handed : waiter.await(far);
            });
    Await.until("it waits", () -> pool.room().waiting() == 1);
    comesBackDead(one);
    Waiter second = handed(two);
    mayLook.countDown();
    Await.until("its places are free", () -> dials.total.taken() == 1);
    Await.untilBlocked(first.thread());
    Waiter elsewhere = new Waiter(true);
    dials.pool("other").room().enter(elsewhere);
    assertThat(elsewhere.outcome()).isSameAs(Waiter.TICKET);
    pool.unpooledEnded(null);
    assertThat(pool.accept(two, second)).isFalse();
    assertThat(first.get()).isSameAs(Waiter.TICKET);
    assertThat(second.outcome()).isNull();
    assertThat(dials.total.taken()).isEqualTo(2);
  }

  /** It would have to wait for a place again that was its own. */
  @Test
  void noOtherEndpointTakesThePlaceUnderTheTotalCap() throws Exception {
    start(p -> p.maxPerEndpoint(1).maxTotal(1));
    PooledConnection dead = lease();
    Waiter elsewhere = new Waiter(true);
    dials.pool("other").room().enter(elsewhere);
    Waiter waiter = handed(dead);
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    assertThat(elsewhere.outcome()).isNull();
    pool.ticketFailed(null);
    assertThat(elsewhere.outcome()).isSameAs(Waiter.TICKET);
  }

  @Test
  void whereThePoolIsClosedMeanwhileNobodyDials() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection dead = lease(() -> pool.close());
    Waiter waiter = handed(dead);
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(waiter.outcome()).isInstanceOf(IOException.class);
    assertThat(pool.room().waiting()).isZero();
    assertThat(pool.room().dialling()).isZero();
    assertThat(dials.total.taken()).isZero();
  }

  /** The places were given back by whoever ended it. */
  @Test
  void whoseDeadOneTheEndOfThePoolHasEndedIsToldOfThatEnd() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection dead = lease();
    Waiter waiter = handed(dead);
    pool.close();
    pool.closeLeased();
    assertThat(dead.isClosed()).isTrue();
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(waiter.outcome()).isInstanceOf(IOException.class);
    assertThat(pool.room().waiting()).isZero();
    assertThat(pool.room().open()).isZero();
    assertThat(dials.total.taken()).isZero();
  }

  // ---- the last connection ----

  @Test
  void thatTheLastOneEndedIsToldThoughNobodyDialsAfterIt() throws Exception {
    start(p -> p.maxPerEndpoint(1));
    PooledConnection dead = lease();
    for (int i = 0; i < 2; i++) {
      pool.breaker().dialFailed(1_000_000, FakeDials.refused(), false);
    }
    assertThat(pool.breaker().refuses()).isTrue();
    haveLess.clear();
    Waiter waiter = handed(dead);
    assertThat(pool.accept(dead, waiter)).isFalse();
    assertThat(waiter.outcome()).isSameAs(Waiter.REFUSED);
    assertThat(haveLess).containsExactly(pool);
    assertThat(dials.total.taken()).isZero();
  }
}
