package io.trunkline.okhttp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/**
 * A cancel ends a call within 100 ms, whatever it does, each time, and nothing of it is left. What
 * a busy machine took meanwhile from a thread that only sleeps is not held against it.
 */
class CancelTest extends Fixture {
  private static final int ATTEMPTS = 5;
  private static final long AT_ONCE = TimeUnit.MILLISECONDS.toNanos(100);

  private final ControlSleeper sleeper = closing(new ControlSleeper());

  /** What OkHttp has told of a call. */
  private static final class Steps extends EventListener {
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    static Predicate<Steps> reached(String step) {
      return steps -> steps.seen.contains(step);
    }

    @Override
    public void dnsStart(Call call, String domainName) {
      seen.add("lookup");
    }

    @Override
    public void connectStart(Call call, InetSocketAddress remote, Proxy proxy) {
      seen.add("connect");
    }

    @Override
    public void secureConnectStart(Call call) {
      seen.add("tls");
    }

    @Override
    public void requestHeadersEnd(Call call, Request request) {
      seen.add("sent");
    }

    @Override
    public void requestBodyStart(Call call) {
      seen.add("write");
    }

    @Override
    public void responseBodyStart(Call call) {
      seen.add("body");
    }
  }

  /**
   * @param settleMillis what it takes from the step that was told to a wait
   * @param held sockets of this process that the server keeps
   */
  private void endsAtOnce(
      OkHttpClient client,
      Request request,
      Predicate<Steps> phase,
      long settleMillis,
      IntSupplier held)
      throws Exception {
    long before = sockets() - held.getAsInt();
    int permits = adapter.adapter().permits().size();
    for (int i = 0; i < ATTEMPTS; i++) {
      Steps steps = new Steps();
      Call call = client.newBuilder().eventListener(steps).build().newCall(request);
      CompletableFuture<Ended> running = start(() -> ended(call));
      eventually("it has come that far", () -> phase.test(steps));
      Thread.sleep(settleMillis);
      assertThat(running).isNotDone();

      long start = System.nanoTime();
      call.cancel();
      long returned = System.nanoTime();
      Ended ended = running.get(10, TimeUnit.SECONDS);

      long end = Math.max(returned, ended.nanos());
      long took = end - start - sleeper.lostNanos(start, end);
      assertThat(took).as("nanoseconds until it ended, attempt %d", i).isLessThan(AT_ONCE);
      assertThat(found(ended.failure()).kind()).isEqualTo(FailureKind.CLOSED);
    }
    eventually("no place is held", () -> adapter.adapter().permits().size() == permits);
    eventually("no socket is left", () -> sockets() - held.getAsInt() <= before);
    Endpoint endpoint = Endpoint.tcp(request.url().host(), request.url().port());
    for (EndpointSnapshot each : manager.snapshot().endpoints()) {
      if (each.endpoint().equals(endpoint)) {
        assertThat(each.failedDials()).as("failed dials").isZero();
        assertThat(each.dialling()).as("dials under way").isZero();
      }
    }
  }

  private void endsAtOnce(
      OkHttpClient client, Request request, Predicate<Steps> phase, long settleMillis)
      throws Exception {
    endsAtOnce(client, request, phase, settleMillis, () -> 0);
  }

  private record Ended(IOException failure, long nanos) {}

  private static Ended ended(Call call) {
    IOException failure =
        failureOf(
            () -> {
              try (Response response = call.execute()) {
                return response.body().string();
              }
            });
    return new Ended(failure, System.nanoTime());
  }

  private static Request large(Object url) {
    return request(url).newBuilder().post(body(new byte[30_000_000])).build();
  }

  // ---- before there is a connection ----

  @Test
  void whileItWaitsForAPermit() throws Exception {
    MockWebServer server = server();
    Gate gate = new Gate();
    server.setDispatcher(gate);
    OkHttpClient client =
        client(each -> each, each -> each.maxConnectionsPerEndpoint(1), each -> each);
    CompletableFuture<String> holder = start(client.newCall(request(server.url("/"))));
    eventually("it is taken", () -> gate.arrived.size() == 1);
    endsAtOnce(client, request(server.url("/")), steps -> waiting() == 1, 10);
    gate.open(1);
    assertThat(holder.get()).isEqualTo("through");
  }

  /** Answers when the test has ended. */
  private EndpointResolver hanging() {
    CountDownLatch ended = new CountDownLatch(1);
    closing(ended::countDown);
    return endpoint -> {
      try {
        ended.await();
      } catch (InterruptedException closed) {
        Thread.currentThread().interrupt();
      }
      return List.of();
    };
  }

  @Test
  void whileItsNameIsLookedUp() throws Exception {
    OkHttpClient client = client(each -> each.resolver(hanging()), each -> each, each -> each);
    for (String scheme : List.of("http", "https")) {
      endsAtOnce(client, request(scheme + "://svc.test/"), Steps.reached("lookup"), 20);
    }
  }

  /** The limit of a call is a cancel, too. */
  @Test
  void theLimitOfACallEndsALookupThatHangs() throws Exception {
    OkHttpClient client =
        client(
            each -> each.resolver(hanging()),
            each -> each,
            each -> each.callTimeout(200, TimeUnit.MILLISECONDS));
    long start = System.nanoTime();
    Ended ended = ended(client.newCall(request("http://svc.test/")));
    assertThat(TimeUnit.NANOSECONDS.toMillis(ended.nanos() - start)).isBetween(199L, 2_000L);
    assertThat(ended.failure()).isInstanceOf(InterruptedIOException.class);
    assertThat(found(ended.failure()).kind()).isEqualTo(FailureKind.TIMED_OUT);
  }

