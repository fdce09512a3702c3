package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 2,000 POSTs that must not be repeated (500 over TLS), against a server that closes each idle
 * connection at a random moment. With OkHttp as it is many of them fail; with the adapter only
 * those that crossed a FIN on the way: nobody can know of it beforehand (RFC 9112, section 9.5),
 * and the server's record proves it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IdleCloseTest {
  private static final int CLIENTS = ServerTls.ADDRESSES;
  private static final int ROUNDS = 80;
  private static final int TLS_ROUNDS = 20;
  private static final int MOST_IDLE_MILLIS = 40;

  private static final class Outcome {
    final Subject subject;
    final AtomicInteger reused = new AtomicInteger();
    final AtomicInteger crossed = new AtomicInteger();
    final AtomicInteger stale = new AtomicInteger();
    final ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();

    Outcome(Subject subject) {
      this.subject = subject;
    }
  }

  /** The connection of a call, for the server's record of it. */
  private static final class Seen extends EventListener {
    volatile Socket socket;
    final Set<Integer> ports = new HashSet<>();
    volatile boolean reused;

    @Override
    public void connectionAcquired(Call call, Connection connection) {
      socket = connection.socket();
      reused = !ports.add(socket.getLocalPort());
    }
  }

  @Test
  void ofManyPostsOnlyThoseFailThatCrossedTheFin() throws Exception {
    prove(false, ROUNDS);
  }

  /** There the server says goodbye before its FIN; a session ticket on an idle one is no fault. */
  @Test
  void overTlsAsWell() throws Exception {
    prove(true, TLS_ROUNDS);
  }

  private static void prove(boolean tls, int rounds) throws Exception {
    Outcome plain = run(Subject.PLAIN, tls, rounds);
    Outcome adapted = run(Subject.JNI, tls, rounds);
    int posts = CLIENTS * rounds;
    System.out.printf(
        "%d POSTs%s, idle connections closed at random: plain OkHttp fails %d, the adapter %d"
            + " (%d reused; closed before the call: %d and %d)%n",
        posts,
        tls ? " over TLS" : "",
        plain.failed.size(),
        adapted.failed.size(),
        adapted.reused.get(),
        plain.stale.get(),
        adapted.stale.get());
    assertThat(plain.stale.get()).as("the race was run").isGreaterThan(posts / 20);
    assertThat(adapted.stale.get()).as("sent on a connection closed before").isZero();
    assertThat(adapted.reused.get()).as("reused all the same").isGreaterThan(posts / 20);
    assertThat(adapted.crossed.get()).as("crossings are rare").isLessThan(posts / 10);
  }

  private static Outcome run(Subject subject, boolean tls, int rounds) throws Exception {
    Outcome outcome = new Outcome(subject);
    try (RandomlyClosingServer server = new RandomlyClosingServer(MOST_IDLE_MILLIS, tls);
        Subject.Side side = subject.start()) {
      OkHttpClient client =
          side.client(
              ServerTls.trusting(new OkHttpClient.Builder())
                  .protocols(List.of(Protocol.HTTP_1_1))
                  .retryOnConnectionFailure(false)
                  .connectionPool(new ConnectionPool(2 * CLIENTS, 5, TimeUnit.MINUTES)));
      List<Background<Void>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String name = subject + "-" + i + "-";
        String url = (tls ? "https" : "http") + "://127.0.0." + (i + 1) + ":" + server.port() + "/";
        Random random = new Random(i);
        clients.add(
            Background.start(
                () -> {
                  Seen seen = new Seen();
                  OkHttpClient own = client.newBuilder().eventListener(seen).build();
                  for (int round = 0; round < rounds; round++) {
                    post(own, url, name + round, server, seen, outcome);
                    LockSupport.parkNanos(
                        TimeUnit.MICROSECONDS.toNanos(random.nextInt(1_000 * MOST_IDLE_MILLIS)));
                  }
                  return null;
                }));
      }
      for (Background<Void> each : clients) {
        each.get();
      }
      List<String> answered = new ArrayList<>(server.answered());
      assertThat(answered)
          .hasSize(CLIENTS * rounds - outcome.failed.size())
          .doesNotHaveDuplicates();
      assertThat(new HashSet<>(answered))
          .doesNotContainAnyElementsOf(outcome.failed.isEmpty() ? Set.of("none") : outcome.failed);
    }
    return outcome;
  }

  private static void post(
      OkHttpClient client,
      String url,
      String id,
      RandomlyClosingServer server,
      Seen seen,
      Outcome outcome) {
    Request request =
        new Request.Builder()
            .url(url)
            .header("X-Id", id)
            .post(RequestBody.create(RandomlyClosingServer.BODY, null))
            .build();
    long asked = System.nanoTime();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(204);
      outcome.reused.addAndGet(seen.reused ? 1 : 0);
    } catch (IOException thrown) {
      assertThat(seen.reused).as("failed on a new connection: %s", thrown).isTrue();
      if (outcome.subject != Subject.PLAIN) {
        FailureKind kind = Failures.find(thrown).map(ConnectionFailure::kind).orElseThrow();
        assertThat(kind).isIn(FailureKind.PEER_CLOSED, FailureKind.RESET);
      }
      Socket socket = seen.socket;
      boolean stale = server.hadClosed(socket.getLocalPort(), socket.getInetAddress(), asked);
      (stale ? outcome.stale : outcome.crossed).incrementAndGet();
      outcome.failed.add(id);
    }
  }
}
