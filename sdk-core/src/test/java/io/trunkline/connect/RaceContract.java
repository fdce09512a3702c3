package io.trunkline.connect;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TransportInfo;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who wins a race, when, and what is told of the others. */
abstract class RaceContract extends DialContract {
  private void needsRacing() {
    assumeThat(transport.canRace())
        .as("the %s transport tries addresses in turn", transport.info().name())
        .isTrue();
  }

  // ---- who wins ----

  @Test
  void aSingleAddressIsDialledAndToldOfOnce() throws Exception {
    InetSocketAddress good = good();
    Dial dial = connector(good).dial(ENDPOINT);
    TransportSocket socket = run(dial);
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(good);
    assertThat(socket.endpoint()).contains(ENDPOINT);
    assertThat(recorder.events()).containsExactly("started 127.0.0.2", "connected 127.0.0.2");
    assertThat(recorder.tcpInfo().isPresent()).isEqualTo(transport.info().isNative());
    assertThat(book.succeeded).containsExactly(good);
    assertThat(book.failed).isEmpty();
    assertThat(dial.timings().connectNanos()).isPositive();
    assertThat(dial.timings().tlsNanos()).isZero();
  }

  @Test
  void aFirstAddressThatAnswersIsTheOnlyOneTried() throws Exception {
    InetSocketAddress first = good();
    TransportSocket socket = run(connector(first, good()).dial(ENDPOINT));
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(first);
    assertThat(recorder.count("started")).isOne();
  }

  @Test
  void aSilentFirstAddressCostsTheAttemptDelayAndLeavesNoTrace() throws Exception {
    needsRacing();
    InetSocketAddress silent = silent().address();
    InetSocketAddress good = good();
    Connector connector = connector(silent, good);
    Limits.assertEndsAt(
        attemptDelay,
        Duration.ofMillis(30),
        5,
        () -> {
          long start = System.nanoTime();
          TransportSocket socket = run(connector.dial(ENDPOINT));
          assertThat(socket.getRemoteSocketAddress()).isEqualTo(good);
          return since(start);
        });
    assertThat(recorder.events())
        .startsWith(
            "started " + host(silent),
            "started " + host(good),
            "connected " + host(good),
            "cancelled " + host(silent))
        .noneMatch(each -> each.startsWith("failed"));
    assertThat(book.failed).contains(silent).doesNotContain(good); // of the order, no more
    assertThat(book.succeeded).contains(good);
  }

  @Test
  void aRefusedFirstAddressIsFollowedAtOnce() throws Exception {
    attemptDelay = Duration.ofSeconds(2);
    InetSocketAddress refusing = refusing();
    InetSocketAddress good = good();
    Connector connector = connector(refusing, good);
    Limits.assertEndsAt(
        Duration.ZERO,
        Duration.ofMillis(50),
        5,
        () -> {
          long start = System.nanoTime();
          assertThat(run(connector.dial(ENDPOINT)).getRemoteSocketAddress()).isEqualTo(good);
          return since(start);
        });
    assertThat(recorder.events())
        .startsWith(
            "started " + host(refusing),
            "failed " + host(refusing) + " REFUSED",
            "started " + host(good),
            "connected " + host(good));
    assertThat(book.failed).contains(refusing).doesNotContain(good);
  }

  /** A failure beside a silent attempt begins the next one, too, and not only in its turn. */
  @Test
  void aFailureDoesNotWaitForTheDelayWhileOthersAreUnderWay() throws Exception {
    needsRacing();
    InetSocketAddress silent = silent().address();
    InetSocketAddress good = good();
    Connector connector = connector(silent, refusing(), refusing(), good);
    Limits.assertEndsAt(
        attemptDelay,
        Duration.ofMillis(50),
        5,
        () -> {
          long start = System.nanoTime();
          assertThat(run(connector.dial(ENDPOINT)).getRemoteSocketAddress()).isEqualTo(good);
          return since(start);
        });
  }

