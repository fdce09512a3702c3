package io.trunkline.connect;

import static io.trunkline.connect.ScriptedBook.addresses;
import static io.trunkline.connect.ScriptedBook.answer;
import static io.trunkline.connect.ScriptedBook.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How long an answer is good for, and a failure. */
class AddressBookFreshnessTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ScriptedBook script = ScriptedBook.unbalanced();

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
  void aStaleForOfZeroServesNothingStale() {
    ScriptedBook strict = new ScriptedBook(r -> r.staleFor(Duration.ZERO));
    strict.lookedUp();
    strict.fails("down");
    strict.advance(Duration.ofSeconds(30));
    CompletableFuture<?> late = strict.ask();
    strict.runLookups();
    assertThat(failure(late)).hasMessage("down");
  }
}
