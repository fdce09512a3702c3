package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** A cancel ends a call within 100 ms, whatever it does, and nothing of it is left. */
class CancelTest extends Fixture {
  private static final int ATTEMPTS = 5;
  private static final long AT_ONCE = TimeUnit.MILLISECONDS.toNanos(100);

  private void endsAtOnce(OkHttpClient client, Request request, long afterMillis) throws Exception {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ATTEMPTS && best > AT_ONCE; i++) {
      Call call = client.newCall(request);
      CompletableFuture<String> running = start(call);
      Thread.sleep(afterMillis);
      assertThat(running).isNotDone();
      long start = System.nanoTime();
      call.cancel();
      IOException failure = failureOf(running);
      best = Math.min(best, System.nanoTime() - start);
      assertThat(found(failure).kind()).isEqualTo(FailureKind.CLOSED);
    }
    assertThat(best).as("nanoseconds until it ended").isLessThan(AT_ONCE);
    eventually("no place is held", () -> adapter.adapter().permits().size() == 0);
    HttpUrl url = request.url();
    EndpointSnapshot after = snapshot(Endpoint.tcp(url.host(), url.port()));
    assertThat(after.failedDials()).as("failed dials").isZero();
    assertThat(after.active()).as("active connections").isZero();
    client.connectionPool().evictAll();
  }

  private static Request large(Object url) {
    return request(url).newBuilder().post(body(new byte[30_000_000])).build();
  }

  @Test
  void whileItConnects() throws Exception {
    FullBacklog hole = closing(new FullBacklog(InetAddress.getByName("127.0.0.1"), 0));
    endsAtOnce(client(), request("http://127.0.0.1:" + hole.port() + "/"), 60);
    endsAtOnce(
        client(each -> each.fastFallback(false)),
        request("http://127.0.0.1:" + hole.port() + "/"),
        60);
  }

  @Test
  void inTheTlsHandshake() throws Exception {
    int port = silent().getLocalPort();
    endsAtOnce(client(), request("https://localhost:" + port + "/"), 150);
  }

  @Test
  void whileItWritesWhatNobodyReads() throws Exception {
    int port = silent().getLocalPort();
    endsAtOnce(client(), large("http://localhost:" + port + "/"), 100);
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    endsAtOnce(client(), large(wedged.url()), 250);
    endsAtOnce(
        client(speaking(Protocol.H2_PRIOR_KNOWLEDGE)),
        large("http://localhost:" + port + "/"),
        100);
  }

  @Test
  void whileItReadsWhatDoesNotCome() throws Exception {
    int port = silent().getLocalPort();
    endsAtOnce(client(), request("http://localhost:" + port + "/"), 60);
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    endsAtOnce(client(), request(wedged.url()), 200);
    for (boolean tls : new boolean[] {false, true}) {
      Protocol protocol = tls ? Protocol.HTTP_2 : Protocol.H2_PRIOR_KNOWLEDGE;
      MockWebServer server = server(protocol, tls);
      Gate gate = new Gate();
      server.setDispatcher(gate);
      closing(() -> gate.open(ATTEMPTS));
      endsAtOnce(client(speaking(protocol)), request(server.url("/")), 200);
    }
  }

  @Test
  void whileItsBodyIsReadAndEvenIfNobodyClosesIt() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(
        new Always(
            new MockResponse.Builder()
                .body("x".repeat(100_000))
                .throttleBody(1_000, 10, TimeUnit.SECONDS)
                .build()));
    Call call = client().newCall(request(server.url("/")));
    Response response = call.execute();
    assertThat(response.body().source().readUtf8(10)).isEqualTo("x".repeat(10));
    call.cancel();
    eventually("no place is held", () -> adapter.adapter().permits().taken() == 0);
    eventually("no connection is open", () -> snapshot(server).active() == 0);
    response.close();
  }
}