  @Test
  void theFirstAddressWinsWithALateAnswerIfTheOthersAreSilent() throws Exception {
    needsRacing();
    FullBacklog late = silent();
    FullBacklog silent = silent();
    Connector connector = connector(late.address(), silent.address());
    Background<TransportSocket> dialled = Background.start(() -> run(connector.dial(ENDPOINT)));
    TimeUnit.MILLISECONDS.sleep(300);
    late.acceptAll(); // the SYN is repeated after a second
    assertThat(dialled.get().getRemoteSocketAddress()).isEqualTo(late.address());
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(late.address()),
            "started " + host(silent.address()),
            "connected " + host(late.address()),
            "cancelled " + host(silent.address()));
  }

  @Test
  void ofTwoThatAreBothEstablishedOneIsKeptAndTheOtherClosed() throws Exception {
    needsRacing();
    FullBacklog first = silent();
    FullBacklog second = silent();
    Dial dial = connector(first.address(), second.address()).dial(ENDPOINT);
    assertThat(dial.run(in(Duration.ofMillis(200)))).isEmpty();
    first.acceptAll();
    second.acceptAll();
    TimeUnit.MILLISECONDS.sleep(1_500); // both repeat their SYN after a second, and are answered
    TransportSocket socket = run(dial);
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(first.address());
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(first.address()),
            "started " + host(second.address()),
            "connected " + host(first.address()),
            "cancelled " + host(second.address()));
  }

  // ---- all fail ----

  @Test
  void whereAllAddressesFailEachIsNamedAndAnAnswerTellsMoreThanSilence() throws Exception {
    timeout = Duration.ofMillis(400);
    InetSocketAddress refusing = refusing();
    InetSocketAddress silent = silent().address();
    Dial dial = connector(refusing, silent).dial(ENDPOINT);
    long start = System.nanoTime();
    Throwable thrown = thrownBy(() -> run(dial));
    assertThat(since(start)).isBetween(timeout, timeout.plusMillis(1_500));
    ConnectionFailure failure = assertKind(thrown, FailureKind.REFUSED);
    assertThat(thrown).isInstanceOf(ConnectException.class);
    assertThat(failure.address()).contains(refusing);
    assertThat(failure.endpoint()).contains(ENDPOINT);
    assertThat(thrown.getMessage())
        .doesNotContain("\n")
        .contains(host(refusing) + ":" + refusing.getPort() + " connection refused, ")
        .contains(host(silent) + ":" + silent.getPort() + " no answer");
    assertThat(thrown.getSuppressed()).hasSize(1);
    assertThat(assertKind(thrown.getSuppressed()[0], FailureKind.TIMED_OUT).address())
        .contains(silent);
    assertThat(book.failed).containsExactly(refusing, silent);
  }

  @Test
  void theFailureOfASingleAddressIsThrownAsItIs() throws Exception {
    InetSocketAddress refusing = refusing();
    Throwable thrown = thrownBy(() -> run(connector(refusing).dial(ENDPOINT)));
    assertKind(thrown, FailureKind.REFUSED);
    assertThat(thrown).hasNoSuppressedExceptions();
    assertThat(thrown.getMessage()).doesNotContain("tried");
  }

  @Test
  void allSilentAddressesEndAtTheOneDeadline() throws Exception {
    needsRacing();
    timeout = Duration.ofMillis(600);
    Connector connector = connector(silent().address(), silent().address(), silent().address());
    Limits.assertEndsAt(
        timeout,
        Duration.ofMillis(50),
        3,
        () -> {
          long start = System.nanoTime();
          Throwable thrown = thrownBy(() -> run(connector.dial(ENDPOINT)));
          ConnectionFailure failure = assertKind(thrown, FailureKind.TIMED_OUT);
          assertThat(failure.unansweredSyns()).isPositive();
          assertThat(thrown.getSuppressed()).hasSize(2);
          return since(start);
        });
    assertThat(recorder.count("started")).isEqualTo(recorder.count("failed"));
  }

  @Test
  void theLastAddressHasHalfOfTheTimeEvenWhereTheDelayIsLong() throws Exception {
    attemptDelay = Duration.ofSeconds(2);
    timeout = Duration.ofSeconds(2);
    InetSocketAddress good = good();
    long start = System.nanoTime();
    TransportSocket socket =
        run(connector(silent().address(), silent().address(), good).dial(ENDPOINT));
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(good);
    Duration half = transport.canRace() ? Duration.ofSeconds(1) : Duration.ofMillis(1_300);
    assertThat(since(start)).isBetween(half.minusMillis(10), half.plusMillis(900));
  }

  @Test
  void noMoreAttemptsAreUnderWayThanTheTransportCanWaitFor() throws Exception {
    needsRacing();
    timeout = Duration.ofSeconds(1);
    attemptDelay = Duration.ofMillis(10);
    InetSocketAddress silent = silent().address();
    InetSocketAddress[] many = new InetSocketAddress[Transport.MOST_AWAITED + 3];
    Arrays.fill(many, silent);
    Throwable thrown = thrownBy(() -> run(connector(many).dial(ENDPOINT)));
    assertKind(thrown, FailureKind.TIMED_OUT);
    assertThat(recorder.count("started")).isEqualTo(Transport.MOST_AWAITED);
    assertThat(thrown.getMessage()).contains("not tried: 3 more");
  }

  // ---- what another address cannot help ----

  /** Its second socket finds no descriptor left. */
  private Transport withOneDescriptor(AtomicInteger opened) {
    return new Transport() {
      @Override
      public TransportInfo info() {
        return transport.info();
      }

      @Override
      public TransportSocket open() throws IOException {
        if (opened.incrementAndGet() > 2) { // the first one is the connector's sample
          throw Failures.exception(
              FailureDetails.of(FailureKind.DESCRIPTORS_EXHAUSTED, FailurePhase.CONNECT)
                  .withEndpoint(ENDPOINT));
        }
        return transport.open();
      }

      @Override
      public boolean canRace() {
        return transport.canRace();
      }

      @Override
      public void awaitAny(List<TransportSocket> connecting, long limitNanos) throws IOException {
        transport.awaitAny(connecting, limitNanos);
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void wantOfDescriptorsEndsTheDialAtOnce() throws Exception {
    Connector connector =
        connector(
            withOneDescriptor(new AtomicInteger()), List.of(refusing(), good(), good(), good()));
    Throwable thrown = thrownBy(() -> run(connector.dial(ENDPOINT)));
    assertKind(thrown, FailureKind.DESCRIPTORS_EXHAUSTED);
    assertThat(thrown.getSuppressed()).hasSize(1);
    assertThat(thrown.getMessage()).contains("not tried: 2 more");
    assertThat(recorder.count("started")).isEqualTo(2);
    assertThat(book.failed).hasSize(1); // the one that refused
  }

  @Test
  void wantOfDescriptorsLeavesWhatIsUnderWay() throws Exception {
    needsRacing();
    FullBacklog late = silent();
    Connector connector =
        connector(withOneDescriptor(new AtomicInteger()), List.of(late.address(), good(), good()));
    Background<TransportSocket> dialled = Background.start(() -> run(connector.dial(ENDPOINT)));
    TimeUnit.MILLISECONDS.sleep(300);
    late.acceptAll();
    assertThat(dialled.get().getRemoteSocketAddress()).isEqualTo(late.address());
    assertThat(recorder.count("started")).isEqualTo(2);
  }

  // ---- the policy, and one given address ----

  @Test
  void aDeniedAddressOpensNoSocketAndTheNextOneServes() throws Exception {
    InetSocketAddress denied = good();
    InetSocketAddress good = good();
    guard =
        (endpoint, address) -> {
          if (address.equals(denied)) {
            throw Failures.exception(
                FailureDetails.of(FailureKind.DENIED, FailurePhase.CONNECT)
                    .withEndpoint(endpoint)
                    .withAddress(address));
          }
        };
    AtomicInteger opened = new AtomicInteger();
    Connector connector = connector(withOneDescriptor(opened), List.of(denied, good));
    assertThat(run(connector.dial(ENDPOINT)).getRemoteSocketAddress()).isEqualTo(good);
    assertThat(opened).hasValue(2); // the sample, and the one
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(denied),
            "failed " + host(denied) + " DENIED",
            "started " + host(good),
            "connected " + host(good));
    Dial only = connector.dial(ENDPOINT, denied, LONG);
    assertKind(thrownBy(() -> run(only)), FailureKind.DENIED);
  }

  @Test
  void aDialToOneGivenAddressTriesNoOther() throws Exception {
    ServerSocket listener = listener();
    InetSocketAddress given = addressOf(listener);
    Connector connector = connector(refusing());
    TransportSocket socket = run(connector.dial(ENDPOINT, given, LONG));
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(given);
    InetSocketAddress silent = silent().address();
    Duration limit = Duration.ofMillis(300);
    Limits.assertEndsAt(
        limit,
        Duration.ofMillis(50),
        3,
        () -> {
          long start = System.nanoTime();
          Throwable thrown = thrownBy(() -> run(connector.dial(ENDPOINT, silent, limit)));
          assertThat(assertKind(thrown, FailureKind.TIMED_OUT).address()).contains(silent);
          return since(start);
        });
  }

  @Test
  void theAddressesOfAnEndpointCanBeAskedFor() throws Exception {
    InetSocketAddress[] all = {refusing(), refusing()};
    assertThat(connector(all).resolve(ENDPOINT, in(LONG)).orElseThrow()).containsExactly(all);
    Connector unanswered = connector(transport, null);
    assertThat(unanswered.resolve(ENDPOINT, in(Duration.ofMillis(20)))).isEqualTo(Optional.empty());
  }
}
