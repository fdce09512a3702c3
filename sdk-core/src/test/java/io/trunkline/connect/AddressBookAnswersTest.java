package io.trunkline.connect;

import static io.trunkline.connect.ScriptedBook.ENDPOINT;
import static io.trunkline.connect.ScriptedBook.addresses;
import static io.trunkline.connect.ScriptedBook.answer;
import static io.trunkline.connect.ScriptedBook.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a resolver may answer, what becomes of it, and in which order dials get it. */
class AddressBookAnswersTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ScriptedBook script = ScriptedBook.unbalanced();
  private final AddressBook book = script.book;

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
    assertThat(book.hasFailedLately(ScriptedBook.address("192.0.2.1"))).isFalse();
    book.failed(ScriptedBook.address("192.0.2.1"));
    assertThat(book.hasFailedLately(ScriptedBook.address("192.0.2.1"))).isTrue();
    assertThat(script.known()).isEqualTo(addresses("192.0.2.2 192.0.2.1"));
    book.succeeded(ScriptedBook.address("192.0.2.1"));
    assertThat(script.known()).isEqualTo(addresses("192.0.2.1 192.0.2.2"));
  }
}
