package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ResolveSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Await;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupWorkersTest {
  private static final long SLOW_AFTER = 12_345;

  private final Workers workers = new Workers("lookups-test", LookupWorkers.THREADS);

  /** What {@link #time} runs: each lookup that began has a timer in it until it ends. */
  private final List<Runnable> timers = new CopyOnWriteArrayList<>();

  private final LookupWorkers lookups =
      new LookupWorkers(
          workers,
          (delay, work) -> {
            assertThat(delay).isEqualTo(SLOW_AFTER);
            timers.add(work);
            return () -> timers.remove(work);
          },
          SLOW_AFTER);

  private final CountDownLatch answer = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();

  @AfterEach
  void close() {
    answer.countDown();
    workers.close();
  }

  private void ask(CountDownLatch until) {
    lookups.run(
        () -> {
          asked.incrementAndGet();
          while (until.getCount() > 0) {
            try {
              until.await();
            } catch (InterruptedException notALookup) {
              // As getaddrinfo(3): nothing ends it.
            }
          }
        },
        dropped::incrementAndGet);
  }

  private void time() {
    List<Runnable> due = List.copyOf(timers);
    timers.clear();
    due.forEach(Runnable::run);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(each -> each.getName().startsWith("lookups-test"))
        .count();
  }

  @Test
  void slowLookupsDoNotStandInTheWayOfOthers() throws Exception {
    for (int i = 0; i < LookupWorkers.THREADS; i++) {
      ask(answer);
    }
    CountDownLatch other = new CountDownLatch(1);
    lookups.run(other::countDown, dropped::incrementAndGet);
    Await.until("both hang", () -> timers.size() == LookupWorkers.THREADS);
    assertThat(asked).hasValue(LookupWorkers.THREADS);
    assertThat(other.getCount()).as("waits behind them").isEqualTo(1);

    time();

    assertThat(other.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theNumberOfThreadsIsBoundedAndShrinksAgain() throws Exception {
    int most = LookupWorkers.THREADS + LookupWorkers.MOST_SLOW;
    for (int i = 0; i < most + 3; i++) {
      ask(answer);
    }
    for (int i = 0; i < 10; i++) {
      int begun = Math.min(most, LookupWorkers.THREADS * (i + 1));
      Await.until(begun + " have begun", () -> asked.get() >= begun);
      Await.until("their timers", () -> !timers.isEmpty() || asked.get() == most);
      time();
    }
    assertThat(asked).as("all threads hang").hasValue(most);
    assertThat(threads()).isEqualTo(most);

    answer.countDown();

    Await.until("the rest is asked", () -> asked.get() == most + 3);
    Await.until("spare threads end", () -> threads() <= LookupWorkers.THREADS);
    assertThat(timers).as("timers of lookups that have ended").isEmpty();
    assertThat(dropped).hasValue(0);
  }

  @Test
  void noMoreThanSomeWaitAndOneThatIsTakenBackMakesRoom() throws Exception {
    for (int i = 0; i < LookupWorkers.THREADS; i++) {
      ask(answer);
    }
    Await.until("both hang", () -> asked.get() == LookupWorkers.THREADS);
    AtomicInteger begun = new AtomicInteger();
    List<Runnable> withdraw = new ArrayList<>();
    for (int i = 0; i < LookupWorkers.MOST_WAITING; i++) {
      withdraw.add(lookups.tryRun(begun::incrementAndGet, dropped::incrementAndGet));
    }
    assertThat(withdraw).doesNotContainNull();
    assertThat(lookups.tryRun(begun::incrementAndGet, dropped::incrementAndGet)).isNull();

    withdraw.get(0).run();
    withdraw.get(0).run();
    assertThat(lookups.tryRun(begun::incrementAndGet, dropped::incrementAndGet)).isNotNull();
    assertThat(lookups.tryRun(begun::incrementAndGet, dropped::incrementAndGet)).isNull();

    answer.countDown();
    Await.until("the rest is done", () -> begun.get() == LookupWorkers.MOST_WAITING);
    withdraw.get(5).run(); // too late, and of no effect
    assertThat(lookups.tryRun(begun::incrementAndGet, dropped::incrementAndGet)).isNotNull();
    Await.until("that too", () -> begun.get() == LookupWorkers.MOST_WAITING + 1);
    assertThat(dropped).hasValue(0);
  }

  @Test
  void namesThatHangFailTheNextOnesAtOnceUntilTheirDialsGiveUp() throws Exception {
    AddressBook book =
        new AddressBook(
            endpoint -> {
              awaitAnswer();
              return List.of(new InetSocketAddress("127.0.0.1", 1));
            },
            ResolveSettings.builder().build(),
            lookups,
            Ticker.SYSTEM,
            (delay, work) -> () -> {},
            Listeners.NONE);
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    int most = LookupWorkers.THREADS + LookupWorkers.MOST_WAITING;
    for (int i = 0; i < LookupWorkers.THREADS; i++) {
      waiting.add(book.of(name(i)));
    }
    Await.until("both hang", () -> timers.size() == LookupWorkers.THREADS);
    for (int i = LookupWorkers.THREADS; i < most; i++) {
      waiting.add(book.of(name(i)));
    }
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    assertThat(ScriptedBook.failure(book.of(name(most))))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("more than 1000 names wait to be looked up");

    waiting.forEach(each -> each.cancel(false));
    CompletableFuture<?> next = book.of(name(most));
    assertThat(next).as("waits for its turn").isNotDone();
    answer.countDown();
    next.get(10, TimeUnit.SECONDS);
    book.close();
  }

  private void awaitAnswer() {
    try {
      answer.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static Endpoint name(int number) {
    return Endpoint.tcp("name" + number + ".example", 1);
  }

  @Test
  void aLookupInTimeLeavesNoTimer() throws Exception {
    answer.countDown();
    ask(answer);
    Await.until("it has ended", () -> asked.get() == 1 && timers.isEmpty());
    time();
    assertThat(threads()).isLessThanOrEqualTo(LookupWorkers.THREADS);
  }

  @Test
  void whatWillNeverRunIsDropped() {
    workers.close();
    ask(answer);
    assertThat(dropped).hasValue(1);
  }

  @Test
  void whatWaitedForAWorkerThatNeverCameIsDroppedAndMakesRoom() {
    workers.close();
    for (int i = 0; i < 2 * LookupWorkers.MOST_WAITING; i++) {
      assertThat(lookups.tryRun(asked::incrementAndGet, dropped::incrementAndGet)).isNotNull();
    }
    assertThat(dropped).hasValue(2 * LookupWorkers.MOST_WAITING);
    assertThat(asked).hasValue(0);
  }
}