  @Test
  void whileItsDialWaitsForTheStormGuard() throws Exception {
    FullBacklog hole = closing(new FullBacklog(InetAddress.getByName("127.0.0.1"), 0));
    String url = "http://127.0.0.1:" + hole.port() + "/";
    OkHttpClient client =
        client(
            each -> each.pool(pool -> pool.maxDialsInFlight(1)),
            each -> each,
            each -> each.fastFallback(false));
    Call first = client.newCall(request(url));
    CompletableFuture<Ended> dials = start(() -> ended(first));
    eventually("it dials", () -> adapter.adapter().permits().taken() == 1);
    Thread.sleep(50);
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", hole.port());
    for (int i = 0; i < ATTEMPTS; i++) {
      Call second = client.newCall(request(url));
      CompletableFuture<Ended> waits = start(() -> ended(second));
      eventually("it waits", () -> snapshot(endpoint).waiting() == 1);
      long start = System.nanoTime();
      second.cancel();
      Ended ended = waits.get(10, TimeUnit.SECONDS);
      long took = ended.nanos() - start - sleeper.lostNanos(start, ended.nanos());
      assertThat(took).isLessThan(AT_ONCE);
      assertThat(found(ended.failure()).kind()).isEqualTo(FailureKind.CLOSED);
      assertThat(dials).as("the dial that it waited for").isNotDone();
    }
    first.cancel();
    assertThat(found(dials.get().failure()).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(snapshot(endpoint).failedDials()).isZero();
  }

  @Test
  void whileItConnects() throws Exception {
    FullBacklog hole = closing(new FullBacklog(InetAddress.getByName("127.0.0.1"), 0));
    Request request = request("http://127.0.0.1:" + hole.port() + "/");
    endsAtOnce(client(), request, Steps.reached("connect"), 20);
    endsAtOnce(client(each -> each.fastFallback(false)), request, Steps.reached("connect"), 20);
  }

  @Test
  void inTheTlsHandshake() throws Exception {
    int port = silent().getLocalPort();
    endsAtOnce(client(), request("https://localhost:" + port + "/"), Steps.reached("tls"), 40);
  }

  // ---- on a connection ----

  @Test
  void whileItWritesWhatNobodyReads() throws Exception {
    int port = silent().getLocalPort();
    Predicate<Steps> writes = Steps.reached("write");
    endsAtOnce(client(), large("http://localhost:" + port + "/"), writes, 60);
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    endsAtOnce(client(), large(wedged.url()), writes, 100, wedged::held);
  }

  /** The connection stays, for other streams, until OkHttp's pool lets it go. */
  @Test
  void whileItWritesAStreamThatNobodyReads() throws Exception {
    int port = silent().getLocalPort();
    OkHttpClient client = client(speaking(Protocol.H2_PRIOR_KNOWLEDGE));
    IntSupplier pooled = client.connectionPool()::connectionCount;
    Request request = large("http://localhost:" + port + "/");
    endsAtOnce(client, request, Steps.reached("write"), 60, pooled);
  }

  @Test
  void whileItReadsWhatDoesNotCome() throws Exception {
    int port = silent().getLocalPort();
    Predicate<Steps> sent = Steps.reached("sent");
    endsAtOnce(client(), request("http://localhost:" + port + "/"), sent, 20);
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    endsAtOnce(client(), request(wedged.url()), sent, 20, wedged::held);
  }

  /** The connection of HTTP/2 stays: only the stream ends. */
  @Test
  void whileItReadsAStreamThatSaysNothing() throws Exception {
    for (boolean tls : new boolean[] {false, true}) {
      Protocol protocol = tls ? Protocol.HTTP_2 : Protocol.H2_PRIOR_KNOWLEDGE;
      MockWebServer server = server(protocol, tls);
      Gate gate = new Gate();
      gate.open(1);
      server.setDispatcher(gate);
      closing(() -> gate.open(ATTEMPTS));
      OkHttpClient client = client(speaking(protocol));
      assertThat(get(client, server.url("/"))).isEqualTo("through");
      endsAtOnce(client, request(server.url("/")), Steps.reached("sent"), 20);
      assertThat(snapshot(server).handshakes()).isEqualTo(1);
      client.connectionPool().evictAll();
    }
  }

  /** Sends the head of its answer and a part of the body, and waits for the end. */
  private ServerSocket stopsInTheBody() throws IOException {
    byte[] part = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart".getBytes(US_ASCII);
    ServerSocket listener = silent();
    start(
        () -> {
          while (true) {
            try (Socket accepted = listener.accept()) {
              accepted.getInputStream().read(new byte[1_000]);
              accepted.getOutputStream().write(part);
              while (accepted.getInputStream().read() >= 0) {
                // Until the client has gone.
              }
            } catch (SocketException gone) {
              if (listener.isClosed()) {
                return null;
              }
            }
          }
        });
    return listener;
  }

  @Test
  void whileItsBodyIsRead() throws Exception {
    String url = "http://localhost:" + stopsInTheBody().getLocalPort() + "/";
    endsAtOnce(client(), request(url), Steps.reached("body"), 20);
  }

  @Test
  void evenIfNobodyClosesTheBody() throws Exception {
    ServerSocket listener = stopsInTheBody();
    Call call = client().newCall(request("http://localhost:" + listener.getLocalPort() + "/"));
    Response response = call.execute();
    assertThat(response.body().source().readUtf8(4)).isEqualTo("part");
    call.cancel();
    Endpoint endpoint = Endpoint.tcp("localhost", listener.getLocalPort());
    eventually("no place is held", () -> adapter.adapter().permits().taken() == 0);
    eventually("no connection is open", () -> snapshot(endpoint).active() == 0);
    response.close();
  }
}
