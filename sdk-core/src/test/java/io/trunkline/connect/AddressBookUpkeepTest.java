package io.trunkline.connect;

import static io.trunkline.connect.ScriptedBook.ENDPOINT;
import static io.trunkline.connect.ScriptedBook.addresses;
import static io.trunkline.connect.ScriptedBook.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What the book does without a dial: keeps endpoints in use up to date, tells of changes, forgets.
 */
class AddressBookUpkeepTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ScriptedBook script = ScriptedBook.unbalanced();
  private final AddressBook book = script.book;

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
  void aChangeSoonAfterALookupWaitsUntilThePauseIsOver() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.advance(Duration.ofMillis(30));
    script.change();
    script.advance(Duration.ofMillis(69));
    assertThat(script.tasks).isEmpty();
    script.advance(MILLI);
    assertThat(script.tasks).as("100 ms after the end of the last one").hasSize(1);
  }

  @Test
  void whatWasFoundWhileAChangeCameIsServedOnlyToWhoWaitedForIt() {
    script.says =
        () -> {
          script.change();
          return addresses("192.0.2.1");
        };
    assertThat(script.lookedUp()).isEqualTo(addresses("192.0.2.1"));
    script.says("192.0.2.2");
    assertThat(script.lookedUp()).as("it may be wrong").isEqualTo(addresses("192.0.2.2"));
  }

  @Test
  void aSubscriptionThatIsEndedWhileItBeginsEndsThen() {
    int[] ended = {0};
    Subscription subscription = new Subscription(ENDPOINT);
    EndpointResolver resolver =
        new EndpointResolver() {
          @Override
          public List<InetSocketAddress> resolve(Endpoint endpoint) {
            return List.of();
          }

          @Override
          public Runnable onChange(Endpoint endpoint, Runnable changed) {
            subscription.end();
            return () -> ended[0]++;
          }
        };
    subscription.begin(resolver, () -> {});
    assertThat(subscription.stands()).isFalse();
    assertThat(ended[0]).isEqualTo(1);
    subscription.end();
    assertThat(ended[0]).isEqualTo(1);
  }

  @Test
  void oneSubscriptionServesManyLookups() {
    script.inUse.add(ENDPOINT);
    script.lookedUp();
    script.live(Duration.ofMinutes(3));
    assertThat(script.asked).isGreaterThan(5);
    assertThat(script.subscribers).hasSize(1);
  }
}
