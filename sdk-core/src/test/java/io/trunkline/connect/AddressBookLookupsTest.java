package io.trunkline.connect;

import static io.trunkline.connect.ScriptedBook.ENDPOINT;
import static io.trunkline.connect.ScriptedBook.addresses;
import static io.trunkline.connect.ScriptedBook.answer;
import static io.trunkline.connect.ScriptedBook.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which lookups are made, who waits for them, and how both end. */
class AddressBookLookupsTest {
  private final ScriptedBook script = ScriptedBook.unbalanced();
  private final AddressBook book = script.book;

  @Test
  void dialsShareALookupAndCancelOnlyTheirOwnFuture() {
    CompletableFuture<List<InetSocketAddress>> one = script.ask();
    CompletableFuture<List<InetSocketAddress>> two = script.ask();
    CompletableFuture<List<InetSocketAddress>> three = script.ask();
    two.cancel(false);
    script.runLookups();

    assertThat(script.asked).isEqualTo(1);
    assertThat(answer(one)).isEqualTo(addresses("192.0.2.1"));
    assertThat(failure(two)).isInstanceOf(CancellationException.class);
    assertThat(answer(three)).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void endpointsAreLookedUpApart() {
    CompletableFuture<?> plain = script.ask();
    CompletableFuture<?> tls = book.of(Endpoint.tls(ENDPOINT.host(), ENDPOINT.port()));
    assertThat(script.tasks).hasSize(2);
    script.runLookups();
    assertThat(plain).isDone();
    assertThat(tls).isDone();
  }

  @Test
  void aCancelledWaiterIsNotKeptWhileALookupHangs() throws Exception {
    CompletableFuture<List<InetSocketAddress>> waits = script.ask();
    WeakReference<CompletableFuture<?>> gone = new WeakReference<>(script.ask());
    gone.get().cancel(false);
    Await.until(
        "nothing keeps it",
        () -> {
          System.gc();
          return gone.get() == null;
        });
    script.runLookups();
    assertThat(answer(waits)).isNotEmpty();
  }

  @Test
  void aLookupThatNobodyWaitsForAnyMoreIsNotMade() {
    CompletableFuture<?> one = script.ask();
    CompletableFuture<?> two = script.ask();
    one.cancel(false);
    two.cancel(false);
    CompletableFuture<List<InetSocketAddress>> later = script.ask();
    assertThat(script.tasks).as("the first two's, and a new one").hasSize(2);
    script.runLookups();
    assertThat(script.asked).isEqualTo(1);
    assertThat(answer(later)).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void ofANameThatNobodyWaitedForNothingIsKept() {
    script.ask().cancel(false);
    script.advance(Duration.ofSeconds(2));
    script.runLookups();
    assertThat(script.asked).isZero();
    assertThat(script.time.scheduledCount()).isZero();
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void aLookupThatHasBegunGoesOnForWhoeverComesNext() {
    CompletableFuture<?> gone = script.ask();
    script.says =
        () -> {
          gone.cancel(false);
          return addresses("192.0.2.7");
        };
    script.runLookups();
    assertThat(script.known()).isEqualTo(addresses("192.0.2.7"));
  }

  /** Stale addresses were served meanwhile; fresh ones are wanted nevertheless. */
  @Test
  void aSlowLookupThatWaitsForAWorkerIsMadeThoughItsWaitersWereServed() {
    script.lookedUp();
    script.advance(Duration.ofSeconds(31));
    CompletableFuture<?> waits = script.ask();
    script.advance(Duration.ofSeconds(2));
    assertThat(waits).isCompleted();
    script.says("192.0.2.2");
    script.runLookups();
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void aLookupInTimeLeavesNoTimerButThatOfItsEntry() {
    script.lookedUp();
    assertThat(script.time.scheduledCount()).isEqualTo(1);
    script.advance(Duration.ofSeconds(31));
    script.ask();
    assertThat(script.time.scheduledCount()).as("for its own end, too").isEqualTo(2);
    script.runLookups();
    assertThat(script.time.scheduledCount()).isEqualTo(1);
  }

  @Test
  void aHungLookupWithoutKnownAddressesIsWaitedForAndNotRepeated() {
    CompletableFuture<List<InetSocketAddress>> first = script.ask();
    script.advance(Duration.ofMinutes(10));
    CompletableFuture<List<InetSocketAddress>> second = script.ask();
    assertThat(first).isNotDone();
    assertThat(second).isNotDone();
    assertThat(script.tasks).hasSize(1);
    script.runLookups();
    assertThat(answer(first)).isEqualTo(answer(second));
  }

  @Test
  void onlyRealLookupsAreReported() {
    CompletableFuture<?> one = script.ask();
    script.advance(Duration.ofMillis(40));
    script.runLookups();
    assertThat(one).isDone();
    script.known();
    script.known();
    assertThat(script.takeEvents()).containsExactly("now [192.0.2.1]", "resolved in 40 ms");

    script.fails("down");
    script.advance(Duration.ofSeconds(31));
    script.lookedUp();
    script.known();
    assertThat(script.takeEvents()).hasSize(1).first().asString().startsWith("failed in 0 ms: ");
  }

  @Test
  void closingEndsEveryWaitAndTimer() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    CompletableFuture<?> waits = book.of(Endpoint.tcp("other.example", 1));
    book.close();
    assertThat(script.subscribers).as("ended before close returns").isEmpty();
    assertThat(failure(waits)).isInstanceOf(CancellationException.class);
    assertThat(failure(script.ask())).isInstanceOf(CancellationException.class);
    assertThat(script.time.scheduledCount()).isZero();

    script.takeEvents();
    script.runLookups(); // the one that was under way
    assertThat(script.subscribers).isEmpty();
    assertThat(script.takeEvents()).as("nobody is told any more").isEmpty();
    assertThat(script.time.scheduledCount()).isZero();
  }

  @Test
  void aLookupThatNoThreadCanBeHadForFailsAndMayBeTriedAgain() {
    script.workersClosed = true;
    assertThat(failure(script.ask())).hasMessageContaining("no thread");
    script.workersClosed = false;
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }
}
