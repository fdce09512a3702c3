package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Cache;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsTest extends Fixture {
  private final Gate gate = new Gate();

  private OkHttpClient capped(UnaryOperator<TrunklineOkHttp.Builder> change) {
    return client(each -> each, change, each -> each);
  }

  private MockWebServer gated() throws IOException {
    MockWebServer server = server();
    server.setDispatcher(gate);
    return server;
  }

  private static void allDone(List<CompletableFuture<String>> calls) throws Exception {
    for (CompletableFuture<String> each : calls) {
      each.get(15, TimeUnit.SECONDS);
    }
  }

  @Test
  void callsTakeTurnsFirstComeFirstServed() throws Exception {
    MockWebServer server = gated();
    OkHttpClient client = capped(each -> each.maxConnectionsPerEndpoint(2));
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      calls.add(start(client.newCall(request(server.url("/" + i)))));
      int expected = i;
      eventually("it is there or waits", () -> gate.arrived.size() + waiting() == expected + 1);
    }
    assertThat(gate.arrived).hasSize(2);
    assertThat(snapshot(server).waiting()).isEqualTo(4);
    for (int i = 2; i < 6; i++) {
      int expected = i + 1;
      gate.open(1);
      eventually("the next is there", () -> gate.arrived.size() == expected);
    }
    gate.open(2);
    allDone(calls);
    assertThat(new ArrayList<>(gate.arrived).subList(2, 6)).containsExactly("/2", "/3", "/4", "/5");
    assertThat(gate.most).hasValue(2);
    assertThat(snapshot(server).handshakes()).isEqualTo(2);
  }

  @Test
  void anIdleConnectionGivesWayWhereThereIsNoPlaceInAll() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer one = server(protocol, false);
      MockWebServer other = server(protocol, false);
      one.setDispatcher(new Always("one"));
      other.setDispatcher(new Always("other"));
      OkHttpClient client =
          client(each -> each, each -> each.maxConnections(1).maxPending(0), speaking(protocol));
      for (int i = 0; i < 3; i++) {
        assertThat(get(client, one.url("/"))).isEqualTo("one");
        assertThat(get(client, other.url("/"))).isEqualTo("other");
        assertThat(snapshot(one).idle() + snapshot(other).idle()).isEqualTo(1);
      }
      assertThat(snapshot(one).handshakes()).isEqualTo(3);
    }
  }

  @Test
  void whoWaitsTooLongOrFindsTooManyWaitingIsTold() throws Exception {
    MockWebServer server = gated();
    OkHttpClient client =
        capped(
            each ->
                each.maxConnectionsPerEndpoint(1)
                    .maxPending(1)
                    .acquireTimeout(Duration.ofSeconds(2)));
    CompletableFuture<String> first = start(client.newCall(request(server.url("/"))));
    gate.arrived.take();
    CompletableFuture<String> second = start(client.newCall(request(server.url("/"))));
    eventually("it waits", () -> waiting() == 1);
    IOException third = failureOf(() -> get(client, server.url("/")));
    assertThat(found(third).kind()).isEqualTo(FailureKind.QUEUE_FULL);
    assertThat(found(failureOf(second)).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
    gate.open(1);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
  }

  @Test
  void aCancelAnInterruptAndTheCallTimeoutEndTheWait() throws Exception {
    MockWebServer server = gated();
    OkHttpClient client = capped(each -> each.maxConnectionsPerEndpoint(1));
    CompletableFuture<String> first = start(client.newCall(request(server.url("/"))));
    gate.arrived.take();

    Call cancelled = client.newCall(request(server.url("/")));
    CompletableFuture<String> second = start(cancelled);
    eventually("it waits", () -> waiting() == 1);
    long start = System.nanoTime();
    cancelled.cancel();
    assertThat(found(failureOf(second)).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.MILLISECONDS.toNanos(500));

    Call before = client.newCall(request(server.url("/")));
    before.cancel();
    assertThat(failureOf(() -> before.execute())).isInstanceOf(IOException.class);

    CompletableFuture<Boolean> third =
        start(
            () -> {
              Thread waits = Thread.currentThread();
              start(
                  () -> {
                    eventually("it waits", () -> waiting() == 1);
                    waits.interrupt();
                    return "";
                  });
              IOException failure = failureOf(() -> get(client, server.url("/")));
              assertThat(failure).isInstanceOf(InterruptedIOException.class);
              assertThat(found(failure).kind()).isEqualTo(FailureKind.INTERRUPTED);
              return Thread.interrupted();
            });
    assertThat(third.get(5, TimeUnit.SECONDS)).isTrue();

    Call timed = client.newCall(request(server.url("/")));
    timed.timeout().timeout(50, TimeUnit.MILLISECONDS);
    IOException timeout = failureOf(() -> timed.execute());
    assertThat(timeout).isExactlyInstanceOf(InterruptedIOException.class).hasMessage("timeout");
    assertThat(found(timeout).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);

    assertThat(waiting()).isZero();
    gate.open(1);
    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("through");
  }

  @Test
  void redirectsThereAndBackDoNotWaitForEachOther() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer one = server(protocol, false);
      MockWebServer other = server(protocol, false);
      one.setDispatcher(new Redirect(other));
      other.setDispatcher(new Redirect(one));
      OkHttpClient client =
          client(
              each -> each,
              each ->
                  each.maxConnectionsPerEndpoint(1)
                      .maxConnections(protocol == Protocol.HTTP_1_1 ? 2 : 1)
                      .acquireTimeout(Duration.ofSeconds(10)),
              speaking(protocol));
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        MockWebServer first = i % 2 == 0 ? one : other;
        calls.add(
            start(
                () -> {
                  for (int k = 0; k < 5; k++) {
                    assertThat(get(client, first.url("/away"))).isEqualTo("end");
                  }
                  return "";
                }));
      }
      allDone(calls);
      eventually("all is given back", () -> adapter.adapter().permits().size() == 0);
    }
  }

  private static final class Redirect extends Dispatcher {
    private final MockWebServer to;

    Redirect(MockWebServer to) {
      this.to = to;
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      return request.getUrl().encodedPath().equals("/away")
          ? new MockResponse.Builder().code(302).addHeader("Location", to.url("/end")).build()
          : answer("end");
    }
  }

  @Test
  void aConnectionOfHttp2CountsOnceHoweverManyCallsShareIt() throws Exception {
    for (boolean tls : List.of(true, false)) {
      Protocol protocol = tls ? Protocol.HTTP_2 : Protocol.H2_PRIOR_KNOWLEDGE;
      Gate own = new Gate();
      MockWebServer server = server(protocol, tls);
      server.setDispatcher(own);
      OkHttpClient client =
          client(each -> each, each -> each.maxConnectionsPerEndpoint(1), speaking(protocol));
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        calls.add(start(client.newCall(request(server.url("/")))));
      }
      eventually("all are there at once", () -> own.arrived.size() == 100);
      assertThat(adapter.adapter().permits().taken()).isEqualTo(1);
      own.open(100);
      allDone(calls);
      assertThat(snapshot(server).handshakes()).isEqualTo(1);
      eventually("all is given back", () -> adapter.adapter().permits().size() == 0);
    }
  }

  @Test
  void callsThatFindNoStreamWaitForOne() throws Exception {
    SmallHttp2Server server = closing(new SmallHttp2Server(2, 1));
    OkHttpClient client =
        client(
            each -> each,
            each -> each.maxConnectionsPerEndpoint(1),
            speaking(Protocol.H2_PRIOR_KNOWLEDGE));
    for (int round = 1; round <= 10; round++) {
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        calls.add(start(client.newCall(request(server.url()))));
      }
      allDone(calls);
      assertThat(server.connections).hasValue(1);
      assertThat(server.requests).hasValue(20 * round);
    }
    eventually("all is given back", () -> adapter.adapter().permits().size() == 0);
  }

  @Test
  void whatTheCacheHasNeedsNoPlace(@TempDir Path directory) throws Exception {
    MockWebServer server = server();
    OkHttpClient client =
        client(
            each -> each,
            each -> each.maxConnectionsPerEndpoint(1).maxPending(0),
            each -> each.cache(new Cache(directory.toFile(), 100_000)));
    server.enqueue(
        new MockResponse.Builder().addHeader("Cache-Control: max-age=60").body("kept").build());
    assertThat(get(client, server.url("/kept"))).isEqualTo("kept");
    server.enqueue(
        new MockResponse.Builder().code(302).addHeader("Location: /there").body("away").build());
    server.enqueue(answer("there"));
    long start = System.nanoTime();
    assertThat(get(client, server.url("/"))).isEqualTo("there");
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
    server.enqueue(new MockResponse.Builder().body("held").bodyDelay(20, TimeUnit.SECONDS).build());
    Response held = client.newCall(request(server.url("/held"))).execute();
    assertThat(get(client, server.url("/kept"))).isEqualTo("kept");
    IOException refused = failureOf(() -> get(client, server.url("/other")));
    assertThat(found(refused).kind()).isEqualTo(FailureKind.QUEUE_FULL);
    held.close();
    client.cache().close();
  }

  @Test
  void aResponseThatNobodyClosedGivesItsPlaceBack() throws Exception {
    MockWebServer server = server();
    MockWebServer other = server();
    server.setDispatcher(new Always("x".repeat(100_000)));
    other.setDispatcher(new Always("y"));
    OkHttpClient client = capped(each -> each.maxConnectionsPerEndpoint(1).maxPending(0));
    lose(client, server);
    assertThat(adapter.adapter().permits().taken()).isEqualTo(1);
    eventually(
        "OkHttp finds it",
        () -> {
          System.gc();
          try {
            get(client, other.url("/")); // has it look for lost ones
          } catch (IOException failure) {
            throw new AssertionError(failure);
          }
          return adapter.adapter().permits().taken() == 0;
        });
    assertThat(get(client, server.url("/"))).hasSize(100_000);
  }

  private static void lose(OkHttpClient client, MockWebServer server) throws IOException {
    assertThat(client.newCall(request(server.url("/"))).execute().code()).isEqualTo(200);
  }
}
