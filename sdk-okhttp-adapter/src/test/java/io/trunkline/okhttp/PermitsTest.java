package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.PoolSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PermitsTest {
  private static final long LONG = TimeUnit.SECONDS.toNanos(20);
  private static final Endpoint A = Endpoint.tcp("a", 80);
  private static final Endpoint B = Endpoint.tcp("b", 80);
  private static final Endpoint C = Endpoint.tcp("c", 80);

  private static Permits permits(int perEndpoint, int inAll, int mostWaiting) {
    PoolSettings pool =
        PoolSettings.builder()
            .maxPerEndpoint(perEndpoint)
            .maxTotal(inAll)
            .maxPending(mostWaiting)
            .build();
    return permits(pool, each -> pool);
  }

  private static Permits permits(PoolSettings pool, Function<Endpoint, PoolSettings> pools) {
    return new Permits(new OkHttpSettings(pool, pools, false, CallListener.NONE), each -> {});
  }

  private static CompletableFuture<Permit> taking(Permits permits, Endpoint endpoint)
      throws Exception {
    return waiting(permits, () -> permits.take(endpoint, new PermitWaiter(), LONG));
  }

  private interface Taking {
    Permit run() throws IOException;
  }

  private static CompletableFuture<Permit> waiting(Permits permits, Taking taking)
      throws Exception {
    int before = waiting(permits);
    CompletableFuture<Permit> result = Fixture.start(taking::run);
    Fixture.eventually("it waits or is done", () -> result.isDone() || waiting(permits) > before);
    return result;
  }

  private static int waiting(Permits permits) {
    return permits.waiting().values().stream().mapToInt(each -> each).sum();
  }

  private static Permit got(CompletableFuture<Permit> taking) throws Exception {
    return taking.get(5, TimeUnit.SECONDS);
  }

  @Test
  void whoComesFirstIsServedFirst() throws Exception {
    Permits permits = permits(1, 10, 10);
    Permit held = permits.tryTake(A);
    CompletableFuture<Permit> first = taking(permits, A);
    CompletableFuture<Permit> second = taking(permits, A);
    assertThat(permits.tryTake(A)).isNull();
    permits.give(held);
    Permit one = got(first);
    assertThat(second).isNotDone();
    permits.give(one);
    permits.give(one); // twice counts once
    permits.give(got(second));
    assertThat(permits.taken()).isZero();
    assertThat(permits.size()).isZero();
  }

  @Test
  void aPlaceInAllGoesToWhoWaitsLongestAndMayHaveIt() throws Exception {
    Permits permits = permits(1, 2, 10);
    Permit a = permits.tryTake(A);
    Permit b = permits.tryTake(B);
    CompletableFuture<Permit> secondOfA = taking(permits, A);
    CompletableFuture<Permit> firstOfC = taking(permits, C);
    permits.give(b);
    permits.give(got(firstOfC));
    assertThat(secondOfA).isNotDone();
    permits.give(a);
    permits.give(got(secondOfA));
    assertThat(permits.size()).isZero();
  }

  @Test
  void aPlaceInAllGoesToWhoWaitsLongestEvenIfItWasOfAnEndpointWithManyWaiting() throws Exception {
    Permits permits = permits(10, 1, 10);
    Permit held = permits.tryTake(A);
    CompletableFuture<Permit> firstOfB = taking(permits, B);
    CompletableFuture<Permit> secondOfA = taking(permits, A);
    CompletableFuture<Permit> firstOfC = taking(permits, C);
    CompletableFuture<Permit> thirdOfA = taking(permits, A);
    for (CompletableFuture<Permit> next : List.of(firstOfB, secondOfA, firstOfC, thirdOfA)) {
      assertThat(next).isNotDone();
      permits.give(held);
      held = got(next);
      assertThat(permits.taken()).isEqualTo(1);
    }
    permits.give(held);
    assertThat(permits.size()).isZero();
  }

  @Test
  void whoWaitsLongestIsPassedOverOnlyForTheCapOfItsEndpoint() throws Exception {
    PoolSettings pool = PoolSettings.builder().maxTotal(3).maxPending(10).build();
    PoolSettings one = pool.toBuilder().maxPerEndpoint(1).build();
    Permits permits = permits(pool, each -> each.equals(B) ? one : pool);
    Permit ofB = permits.tryTake(B);
    Permit ofA = permits.tryTake(A);
    Permit secondOfA = permits.tryTake(A);
    CompletableFuture<Permit> second = taking(permits, B);
    CompletableFuture<Permit> third = taking(permits, C);
    permits.give(ofA);
    permits.give(got(third));
    assertThat(second).isNotDone();
    permits.give(ofB);
    permits.give(got(second));
    permits.give(secondOfA);
    assertThat(permits.size()).isZero();
  }

  @Test
  void eachEndpointHasItsOwnCapAndQueue() throws Exception {
    PoolSettings pool = PoolSettings.builder().maxPerEndpoint(2).maxPending(1).build();
    PoolSettings small = pool.toBuilder().maxPerEndpoint(1).maxPending(0).build();
    Permits permits = permits(pool, each -> each.equals(B) ? small : pool);
    List<Permit> held = new ArrayList<>();
    held.add(permits.tryTake(A));
    held.add(permits.tryTake(A));
    held.add(permits.tryTake(B));
    assertThat(permits.tryTake(A)).isNull();
    assertThat(permits.tryTake(B)).isNull();
    CompletableFuture<Permit> third = taking(permits, A);
    assertKind(() -> permits.take(A, new PermitWaiter(), LONG), FailureKind.QUEUE_FULL);
    assertThatThrownBy(() -> permits.take(B, new PermitWaiter(), LONG))
        .hasMessageContaining("at most 1 connections to it");
    held.forEach(permits::give);
    permits.give(got(third));
    assertThat(permits.size()).isZero();
  }

  @Test
  void refusalsLeaveNothingBehind() {
    Permits permits = permits(1, 1, 0);
    Permit held = permits.tryTake(A);
    assertThat(permits.tryTake(B)).isNull();
    assertKind(() -> permits.take(C, new PermitWaiter(), LONG), FailureKind.QUEUE_FULL);
    assertThat(permits.size()).isEqualTo(1);
    permits.give(held);
    assertThat(permits.size()).isZero();
  }

  @Test
  void aCancelBeforeTheWaitEndsIt() {
    Permits permits = permits(1, 1, 1);
    Permit held = permits.tryTake(A);
    PermitWaiter waiter = new PermitWaiter();
    permits.cancel(waiter);
    assertKind(() -> permits.take(B, waiter, LONG), FailureKind.CLOSED);
    assertThat(permits.size()).isEqualTo(1);
    permits.give(held);
  }

  @Test
  void anInterruptOrTheLimitEndsTheWait() {
    Permits permits = permits(1, 1, 1);
    Permit held = permits.tryTake(A);
    assertKind(() -> permits.take(A, new PermitWaiter(), 1), FailureKind.ACQUIRE_TIMED_OUT);
    Thread.currentThread().interrupt();
    assertKind(() -> permits.take(A, new PermitWaiter(), LONG), FailureKind.INTERRUPTED);
    assertThat(Thread.interrupted()).isTrue();
    permits.give(held);
    assertThat(permits.size()).isZero();
  }

  private static void assertKind(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable action, FailureKind kind) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            ConnectionFailure.class, failure -> assertThat(failure.kind()).isEqualTo(kind));
  }

  @Test
  void whatCanBeSharedIsShared() throws Exception {
    Permits permits = permits(1, 1, 10);
    Permit first = permits.tryTake(A);
    CompletableFuture<Permit> second = taking(permits, A);
    CompletableFuture<Permit> third = taking(permits, A);
    permits.share(first);
    assertThat(got(second).counted).isFalse();
    assertThat(got(third).counted).isFalse();
    Permit fourth = permits.take(A, new PermitWaiter(), 0);
    assertThat(fourth.counted).isFalse();
    permits.give(fourth);
    assertThat(permits.taken()).isEqualTo(1);
    permits.give(first);
    permits.give(got(second));
    permits.give(got(third));
  }

  @Test
  void anIdleSharedConnectionKeepsItsPlaceForThoseOnTheirWayAlone() throws Exception {
    Permits permits = permits(1, 1, 10);
    Permit first = permits.tryTake(A);
    permits.share(first);
    Permit onItsWay = permits.take(A, new PermitWaiter(), 0);
    permits.idle(first);
    CompletableFuture<Permit> other = taking(permits, B);
    assertThat(other).isNotDone();
    assertThat(permits.use(first)).isTrue();
    permits.give(onItsWay);
    assertThat(permits.taken()).isEqualTo(1);
    permits.idle(first);
    permits.give(got(other));
    assertThat(permits.use(first)).isFalse();
    assertThat(permits.size()).isZero();
  }

  @Test
  void aStreamThatCameFreeInBetweenIsNotMissed() throws Exception {
    Permits permits = permits(1, 1, 10);
    Permit first = permits.tryTake(A);
    permits.share(first);
    Permit sharing = permits.take(A, new PermitWaiter(), 0);
    permits.left(A); // after it was found full, and before the wait
    Permit again = permits.takeMore(A, new PermitWaiter(), sharing.seen, System.nanoTime(), 0);
    assertThat(again.counted).isFalse();
    CompletableFuture<Permit> waits =
        waiting(
            permits,
            () -> permits.takeMore(A, new PermitWaiter(), again.seen, System.nanoTime(), LONG));
    assertThat(waits).isNotDone();
    permits.left(A);
    assertThat(got(waits).counted).isFalse();
    permits.give(first);
    List.of(sharing, again, got(waits)).forEach(permits::give);
    assertThat(permits.size()).isZero();
  }

  @Test
  void aLimitThatBeganEarlierIsOverEarlier() throws Exception {
    Permits permits = permits(1, 1, 10);
    Permit first = permits.tryTake(A);
    long hourAgo = System.nanoTime() - TimeUnit.HOURS.toNanos(1);

    long limit = TimeUnit.MINUTES.toNanos(59);
    assertThatThrownBy(() -> permits.takeMore(A, new PermitWaiter(), -1, hourAgo, limit))
        .isInstanceOfSatisfying(
            ConnectionFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
              assertThat(failure.elapsed()).isBetween(Duration.ofHours(1), Duration.ofHours(2));
            });
    permits.give(first);
    assertThat(permits.size()).isZero();
  }

  @Test
  void whatIsUsedAnywayCounts() {
    Permits permits = permits(1, 1, 10);
    Permit first = permits.takeAnyway(A);
    Permit second = permits.takeAnyway(A);
    assertThat(permits.taken()).isEqualTo(2);
    permits.give(first);
    assertThat(permits.tryTake(A)).isNull();
    permits.give(second);
    permits.give(permits.tryTake(A));
    assertThat(permits.size()).isZero();
  }

  /** Each step leaves the caps kept, and nobody waiting who need not. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomStepsKeepTheCapsAndKeepNobodyWaiting(long seed) throws Exception {
    Random random = new Random(seed);
    List<Endpoint> endpoints = List.of(A, B, C);
    Permits permits = permits(2, 4, 6);
    List<Permit> held = new ArrayList<>();
    List<CompletableFuture<Permit>> queue = new ArrayList<>();
    List<Endpoint> asked = new ArrayList<>();
    for (int step = 0; step < 400; step++) {
      Endpoint endpoint = endpoints.get(random.nextInt(endpoints.size()));
      if (held.isEmpty() || random.nextInt(100) < 55) {
        CompletableFuture<Permit> taking = taking(permits, endpoint);
        queue.add(taking);
        asked.add(endpoint);
      } else {
        permits.give(held.remove(random.nextInt(held.size())));
      }
      int stillWaiting = waiting(permits);
      Fixture.eventually(
          "who was served has gone",
          () -> queue.stream().filter(each -> !each.isDone()).count() == stillWaiting);
      assertFirstComeFirstServed(queue, asked, held);
      for (int i = queue.size() - 1; i >= 0; i--) {
        if (queue.get(i).isDone()) {
          if (!queue.get(i).isCompletedExceptionally()) {
            held.add(queue.get(i).get());
          }
          queue.remove(i);
          asked.remove(i);
        }
      }
      assertThat(permits.taken()).isEqualTo(held.size()).isLessThanOrEqualTo(4);
      for (Endpoint each : endpoints) {
        long taken = held.stream().filter(permit -> permit.endpoint.equals(each)).count();
        assertThat(taken).isLessThanOrEqualTo(2);
        if (asked.contains(each)) {
          assertThat(taken == 2 || held.size() == 4).as("%s waits for a reason", each).isTrue();
        }
      }
    }
    while (!held.isEmpty() || !queue.isEmpty()) {
      while (!held.isEmpty()) {
        permits.give(held.remove(0));
      }
      if (!queue.isEmpty()) {
        held.add(got(queue.remove(0)));
      }
    }
    assertThat(permits.taken()).isZero();
    assertThat(permits.size()).isZero();
  }

  /**
   * Nobody who has just been served came later than one that still waits, unless that one waits for
   * the cap of its own endpoint.
   */
  private static void assertFirstComeFirstServed(
      List<CompletableFuture<Permit>> queue, List<Endpoint> asked, List<Permit> heldBefore) {
    for (int served = 0; served < queue.size(); served++) {
      CompletableFuture<Permit> each = queue.get(served);
      for (int older = 0;
          each.isDone() && !each.isCompletedExceptionally() && older < served;
          older++) {
        Endpoint endpoint = asked.get(older);
        long taken = heldBefore.stream().filter(one -> one.endpoint.equals(endpoint)).count();
        assertThat(!queue.get(older).isDone() && taken < 2).as("somebody is overtaken").isFalse();
      }
    }
  }

  @Test
  void manyThreadsThatTakeCancelAndShareLoseNothing() throws Exception {
    Permits permits = permits(2, 3, 100);
    AtomicInteger inUse = new AtomicInteger();
    ConcurrentLinkedQueue<Integer> most = new ConcurrentLinkedQueue<>();
    List<CompletableFuture<String>> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Random random = new Random(i);
      threads.add(
          Fixture.start(
              () -> {
                for (int k = 0; k < 2_000; k++) {
                  PermitWaiter waiter = new PermitWaiter();
                  if (random.nextInt(20) == 0) {
                    CompletableFuture.runAsync(() -> permits.cancel(waiter));
                  }
                  long limit = random.nextInt(10) == 0 ? 1_000 : LONG;
                  try {
                    Permit permit = permits.take(random.nextBoolean() ? A : B, waiter, limit);
                    if (permit.counted) {
                      most.add(inUse.incrementAndGet());
                      if (random.nextInt(3) == 0) {
                        permits.share(permit);
                      }
                      Thread.yield();
                      inUse.decrementAndGet();
                    } else {
                      permits.left(permit.endpoint);
                    }
                    permits.give(permit);
                  } catch (IOException expected) {
                    // cancelled, or its time was over
                  }
                }
                return "done";
              }));
    }
    for (CompletableFuture<String> each : threads) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo("done");
    }
    assertThat(most).allMatch(each -> each <= 3);
    assertThat(permits.taken()).isZero();
    assertThat(permits.size()).isZero();
  }
}
