package io.trunkline.connect;

import static io.trunkline.connect.ScriptedBook.ENDPOINT;
import static io.trunkline.connect.ScriptedBook.addresses;
import static io.trunkline.connect.ScriptedBook.answer;
import static io.trunkline.connect.ScriptedBook.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Balance;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Each rule of the address book, by a clock that stands still. */
class AddressBookTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** The defaults: TTL 30 s, negative 1 s, stale for 5 min, slow after 2 s; no balance. */
  private final ScriptedBook script = new ScriptedBook(r -> r.balance(Balance.NONE));

  private final AddressBook book = script.book;

  // ---- TTL ----

  @Test
  void anAnswerIsKeptForItsTtl() {
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
    script.says("192.0.2.2");

    script.advance(Duration.ofSeconds(24).minus(MILLI));
    assertThat(script.known()).isEqualTo(addresses("192.0.2.1"));
    assertThat(script.tasks).as("nothing is due yet").isEmpty();

    script.advance(Duration.ofSeconds(6).plus(MILLI));
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.2"));
    assertThat(script.asked).isEqualTo(2);
  }

  @Test
  void inTheLastFifthOfItsTtlAnAnswerIsServedAndLookedUpAnew() {
    script.lookedUp();
    script.says("192.0.2.2");
    script.advance(Duration.ofSeconds(24));

    assertThat(script.known()).isEqualTo(addresses("192.0.2.1"));
    assertThat(script.known()).as("one lookup is enough").isEqualTo(addresses("192.0.2.1"));
    assertThat(script.tasks).hasSize(1);
    script.runLookups();
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2"));

    script.advance(Duration.ofSeconds(20));
    assertThat(script.known()).as("fresh since the refresh").isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void aTtlOfZeroAsksForEachDialAndStillServesStale() {
    ScriptedBook always = new ScriptedBook(r -> r.ttl(Duration.ZERO));
    always.lookedUp();
    always.says("192.0.2.2");
    assertThat(always.lookedUp()).isEqualTo(addresses("192.0.2.2"));
    always.fails("down");
    assertThat(always.lookedUp()).isEqualTo(addresses("192.0.2.2"));
    assertThat(always.asked).isEqualTo(3);
  }

  // ---- sharing ----

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

  // ---- failures ----

  @Test
  void aFailureIsRememberedBriefly() {
    script.fails("no such name");
    CompletableFuture<?> first = script.ask();
    script.runLookups();
    assertThat(failure(first)).isInstanceOf(UnknownHostException.class);

    script.says("192.0.2.1");
    script.advance(SECOND.minus(MILLI));
    assertThat(failure(script.ask())).hasMessage("no such name");
    assertThat(script.asked).isEqualTo(1);

    script.advance(MILLI);
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void aNegativeTtlOfZeroRemembersNoFailure() {
    ScriptedBook eager = new ScriptedBook(r -> r.negativeTtl(Duration.ZERO));
    eager.fails("no such name");
    eager.ask();
    eager.runLookups();
    eager.says("192.0.2.1");
    assertThat(eager.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void staleAddressesAreServedWhileLookupsFailAndNoLonger() {
    script.lookedUp();
    script.fails("down");
    script.advance(Duration.ofSeconds(30));

    assertThat(script.lookedUp()).as("the first to come waits").isEqualTo(addresses("192.0.2.1"));
    assertThat(script.known()).as("the next need not").isEqualTo(addresses("192.0.2.1"));
    assertThat(script.tasks).as("no new lookup within the pause").isEmpty();

    script.advance(SECOND);
    assertThat(script.known()).isEqualTo(addresses("192.0.2.1"));
    assertThat(script.tasks).as("a new try, that nobody waits for").hasSize(1);
    script.runLookups();

    script.advance(Duration.ofMinutes(5).minus(SECOND).minus(MILLI));
    assertThat(script.known()).as("the last moment").isEqualTo(addresses("192.0.2.1"));
    script.runLookups();
    script.advance(MILLI);
    CompletableFuture<?> tooLate = script.ask();
    script.runLookups();
    assertThat(failure(tooLate)).hasMessage("down");
  }

  @Test
  void aStaleAnswerIsNotServedWithoutALookup() {
    script.lookedUp();
    script.says("192.0.2.2");
    script.advance(Duration.ofSeconds(31));
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void staleAddressesAreServedWhenALookupTakesLong() {
    script.lookedUp();
    script.advance(Duration.ofSeconds(31));
    CompletableFuture<List<InetSocketAddress>> first = script.ask();

    script.advance(Duration.ofSeconds(2).minus(MILLI));
    assertThat(first).isNotDone();
    script.advance(MILLI);
    assertThat(answer(first)).isEqualTo(addresses("192.0.2.1"));
    assertThat(script.known()).as("nobody waits in vain again").isEqualTo(addresses("192.0.2.1"));
    assertThat(script.tasks).as("and it is still the only lookup").hasSize(1);

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
  void aStaleForOfZeroServesNothingStale() {
    ScriptedBook strict = new ScriptedBook(r -> r.staleFor(Duration.ZERO));
    strict.lookedUp();
    strict.fails("down");
    strict.advance(Duration.ofSeconds(30));
    CompletableFuture<?> late = strict.ask();
    strict.runLookups();
    assertThat(failure(late)).hasMessage("down");
  }

  @Test
  void whateverAResolverDoesIsAFailedLookupAndNoMore() {
    List<InetSocketAddress> withNull = new ArrayList<>();
    withNull.add(null);
    expectFailure(() -> null, IOException.class, "returned null for db.example:6379");
    expectFailure(() -> withNull, IOException.class, "a null address");
    expectFailure(List::of, UnknownHostException.class, "db.example");
    expectFailure(
        () -> {
          throw new IllegalStateException("a bug");
        },
        IllegalStateException.class,
        "a bug");
    expectFailure(
        () -> {
          throw new StackOverflowError("a deep bug");
        },
        StackOverflowError.class,
        "a deep bug");
    script.advance(SECOND);
    script.says("192.0.2.1");
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }

  private void expectFailure(
      Callable<List<InetSocketAddress>> says, Class<?> type, String message) {
    script.advance(SECOND);
    script.says = says;
    CompletableFuture<?> future = script.ask();
    script.runLookups();
    assertThat(failure(future)).isInstanceOf(type).hasMessageContaining(message);
  }

  // ---- what a resolver may answer ----

  @Test
  void anUnresolvedAddressIsLookedUpAndPortZeroIsThatOfTheEndpoint() throws Exception {
    InetAddress plain = InetAddress.getByName("192.0.2.7");
    script.says =
        () ->
            List.of(
                InetSocketAddress.createUnresolved("192.0.2.5", 7000),
                new InetSocketAddress(plain, 0),
                new InetSocketAddress(plain, ENDPOINT.port()));
    assertThat(script.lookedUp())
        .containsExactly(
            new InetSocketAddress("192.0.2.5", 7000),
            new InetSocketAddress(plain, ENDPOINT.port()));
  }

  @Test
  void anIpv4MappedAddressIsTheIpv4AddressThatItIs() throws Exception {
    byte[] bytes = InetAddress.getByName("::1").getAddress();
    bytes[10] = -1;
    bytes[11] = -1;
    InetAddress mapped = Inet6Address.getByAddress(null, bytes, 0);
    script.says = () -> List.of(new InetSocketAddress(mapped, 0));
    assertThat(script.lookedUp().get(0).getAddress()).isInstanceOf(Inet4Address.class);
  }

  @Test
  void aHostThatCannotBeLookedUpWithdrawsNothing() {
    script.says("192.0.2.1 192.0.2.2");
    script.lookedUp();
    script.takeEvents();
    script.says =
        () ->
            List.of(
                ScriptedBook.address("192.0.2.1"),
                InetSocketAddress.createUnresolved("1::no::name", 7000));
    script.advance(Duration.ofSeconds(31));
    assertThat(script.lookedUp()).as("better than nothing").isEqualTo(addresses("192.0.2.1"));
    assertThat(script.takeEvents()).containsExactly("resolved in 0 ms");
  }

  // ---- literals ----

  @Test
  void aLiteralNeedsNoLookup() {
    assertThat(answer(book.of(Endpoint.tcp("192.0.2.9", 80))))
        .containsExactly(new InetSocketAddress("192.0.2.9", 80));
    assertThat(answer(book.of(Endpoint.tcp("[2001:db8::9]", 80))))
        .containsExactly(new InetSocketAddress("2001:db8::9", 80));
    assertThat(failure(book.of(Endpoint.tcp("1::2%no-such-card", 80))))
        .isInstanceOf(UnknownHostException.class);
    assertThat(script.tasks).isEmpty();
    assertThat(script.time.scheduledCount()).isZero();
  }

  // ---- in use ----

  @Test
  void anEndpointInUseIsKeptUpToDateWithoutDials() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.takeEvents();
    script.says("192.0.2.2");
    script.live(Duration.ofSeconds(23));
    assertThat(script.takeEvents()).isEmpty();
    script.live(Duration.ofSeconds(2));
    assertThat(script.takeEvents()).containsExactly("now [192.0.2.2]", "resolved in 0 ms");

    script.live(Duration.ofMinutes(10));
    assertThat(script.asked).as("every 24 s").isBetween(26, 28);
  }

  @Test
  void whileLookupsFailTheyComeAtGrowingIntervals() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.fails("down");
    script.live(Duration.ofSeconds(24)); // the first failure
    assertThat(script.asked).isEqualTo(2);
    script.live(Duration.ofSeconds(1 + 2 + 4 + 8 + 16).plusMillis(500));
    assertThat(script.asked).isEqualTo(2 + 5);
    script.live(Duration.ofMinutes(5));
    assertThat(script.asked).as("at most one in a TTL").isEqualTo(2 + 5 + 10);

    assertThat(script.takeEvents()).filteredOn(each -> each.startsWith("now")).hasSize(1);
    script.says("192.0.2.3");
    script.live(Duration.ofSeconds(31));
    assertThat(script.takeEvents()).contains("now [192.0.2.3]");
  }

  @Test
  void anEndpointThatNobodyUsesIsForgottenAndNothingWakesUpForIt() {
    script.lookedUp();
    script.advance(Duration.ofSeconds(30 + 300).minus(MILLI));
    assertThat(book.known(ENDPOINT)).isNotEmpty();
    assertThat(script.tasks).as("not looked up again").isEmpty();
    script.advance(MILLI);
    assertThat(book.known(ENDPOINT)).isEmpty();
    script.runLookups(); // the end of its subscription
    assertThat(script.subscribers).isEmpty();
    assertThat(script.time.scheduledCount()).isZero();

    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
  }

  @Test
  void aNameThatDoesNotExistIsForgottenToo() {
    script.fails("no such name");
    script.ask();
    script.runLookups();
    script.advance(Duration.ofSeconds(5));
    script.runLookups();
    assertThat(script.asked).isEqualTo(1);
    assertThat(script.time.scheduledCount()).isZero();
    assertThat(script.subscribers).isEmpty();
  }

  @Test
  void aForgottenEndpointKeepsNothing() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    book.forget(ENDPOINT);
    script.runLookups();
    assertThat(book.known(ENDPOINT)).isEmpty();
    assertThat(script.subscribers).isEmpty();
    assertThat(script.time.scheduledCount()).isZero();
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
    book.forget(Endpoint.tcp("never.example", 1));
  }

  @Test
  void whoWaitsWhileTheEndpointIsForgottenStillGetsAnAnswer() {
    CompletableFuture<List<InetSocketAddress>> waits = script.ask();
    book.forget(ENDPOINT);
    script.runLookups();
    assertThat(answer(waits)).isEqualTo(addresses("192.0.2.1"));
    assertThat(script.takeEvents()).containsExactly("resolved in 0 ms");
    script.runLookups();
    assertThat(script.subscribers).as("begun and ended").isEmpty();
    assertThat(script.time.scheduledCount()).isZero();
  }

  // ---- withdrawal ----

  @Test
  void eachChangeOfTheSetIsToldOnceAndAnotherOrderIsNoChange() {
    script.says("192.0.2.1 192.0.2.2");
    script.lookedUp();
    assertThat(script.takeEvents())
        .containsExactly("now [192.0.2.1, 192.0.2.2]", "resolved in 0 ms");

    script.says("192.0.2.2 192.0.2.1");
    script.advance(Duration.ofSeconds(31));
    script.lookedUp();
    assertThat(script.takeEvents()).containsExactly("resolved in 0 ms");

    script.says("192.0.2.2 192.0.2.3");
    script.advance(Duration.ofSeconds(31));
    script.lookedUp();
    assertThat(script.takeEvents())
        .containsExactly("now [192.0.2.2, 192.0.2.3]", "resolved in 0 ms");
  }

  @Test
  void aFailedLookupAndAnEmptyAnswerWithdrawNothing() {
    script.lookedUp();
    script.takeEvents();
    script.fails("down");
    script.advance(Duration.ofSeconds(31));
    script.lookedUp();
    script.says = List::of;
    script.advance(SECOND);
    assertThat(script.known()).isEqualTo(addresses("192.0.2.1"));
    script.runLookups();

    assertThat(script.takeEvents())
        .hasSize(2)
        .allSatisfy(event -> assertThat(event).startsWith("failed in 0 ms: db.example:6379"));
    assertThat(book.known(ENDPOINT)).isEqualTo(addresses("192.0.2.1"));
  }

  // ---- discovery ----

  @Test
  void aChangeIsLookedUpAtOnceWhereTheEndpointIsInUse() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.takeEvents();
    script.advance(SECOND);
    script.says("192.0.2.2");
    script.change();
    script.advance(Duration.ZERO);
    script.runLookups();
    assertThat(script.takeEvents()).containsExactly("now [192.0.2.2]", "resolved in 0 ms");
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void aChangeOfAnEndpointThatNobodyUsesWaitsForTheNextDial() {
    script.lookedUp();
    script.says("192.0.2.2");
    script.advance(SECOND);
    script.change();
    script.advance(SECOND);
    assertThat(script.tasks).isEmpty();
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void aChangeDuringALookupIsNotLost() {
    script.inUse.add(ENDPOINT);
    script.says =
        () -> {
          List<InetSocketAddress> before = addresses("192.0.2.1");
          script.says("192.0.2.2");
          script.change();
          return before;
        };
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
    script.live(Duration.ofMillis(150));
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2"));
    assertThat(script.asked).isEqualTo(2);
  }

  @Test
  void aResolverThatReportsAChangeWheneverItIsAskedIsAskedTenTimesASecond() {
    script.inUse.add(ENDPOINT);
    script.says =
        () -> {
          script.change();
          return addresses("192.0.2.1");
        };
    script.lookedUp();
    script.live(Duration.ofSeconds(2));
    assertThat(script.asked).isBetween(15, 21);
  }

  @Test
  void oneSubscriptionServesManyLookups() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.live(Duration.ofMinutes(3));
    assertThat(script.asked).isGreaterThan(5);
    assertThat(script.subscribers).hasSize(1);
  }

  // ---- listeners, balance, failed addresses ----

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
  void eachDialGetsTheNextAddressFirst() {
    ScriptedBook turning = new ScriptedBook(r -> r);
    turning.says("192.0.2.1 192.0.2.2");
    CompletableFuture<List<InetSocketAddress>> one = turning.ask();
    CompletableFuture<List<InetSocketAddress>> two = turning.ask();
    turning.runLookups();
    assertThat(answer(one)).isEqualTo(addresses("192.0.2.1 192.0.2.2"));
    assertThat(answer(two)).isEqualTo(addresses("192.0.2.2 192.0.2.1"));
    assertThat(turning.known()).isEqualTo(addresses("192.0.2.1 192.0.2.2"));
    assertThat(turning.book.known(ENDPOINT)).isEqualTo(addresses("192.0.2.1 192.0.2.2"));
  }

  @Test
  void anAddressThatFailedIsTriedLastUntilItSucceeds() {
    script.says("192.0.2.1 192.0.2.2");
    script.lookedUp();
    book.failed(ScriptedBook.address("192.0.2.1"));
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2 192.0.2.1"));
    book.succeeded(ScriptedBook.address("192.0.2.1"));
    assertThat(script.known()).isEqualTo(addresses("192.0.2.1 192.0.2.2"));
  }

  // ---- the end ----

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
