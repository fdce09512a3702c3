package io.trunkline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectRefusedException;
import io.trunkline.failure.ConnectTimedOutException;
import io.trunkline.failure.DialInterruptedException;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.TransferTimedOutException;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ScriptedServer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link ConnectionManager#call} repeats, over each transport. */
abstract class CallContract {
  /** Read, and the connection closed. */
  private static final char CLOSE = 'c';

  /** Read, answered, and the connection closed. */
  private static final char ANSWER_AND_CLOSE = 'a';

  /** Read, and never answered. */
  private static final char SILENCE = 's';

  private ScriptedServer server;
  private Endpoint endpoint;
  private ConnectionManager manager;
  private final AtomicInteger runs = new AtomicInteger();

  abstract TransportMode transport();

  @BeforeEach
  void open() throws IOException {
    server = ScriptedServer.plain(CallContract::answer);
    endpoint = Endpoint.tcp("127.0.0.1", server.address().getPort());
    manager = builder().build();
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    server.close();
  }

  private ConnectionManager.Builder builder() {
    return ConnectionManager.builder()
        .transport(transport())
        .retry(r -> r.firstBackoff(Duration.ofMillis(20)).longestBackoff(Duration.ofMillis(40)));
  }

  private void restart(ConnectionManager.Builder changed) {
    manager.close();
    manager = changed.build();
  }

  /** Answers each letter with itself; a few have a meaning. */
  private static void answer(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    for (int letter = in.read(); letter >= 0; letter = in.read()) {
      if (letter == CLOSE) {
        return;
      }
      if (letter != SILENCE) {
        socket.getOutputStream().write(letter);
      }
      if (letter == ANSWER_AND_CLOSE) {
        return;
      }
    }
  }

  private static void ask(Lease lease, char letter) throws IOException {
    lease.output().write(letter);
    if (lease.input().read() != letter) {
      throw new EOFException("no answer");
    }
  }

  private void warm() throws IOException {
    manager.call(
        endpoint,
        lease -> {
          ask(lease, 'x');
          return null;
        });
  }

  /** Kills the reused connection on its first run, and is answered on the next. */
  private Void diesOnce(Lease lease) throws IOException {
    ask(lease, runs.incrementAndGet() == 1 ? CLOSE : 'x');
    return null;
  }

  // ---- a connection that had served before ----

  @Test
  void anIdempotentExchangeIsRepeatedWhenItsReusedConnectionDies() throws Exception {
    List<FailureKind> told = new CopyOnWriteArrayList<>();
    restart(
        builder()
            .listener(
                new ConnectionListener() {
                  @Override
                  public void retried(Endpoint endpoint, FailureKind kind) {
                    told.add(kind);
                  }
                }));
    warm();
    manager.call(endpoint, true, this::diesOnce);
    assertThat(runs).hasValue(2);
    assertThat(told).containsExactly(FailureKind.PEER_CLOSED);
    assertThat(server.accepted()).isEqualTo(2);
    assertThat(manager.snapshot().endpoint(endpoint).orElseThrow().idle()).isEqualTo(1);
  }

