package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.Limits;
import io.trunkline.testing.Relay;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.testing.VirtualThreadsForTests;
import io.trunkline.transport.TransportSocket;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a TLS handshake ends: well, at its limit, or given up. */
abstract class TlsHandshakeContract extends TlsContractTest {
  private static final Duration LIMIT = Duration.ofMillis(200);
  private static final Duration LATE = Duration.ofMillis(50);
  private static final Duration SOON = Duration.ofMillis(100);
  private static final int ATTEMPTS = 5;

  // ---- well ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void bothVersionsAreSpoken(String protocol) throws Exception {
    TransportSocket socket = secured(echoing(protocol).address());
    assertThat(socket.tlsSession().orElseThrow().getProtocol()).isEqualTo(protocol);
    assertThat(socket.endpoint()).isPresent();
    assertThat(socket.isConnected()).isTrue();
    assertEchoes(socket);
    assertThat(socket.bytesWritten()).isEqualTo(3);
    assertThat(socket.toString()).startsWith("TLS over Socket[");
    if (isJni()) {
      assertThat(socket.tcpInfo()).isPresent();
    }
  }

  @Test
  void limitsOfTheSocketAreAsBefore() throws Exception {
    TransportSocket raw = connected(echoing().address());
    raw.setSoTimeout(4_321);
    raw.setWriteTimeout(1_234);
    TransportSocket socket =
        closing(handshake(settings(), raw, "localhost").run(after(LONG)).orElseThrow());
    assertThat(socket.getSoTimeout()).isEqualTo(4_321);
    assertThat(socket.getWriteTimeout()).isEqualTo(1_234);
    assertThat(raw.getWriteTimeout()).isEqualTo(1_234);
  }

  @Test
  void applicationProtocolIsNegotiated() throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              SSLParameters parameters = socket.getSSLParameters();
              parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
              socket.setSSLParameters(parameters);
              ScriptedServer.echo(socket);
            });
    assertThat(secured(server.address()).applicationProtocol()).isEmpty();
    assertThat(
            secured(settings().applicationProtocols("http/1.1", "other"), server.address())
                .applicationProtocol())
        .contains("http/1.1");
  }

  @ParameterizedTest
  @CsvSource({"localhost, localhost", "127.0.0.1,"})
  void serverIsToldTheNameButNoAddress(String host, String told) throws Exception {
    BlockingQueue<List<SNIServerName>> names = new LinkedBlockingQueue<>();
    ScriptedServer server =
        server(
            socket -> {
              socket.startHandshake();
              names.add(((ExtendedSSLSession) socket.getSession()).getRequestedServerNames());
              ScriptedServer.echo(socket);
            });
    assertEchoes(secured(settings(), server.address(), host));
    List<SNIServerName> seen = names.poll(5, TimeUnit.SECONDS);
    if (told == null) {
      assertThat(seen).isEmpty();
    } else {
      assertThat(seen).hasSize(1);
      assertThat(seen.get(0).getEncoded()).asString().isEqualTo(told);
    }
  }

  @Test
  void clientCertificateIsSent() throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              socket.setNeedClientAuth(true);
              ScriptedServer.echo(socket);
            });
    TlsSettings.Builder settings =
        TlsSettings.builder()
            .sslContext(Certificates.clientWith(Certificates.signed("client", "client.test")));
    assertEchoes(secured(settings, server.address()));
  }

  @Test
  void contextIsAskedForEachEndpoint() throws Exception {
    ScriptedServer server = echoing();
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    TlsSettings.Builder settings =
        TlsSettings.builder()
            .sslContext(
                endpoint -> {
                  asked.add(endpoint.toString());
                  return Certificates.client();
                });
    assertEchoes(secured(settings, server.address()));
    assertThat(asked).containsExactly("tls://localhost:" + server.address().getPort());
  }

  @Test
  void endpointWithoutContextIsAFailureAndNoPlainConnection() throws Exception {
    TransportSocket raw = connected(echoing().address());
    Throwable thrown =
        thrownBy(
            () -> handshake(TlsSettings.builder().sslContext(endpoint -> null), raw, "localhost"));
    assertKind(thrown, FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE);
    assertThat(thrown).hasMessageContaining("no SSLContext for tls://localhost");
    assertThat(raw.bytesWritten()).isZero();
  }

  @Test
  void virtualThreadsReadWriteAndClose() throws Exception {
    assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    ScriptedServer server = echoing();
    BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
    for (int i = 0; i < 20; i++) {
      VirtualThreadsForTests.start(
          () -> {
            try {
              TransportSocket socket = secured(server.address());
              assertEchoes(socket);
              InputStream in = socket.getInputStream();
              Background<Throwable> reader = Background.start(() -> thrownBy(() -> in.read()));
              socket.close();
              outcomes.add(assertKind(reader.get(), FailureKind.CLOSED, FailurePhase.READ).kind());
            } catch (Throwable failed) {
              outcomes.add(failed);
            }
          });
    }
    for (int i = 0; i < 20; i++) {
      assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo(FailureKind.CLOSED);
    }
  }

  // ---- limits ----

  @Test
  void handshakeThatIsNotAnsweredEndsAtItsLimit() throws Exception {
    ScriptedServer server = closing(ScriptedServer.plain(socket -> readToTheEnd(socket)));
    Limits.assertEndsAt(LIMIT, LATE, ATTEMPTS, () -> timeOfEmptyRun(server));
  }

  /** Each byte comes well within the limit, and all of them do not. */
  @Test
  void peerThatDripsBytesDoesNotExtendTheLimit() throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  byte[] record = new byte[4_096];
                  System.arraycopy(new byte[] {22, 3, 3, 0x0f, 0}, 0, record, 0, 5);
                  for (byte each : record) {
                    socket.getOutputStream().write(each);
                    TimeUnit.MILLISECONDS.sleep(10);
                  }
                }));
    Limits.assertEndsAt(LIMIT, LATE, ATTEMPTS, () -> timeOfEmptyRun(server));
  }

  private static void readToTheEnd(java.net.Socket socket) throws Exception {
    socket.getInputStream().readAllBytes();
  }

  private Duration timeOfEmptyRun(ScriptedServer server) throws Exception {
    TransportSocket raw = connected(server.address());
    TlsLayer.Handshake handshake = handshake(settings(), raw, "localhost");
    long start = System.nanoTime();
    Optional<TransportSocket> result = handshake.run(after(LIMIT));
    long taken = System.nanoTime() - start;
    assertThat(result).isEmpty();
    raw.close();
    return Duration.ofNanos(taken);
  }

  @Test
  void noTimeLeftIsAnEmptyResult() throws Exception {
    TransportSocket raw = connected(echoing().address());
    TlsLayer.Handshake handshake = handshake(settings(), raw, "localhost");
    assertThat(handshake.run(after(Duration.ZERO))).isEmpty();
    assertThat(raw.bytesWritten()).isZero();
    assertThat(handshake.run(after(LONG))).isPresent();
  }

  /** The limit passes in headers, bodies and between records; another thread goes on each time. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void handshakeThatWasLeftIsRunOn(String protocol) throws Exception {
    Relay relay =
        closing(
            new Relay(
                echoing(protocol).address(),
                (in, out) -> {
                  int sent = 0;
                  for (int value = in.read(); value >= 0; value = in.read(), sent++) {
                    out.write(value);
                    if (sent < 900 && sent % 13 == 0) {
                      TimeUnit.MILLISECONDS.sleep(3);
                    }
                  }
                }));
    TlsLayer.Handshake handshake = handshake(settings(), connected(relay.address()), "localhost");
    Optional<TransportSocket> result = Optional.empty();
    int runs = 0;
    for (; result.isEmpty(); runs++) {
      result = Background.start(() -> handshake.run(after(Duration.ofMillis(2)))).get();
    }
    assertThat(runs).isGreaterThan(5);
    assertEchoes(closing(result.get()));
  }

  // ---- given up ----

  @Test
  void closeOfTheSocketEndsTheHandshake() throws Exception {
    ScriptedServer server = closing(ScriptedServer.plain(socket -> readToTheEnd(socket)));
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < ATTEMPTS && best.compareTo(SOON) > 0; i++) {
      TransportSocket raw = connected(server.address());
      TlsLayer.Handshake handshake = handshake(settings(), raw, "localhost");
      Background<Throwable> run = Background.failing(() -> handshake.run(after(LONG)));
      long start = System.nanoTime();
      raw.close();
      assertKind(run.get(5), FailureKind.CLOSED, FailurePhase.TLS_HANDSHAKE);
      best = min(best, run.endedNanos() - start);
    }
    assertThat(best).isLessThan(SOON);
  }

  /** At every moment of a handshake, and nothing is left open: the base class counts. */
  @Test
  void closeAtAnyMomentLeavesNothingBehind() throws Exception {
    ScriptedServer server = echoing();
    for (int i = 0; i < 40; i++) {
      TransportSocket raw = connected(server.address());
      TlsLayer.Handshake handshake = handshake(settings(), raw, "localhost");
      CountDownLatch go = new CountDownLatch(1);
      Background<Throwable> run =
          Background.start(
              () ->
                  thrownBy(
                      () -> {
                        go.countDown();
                        handshake.run(after(LONG)).orElseThrow().close();
                      }));
      go.await();
      TimeUnit.MICROSECONDS.sleep(i * 250L);
      raw.close();
      Throwable thrown = run.get(5);
      if (thrown != null) {
        assertKind(thrown, FailureKind.CLOSED, FailurePhase.TLS_HANDSHAKE);
      }
    }
  }

  private static Duration min(Duration one, long otherNanos) {
    Duration other = Duration.ofNanos(otherNanos);
    return one.compareTo(other) < 0 ? one : other;
  }

  // ---- the peer leaves ----

  @Test
  void peerThatClosesAtOnce() throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  socket.getInputStream().read(new byte[4_096]);
                }));
    ConnectionFailure failure = handshakeFailure(settings(), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.PEER_CLOSED);
    assertThat(failure).isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void peerThatClosesInTheMiddleOfARecord() throws Exception {
    Relay relay =
        closing(new Relay(echoing().address(), (in, out) -> out.write(Relay.record(in), 0, 50)));
    ConnectionFailure failure = handshakeFailure(settings(), relay.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.PEER_CLOSED);
  }

  @Test
  void peerThatResets() throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  socket.getInputStream().read(new byte[4_096]);
                  socket.setSoLinger(true, 0);
                }));
    ConnectionFailure failure = handshakeFailure(settings(), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.RESET);
    assertThat(failure).isInstanceOf(SocketException.class);
  }

  @Test
  void readerOfALateAnswerIsNotAffectedByTheLimitOfTheHandshake() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    ScriptedServer server =
        server(
            socket -> {
              socket.startHandshake();
              answer.await();
              socket.getOutputStream().write(7);
              readToTheEnd(socket);
            });
    TransportSocket raw = connected(server.address());
    TransportSocket socket =
        closing(
            handshake(settings(), raw, "localhost")
                .run(after(Duration.ofSeconds(5)))
                .orElseThrow());
    assertThat(socket.getSoTimeout()).isZero();
    Background<Integer> reader = Background.start(() -> socket.getInputStream().read());
    Await.untilBlocked(reader.thread());
    answer.countDown();
    assertThat(reader.get()).isEqualTo(7);
  }
}
