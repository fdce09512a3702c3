package io.trunkline.connect;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The TLS handshake as a part of the dial: its time, its failures, and who runs it. */
abstract class TlsDialContract extends DialContract {
  /** Accepts one connection after another, and says a letter on each. */
  private InetSocketAddress saying(char letter) throws IOException {
    ServerSocket listener = listener();
    Background.start(
        () -> {
          for (; ; ) {
            Socket accepted = closing(listener.accept());
            accepted.getOutputStream().write(letter);
          }
        });
    return addressOf(listener);
  }

  @Test
  void theWinnerIsSecuredBeforeItIsGivenAway() throws Exception {
    tls = new LetterTls(LONG);
    InetSocketAddress server = saying('S');
    Dial dial = connector(server).dial(TLS_ENDPOINT);
    run(dial);
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(server),
            "connected " + host(server),
            "tls-established " + host(server) + " TLS");
    assertThat(book.succeeded).containsExactly(server);
    assertThat(dial.timings().connectNanos()).isPositive();
    assertThat(dial.timings().tlsNanos()).isPositive();
  }

  @Test
  void aPlainEndpointNeedsNoTls() throws Exception {
    run(connector(good()).dial(ENDPOINT));
    assertThat(recorder.count("tls")).isZero();
  }

  @Test
  void withoutTlsNothingIsSentInTheClear() throws Exception {
    tls = TlsLayer.REFUSING;
    Dial dial = connector(good()).dial(TLS_ENDPOINT);
    ConnectionFailure failure = assertKind(thrownBy(() -> run(dial)), FailureKind.TLS_FAILED);
    assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
  }

  @Test
  void aFailedTlsHandshakeIsAFailedAttempt() throws Exception {
    tls = new LetterTls(LONG);
    InetSocketAddress bad = saying('X');
    InetSocketAddress good = saying('S');
    TransportSocket socket = run(connector(bad, good).dial(TLS_ENDPOINT));
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(good);
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(bad),
            "connected " + host(bad),
            "tls-failed " + host(bad) + " TLS_FAILED",
            "started " + host(good),
            "connected " + host(good),
            "tls-established " + host(good) + " TLS");
    assertThat(book.failed).containsExactly(bad);
    assertThat(book.succeeded).containsExactly(good);
  }

  @Test
  void theFailureOfTheTlsHandshakeTellsMoreThanARefusal() throws Exception {
    tls = new LetterTls(LONG);
    InetSocketAddress bad = saying('X');
    InetSocketAddress refusing = refusing();
    Throwable thrown = thrownBy(() -> run(connector(bad, refusing).dial(TLS_ENDPOINT)));
    assertKind(thrown, FailureKind.TLS_FAILED);
    assertThat(thrown.getSuppressed()).hasSize(1);
    assertThat(thrown.getMessage())
        .contains("TLS failed")
        .contains(host(refusing) + ":" + refusing.getPort() + " connection refused");
  }

  /** Who lost the race has not failed: it is tried again when the winner has. */
  @Test
  void theLoserOfTheRaceIsTriedAgainWhereTheWinnerFailsInItsTlsHandshake() throws Exception {
    assumeThat(transport.canRace()).isTrue();
    tls = new LetterTls(LONG);
    FullBacklog late = silent();
    InetSocketAddress bad = saying('X');
    Connector connector = connector(late.address(), bad);
    Background<Throwable> dialled =
        Background.start(() -> thrownBy(() -> run(connector.dial(TLS_ENDPOINT))));
    Await.until("it is tried again", () -> recorder.events().size() == 6);
    connector.close();
    dialled.get();
    assertThat(recorder.events())
        .containsExactly(
            "started " + host(late.address()),
            "started " + host(bad),
            "connected " + host(bad),
            "cancelled " + host(late.address()),
            "tls-failed " + host(bad) + " TLS_FAILED",
            "started " + host(late.address()),
            "cancelled " + host(late.address()));
  }

  @Test
  void theTlsHandshakeHasItsOwnTimeFromTheEndOfTheTcpHandshake() throws Exception {
    timeout = Duration.ofMillis(300);
    Duration limit = Duration.ofMillis(1_000);
    tls = new LetterTls(limit);
    Connector connector = connector(good());
    Limits.assertEndsAt(
        limit,
        Duration.ofMillis(50),
        3,
        () -> {
          long start = System.nanoTime();
          Throwable thrown = thrownBy(() -> run(connector.dial(TLS_ENDPOINT)));
          ConnectionFailure failure = assertKind(thrown, FailureKind.TIMED_OUT);
          assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
          assertThat(failure.address()).isPresent();
          return since(start);
        });
    assertThat(recorder.count("tls-failed")).isPositive();
  }

  @Test
  void aTlsHandshakeThatItsCallerLeavesIsRunOnByAnotherThread() throws Exception {
    LetterTls layer = new LetterTls(LONG);
    tls = layer;
    ServerSocket listener = listener();
    Dial dial = connector(addressOf(listener)).dial(TLS_ENDPOINT);
    assertThat(dial.run(in(Duration.ofMillis(100)))).isEmpty();
    Background<TransportSocket> worker = Background.start(() -> run(dial));
    try (Socket accepted = listener.accept()) {
      accepted.getOutputStream().write('S');
      assertThat(worker.get().isConnected()).isTrue();
    }
    assertThat(layer.begun).as("it is not begun anew").hasValue(1);
    assertThat(recorder.count("connected")).isOne();
  }
}
