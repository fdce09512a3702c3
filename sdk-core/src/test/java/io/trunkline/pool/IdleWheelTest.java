package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** When idle and old connections end: not a moment early, at most a sixteenth late. */
class IdleWheelTest {
  private static final long MILLI = 1_000_000;
  private static final long IDLE_MILLIS = 3_200;
  private static final long LATE_MILLIS = IDLE_MILLIS / 16;

  /** When each address's connection ended, in milliseconds since the beginning. */
  private final Map<Integer, Long> ended = new HashMap<>();

  private final Map<Integer, CloseReason> reasons = new HashMap<>();
  private FakeDials dials;
  private EndpointPool pool;
  private long startNanos;
  private int last;

  private void start(UnaryOperator<PoolSettings.Builder> change) {
    PoolSettings.Builder settings =
        PoolSettings.builder().idleTimeout(Duration.ofMillis(IDLE_MILLIS)).lifetimeJitterPercent(0);
    dials =
        new FakeDials(
            change.apply(settings).build(),
            BreakerSettings.builder().enabled(false).build(),
            endpoint -> {},
            new ConnectionListener() {
              @Override
              public void closed(
                  Endpoint endpoint, InetSocketAddress address, CloseReason why, long lifeNanos) {
                int number = address.getAddress().getAddress()[3];
                ended.put(number, now());
                reasons.put(number, why);
              }
            },
            any -> {});
    pool = dials.pool("host");
    startNanos = dials.time.nanoTime();
  }

  private long now() {
    return (dials.time.nanoTime() - startNanos) / MILLI;
  }

  private void pass(long millis) {
    dials.time.advance(Duration.ofMillis(millis));
  }

  private PooledConnection lease(EndpointPool of) throws IOException {
    long ticket = of.room().tryTicket();
    if (ticket != 0) { // at the total cap only a waiter makes room
      Waiter waiter = new Waiter(true);
      of.room().enter(waiter);
      assertThat(waiter.outcome()).isSameAs(Waiter.TICKET);
    }
    PooledConnection connection = of.ticketDone(new FakeSocket(FakeSocket.address(++last)));
    connection.leased(false);
    return connection;
  }

  // ---- the idle timeout ----

  @Test
  void eachEndsAfterItsOwnIdleTimeHoweverOftenItWasUsed() throws Exception {
    start(p -> p);
    Random random = new Random(16);
    Map<PooledConnection, Long> idleSince = new LinkedHashMap<>();
    List<PooledConnection> leased = new ArrayList<>();
    for (int step = 0; step < 1_500; step++) {
      switch (random.nextInt(4)) {
        case 0 -> {
          if (last < 120 && pool.room().open() < 20) {
            leased.add(lease(pool));
          }
        }
        case 1 -> {
          if (!leased.isEmpty()) {
            PooledConnection released = leased.remove(random.nextInt(leased.size()));
            pool.release(released);
            idleSince.put(released, now());
          }
        }
        case 2 -> {
          PooledConnection again = pool.tryAcquire();
          if (again != null) {
            assertThat(now() - idleSince.remove(again)).isLessThan(IDLE_MILLIS + LATE_MILLIS);
            leased.add(again);
          }
        }
        default -> pass(random.nextInt(900));
      }
      idleSince.forEach(
          (connection, since) -> {
            if (connection.isClosed()) {
              long idleMillis = ended.get(last(connection)) - since;
              assertThat(idleMillis).isBetween(IDLE_MILLIS, IDLE_MILLIS + LATE_MILLIS);
            } else {
              assertThat(now() - since).isLessThanOrEqualTo(IDLE_MILLIS + LATE_MILLIS);
            }
          });
      assertThat(leased).noneMatch(PooledConnection::isClosed);
    }
    assertThat(ended).hasSizeGreaterThan(20);
    assertThat(reasons.values()).containsOnly(CloseReason.IDLE_TIMEOUT);
    leased.forEach(pool::release);
    pass(IDLE_MILLIS + LATE_MILLIS);
    assertThat(pool.room().open()).isZero();
    assertThat(dials.time.scheduledCount()).as("nothing wakes up for none").isZero();
  }

  private static int last(PooledConnection connection) {
    return connection.remote.getAddress().getAddress()[3];
  }

  @Test
  void afterALongPauseOfTheEndpointItIsAsPunctual() throws Exception {
    start(p -> p);
    for (long pause : new long[] {0, 1, 99, 3_150, 3_499, 3_500, 3_501, 100_000, 86_400_000}) {
      pass(pause);
      long since = now();
      pool.release(lease(pool));
      pass(IDLE_MILLIS - 1);
      assertThat(ended).as("after " + pause).doesNotContainKey(last);
      pass(LATE_MILLIS + 1);
      assertThat(ended.get(last) - since).isBetween(IDLE_MILLIS, IDLE_MILLIS + LATE_MILLIS);
    }
  }