  @Test
  void anotherExchangeIsNot() throws Exception {
    warm();
    assertThatThrownBy(() -> manager.call(endpoint, false, this::diesOnce))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(
            () -> {
              runs.set(0);
              warm();
              manager.call(endpoint, this::diesOnce);
            })
        .isInstanceOf(EOFException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void anExchangeThatHadSentNothingIsRepeated() throws Exception {
    warm();
    manager.call(
        endpoint,
        lease -> {
          if (runs.incrementAndGet() == 1) {
            // Somebody's shutdown of the other side, in the moment between lease and request.
            lease.socket().shutdownInput();
            if (lease.input().read() < 0) {
              throw new EOFException("it is gone");
            }
          }
          ask(lease, 'x');
          return null;
        });
    assertThat(runs).hasValue(2);
  }

  @Test
  void afterAByteOfTheAnswerNothingIsRepeated() throws Exception {
    warm();
    assertThatThrownBy(
            () ->
                manager.call(
                    endpoint,
                    true,
                    lease -> {
                      runs.incrementAndGet();
                      ask(lease, ANSWER_AND_CLOSE);
                      ask(lease, 'x');
                      return null;
                    }))
        .isInstanceOf(IOException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void aNewConnectionThatDiesIsNotTriedAgain() {
    assertThatThrownBy(() -> manager.call(endpoint, true, this::diesOnce))
        .isInstanceOf(EOFException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void aFailureOfTheExchangeItselfIsNotRepeated() throws Exception {
    warm();
    for (Exception own :
        new Exception[] {new IOException("bad checksum"), new IllegalStateException("a defect")}) {
      runs.set(0);
      assertThatThrownBy(
              () ->
                  manager.call(
                      endpoint,
                      true,
                      lease -> {
                        runs.incrementAndGet();
                        lease.output().write('x');
                        if (own instanceof IOException failed) {
                          throw failed;
                        }
                        throw (RuntimeException) own;
                      }))
          .isSameAs(own);
      assertThat(runs).hasValue(1);
    }
    assertThat(manager.snapshot().endpoint(endpoint).orElseThrow().active()).isZero();
  }

  // ---- limits ----

  @Test
  void aReadLimitIsAnsweredByAnotherAttemptIfTheRequestMayComeTwice() throws Exception {
    restart(builder().socket(s -> s.readTimeout(Duration.ofMillis(500))));
    manager.call(
        endpoint,
        true,
        lease -> {
          ask(lease, runs.incrementAndGet() < 3 ? SILENCE : 'x');
          return null;
        });
    assertThat(runs).hasValue(3);
    runs.set(0);
    assertThatThrownBy(
            () ->
                manager.call(
                    endpoint,
                    false,
                    lease -> {
                      runs.incrementAndGet();
                      ask(lease, SILENCE);
                      return null;
                    }))
        .isInstanceOf(TransferTimedOutException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void attemptsAreBoundedAndTheEarlierFailuresKept() {
    restart(builder().socket(s -> s.readTimeout(Duration.ofMillis(50))));
    assertThatThrownBy(
            () ->
                manager.call(
                    endpoint,
                    true,
                    lease -> {
                      runs.incrementAndGet();
                      ask(lease, SILENCE);
                      return null;
                    }))
        .isInstanceOf(TransferTimedOutException.class)
        .satisfies(
            last -> {
              assertThat(last.getSuppressed()).hasSize(1);
              assertThat(last.getSuppressed()[0].getSuppressed()).hasSize(1);
            });
    assertThat(runs).hasValue(3);
  }

  @Test
  void retriesHaveABudget() {
    restart(
        builder()
            .socket(s -> s.readTimeout(Duration.ofMillis(20)))
            .retry(r -> r.firstBackoff(Duration.ofMillis(1)).minimum(2)));
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(
              () ->
                  manager.call(
                      endpoint,
                      true,
                      lease -> {
                        runs.incrementAndGet();
                        ask(lease, SILENCE);
                        return null;
                      }))
          .isInstanceOf(TransferTimedOutException.class);
    }
    assertThat(runs).as("five calls and two retries").hasValue(7);
  }

  @Test
  void noAttemptBeginsAfterTheTimeOfTheCall() {
    restart(
        builder()
            .pool(p -> p.acquireTimeout(Duration.ofMillis(1_000)))
            .socket(s -> s.readTimeout(Duration.ofMillis(1_200))));
    assertThatThrownBy(
            () ->
                manager.call(
                    endpoint,
                    true,
                    lease -> {
                      runs.incrementAndGet();
                      ask(lease, SILENCE);
                      return null;
                    }))
        .isInstanceOf(TransferTimedOutException.class);
    assertThat(runs).hasValue(1);
  }

  // ---- no lease ----

  @Test
  void aRefusalIsNotRepeated() throws Exception {
    // Bound, so that nobody else listens there, and not listening itself.
    try (Socket reserved = new Socket()) {
      reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Endpoint dead = Endpoint.tcp("127.0.0.1", reserved.getLocalPort());
      assertThatThrownBy(() -> manager.call(dead, true, lease -> null))
          .isInstanceOf(ConnectRefusedException.class)
          .hasNoSuppressedExceptions();
      assertThat(manager.snapshot().endpoint(dead).orElseThrow().failedDials()).isEqualTo(1);
    }
  }

  @Test
  void aDialWithoutAnswerIsRepeatedAfterAPauseWithinTheTimeOfTheCall() throws Exception {
    restart(
        builder()
            .connect(c -> c.timeout(Duration.ofMillis(200)))
            .pool(p -> p.acquireTimeout(Duration.ofSeconds(5))));
    try (FullBacklog full = new FullBacklog()) {
      Endpoint silent = Endpoint.tcp("127.0.0.1", full.address().getPort());
      assertThatThrownBy(() -> manager.call(silent, false, lease -> null))
          .isInstanceOf(ConnectTimedOutException.class);
      assertThat(manager.snapshot().endpoint(silent).orElseThrow().failedDials()).isEqualTo(3);
    }
  }

  @Test
  void anInterruptEndsThePause() throws Exception {
    restart(
        builder()
            .socket(s -> s.readTimeout(Duration.ofMillis(50)))
            .retry(
                r -> r.firstBackoff(Duration.ofSeconds(8)).longestBackoff(Duration.ofSeconds(8))));
    Thread caller = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              try {
                Await.until("it pauses", () -> caller.getState() == Thread.State.TIMED_WAITING);
              } catch (Exception | AssertionError late) {
                // It is interrupted all the same, and the test sees what came of it.
              }
              caller.interrupt();
            });
    assertThatThrownBy(
            () ->
                manager.call(
                    endpoint,
                    true,
                    lease -> {
                      runs.incrementAndGet();
                      try {
                        ask(lease, SILENCE);
                      } finally {
                        interrupter.start();
                      }
                      return null;
                    }))
        .isInstanceOf(DialInterruptedException.class)
        .hasCauseInstanceOf(TransferTimedOutException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(runs).hasValue(1);
    interrupter.join();
  }

  @Test
  void eachAttemptHasALeaseOfItsOwn() throws Exception {
    warm();
    Lease[] leases = new Lease[2];
    String answer =
        manager.call(
            endpoint,
            true,
            lease -> {
              leases[runs.get()] = lease;
              diesOnce(lease);
              return new String(new byte[] {'o', 'k'}, US_ASCII);
            });
    assertThat(answer).isEqualTo("ok");
    assertThat(leases[0]).isNotSameAs(leases[1]);
    assertThat(leases[0].isEnded()).isTrue();
    assertThat(leases[1].isEnded()).isTrue();
  }
}
