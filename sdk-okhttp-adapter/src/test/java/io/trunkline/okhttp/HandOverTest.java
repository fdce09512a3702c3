package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.Endpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/**
 * OkHttp lets the next call have a connection before it says that the last one has left it, and
 * says that it has it only later. Listeners of the client stand in between here.
 */
class HandOverTest extends Fixture {
  private final Gate gate = new Gate();
  private final AtomicInteger released = new AtomicInteger();
  private final AtomicInteger acquired = new AtomicInteger();
  private volatile Step atFirstRelease = () -> {};
  private volatile Step atSecondAcquire = () -> {};

  private interface Step {
    void run() throws Exception;
  }

  private static void now(Step step) {
    try {
      step.run();
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  private OkHttpClient listening() {
    return client(
        each -> each,
        each -> each.maxConnectionsPerEndpoint(2).maxPending(0),
        each ->
            each.eventListener(
                new EventListener() {
                  @Override
                  public void connectionAcquired(Call call, Connection connection) {
                    if (acquired.incrementAndGet() == 2) {
                      now(atSecondAcquire);
                    }
                  }

                  @Override
                  public void connectionReleased(Call call, Connection connection) {
                    if (released.incrementAndGet() == 1) {
                      now(atFirstRelease);
                    }
                  }
                }));
  }

  private MockWebServer gated() throws Exception {
    MockWebServer server = server();
    server.setDispatcher(gate);
    return server;
  }

  @Test
  void theNextCallHasItsOwnPlaceWhileTheLastOneLeaves() throws Exception {
    MockWebServer server = gated();
    OkHttpClient client = listening();
    CompletableFuture<CompletableFuture<String>> next = new CompletableFuture<>();
    atFirstRelease =
        () -> {
          next.complete(start(client.newCall(request(server.url("/next")))));
          assertThat(gate.arrived.poll(5, TimeUnit.SECONDS)).isEqualTo("/next");
        };
    CompletableFuture<String> first = start(client.newCall(request(server.url("/"))));
    gate.arrived.take();
    gate.open(1);
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(adapter.adapter().permits().taken()).isEqualTo(1);
    assertThat(snapshot(server).active()).isEqualTo(1);
    gate.open(1);
    assertThat(next.get().get(10, TimeUnit.SECONDS)).isEqualTo("through");
    eventually("its place is free", () -> adapter.adapter().permits().taken() == 0);
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
  }

  @Test
  void aConnectionIsNotClosedUnderTheCallThatIsAboutToGetIt() throws Exception {
    MockWebServer server = gated();
    OkHttpClient client = listening();
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch firstHasEnded = new CountDownLatch(1);
    CompletableFuture<CompletableFuture<String>> next = new CompletableFuture<>();
    atFirstRelease =
        () -> {
          next.complete(start(client.newCall(request(server.url("/next")))));
          assertThat(taken.await(5, TimeUnit.SECONDS)).isTrue();
          manager.drain(Endpoint.tcp("localhost", server.getPort()));
        };
    atSecondAcquire =
        () -> {
          taken.countDown();
          assertThat(firstHasEnded.await(5, TimeUnit.SECONDS)).isTrue();
        };
    CompletableFuture<String> first = start(client.newCall(request(server.url("/"))));
    gate.arrived.take();
    gate.open(2);
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("through");
    firstHasEnded.countDown();
    assertThat(next.get().get(10, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(server.getRequestCount()).isEqualTo(2);
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
    eventually("then it ends", () -> snapshot(server).connections().isEmpty());
  }

  @Test
  void aConnectionInItsTlsHandshakeDoesNotGiveWay() throws Exception {
    MockWebServer server = server(each -> each.useHttps(SERVER.sslSocketFactory()));
    server.setDispatcher(new Always("x"));
    OkHttpClient client =
        client(
            each ->
                each.eventListener(
                    new EventListener() {
                      @Override
                      public void secureConnectStart(Call call) {
                        manager.drain(Endpoint.tcp("localhost", server.getPort()));
                      }
                    }));
    assertThat(get(client, server.url("/"))).isEqualTo("x");
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
    eventually("then it ends", () -> snapshot(server).connections().isEmpty());
  }
}