  @Test
  void theClockIsLookedAtNoMoreOftenThanThirtyTwoTimesAnIdleTimeout() throws Exception {
    start(p -> p);
    PooledConnection kept = lease(pool);
    for (int i = 0; i < 40; i++) {
      pool.release(kept);
      pass(500);
      assertThat(dials.time.scheduledCount()).as("one timer").isEqualTo(1);
      assertThat(pool.tryAcquire()).isSameAs(kept);
    }
    assertThat(ended).isEmpty();
  }

  @Test
  void anIdleTimeoutOfZeroKeepsThem() throws Exception {
    start(p -> p.idleTimeout(Duration.ZERO).maxLifetime(Duration.ZERO));
    pool.release(lease(pool));
    pass(Duration.ofDays(2).toMillis());
    assertThat(ended).isEmpty();
    assertThat(pool.idle()).isEqualTo(1);
  }

  @Test
  void theMinimumIsKeptAndTheRestEnds() throws Exception {
    start(p -> p.minIdle(2));
    PooledConnection one = lease(pool);
    PooledConnection two = lease(pool);
    PooledConnection three = lease(pool);
    pool.release(one);
    pool.release(two);
    pool.release(three);
    pass(IDLE_MILLIS * 5);
    assertThat(pool.idle()).isEqualTo(2);
    assertThat(reasons.values()).containsExactly(CloseReason.IDLE_TIMEOUT);
  }

  // ---- the lifetime ----

  @Test
  void anIdleConnectionEndsWithItsLifetimeToo() throws Exception {
    start(p -> p.minIdle(5).maxLifetime(Duration.ofMillis(7_777)));
    pool.release(lease(pool));
    pass(7_776);
    assertThat(ended).isEmpty();
    pass(LATE_MILLIS + 1);
    assertThat(reasons).containsValue(CloseReason.MAX_LIFETIME);
    assertThat(ended.get(1)).isBetween(7_777L, 7_777 + LATE_MILLIS);
  }

  @Test
  void atReleaseTheLifetimeIsExact() throws Exception {
    start(p -> p.maxLifetime(Duration.ofMillis(1_000)));
    PooledConnection connection = lease(pool);
    pass(999);
    pool.release(connection);
    assertThat(pool.tryAcquire()).isSameAs(connection);
    pass(1);
    pool.release(connection);
    assertThat(reasons).containsEntry(1, CloseReason.MAX_LIFETIME);
  }

  @Test
  void lifetimesDifferByAtMostTheirJitter() throws Exception {
    start(
        p -> p.maxPerEndpoint(100).maxLifetime(Duration.ofSeconds(100)).lifetimeJitterPercent(20));
    long shortest = Long.MAX_VALUE;
    long longest = 0;
    for (int i = 0; i < 100; i++) {
      PooledConnection connection = lease(pool);
      long seconds = (connection.expiresNanos - connection.bornNanos) / 1_000_000_000;
      shortest = Math.min(shortest, seconds);
      longest = Math.max(longest, seconds);
    }
    assertThat(shortest).isBetween(80L, 85L);
    assertThat(longest).isBetween(95L, 100L);
  }

  // ---- who gives way ----

  @Test
  void theOneThatIsIdleLongestOfAllOthersGivesWay() throws Exception {
    start(p -> p.maxTotal(4).maxPerEndpoint(3));
    EndpointPool other = dials.pool("other");
    PooledConnection used = lease(pool); // 1, the oldest one
    PooledConnection oldest = lease(pool); // 2
    PooledConnection third = lease(other); // 3
    PooledConnection fourth = lease(pool); // 4
    pool.release(oldest);
    pass(300);
    other.release(third);
    pass(300);
    pool.release(fourth);
    pass(300);
    pool.release(used);

    EndpointPool newcomer = dials.pool("newcomer");
    lease(newcomer);
    assertThat(reasons).containsOnlyKeys(2);
    assertThat(other.tryAcquire()).isSameAs(third);
    other.release(third);
    assertThat(dials.pool("last").makeRoom()).isTrue();
    assertThat(reasons).as("the third was used meanwhile").containsOnlyKeys(2, 4);
    assertThat(pool.makeRoom()).isTrue();
    assertThat(reasons).as("its own is not the victim").containsOnlyKeys(2, 3, 4);
    assertThat(reasons.values()).containsOnly(CloseReason.MADE_ROOM);
    assertThat(dials.total.taken()).isEqualTo(2);
  }

  @Test
  void oneThatWasUsedSinceIsNotTakenForOld() throws Exception {
    start(p -> p.maxTotal(2));
    PooledConnection first = lease(pool);
    pool.release(first);
    pass(100);
    EndpointPool other = dials.pool("other");
    other.release(lease(other));
    pass(1_000);
    assertThat(pool.tryAcquire()).isSameAs(first);
    pass(1_000);
    pool.release(first);
    lease(dials.pool("newcomer"));
    assertThat(reasons).containsOnlyKeys(2);
  }
}
