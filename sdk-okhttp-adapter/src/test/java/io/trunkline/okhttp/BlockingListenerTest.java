package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** OkHttp's watchdog is one thread for all clients: who listens may not hold it up. */
class BlockingListenerTest extends Fixture {
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);

  private final class Stuck implements ConnectionListener {
    @Override
    public void closed(
        Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
      stick();
    }

    @Override
    public void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {
      stick();
    }

    private void stick() {
      told.countDown();
      try {
        assertThat(mayGoOn.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException closing) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private OkHttpClient listened() {
    return client(
        each -> each.listener(new Stuck()),
        each -> each,
        each -> each.readTimeout(Duration.ofMillis(100)));
  }

  private static String url(ServerSocket listener) {
    return "http://localhost:" + listener.getLocalPort() + "/";
  }

  @Test
  void timeoutsOfOtherCallsEndWhileTheListenerIsToldOfAClose() throws Exception {
    ServerSocket silent = silent();
    OkHttpClient client = listened();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<String> call = start(client.newCall(request(url(silent))));
      IOException failure = failureOf(call.orTimeout(5, TimeUnit.SECONDS));
      assertThat(failure).isInstanceOf(SocketTimeoutException.class);
      assertThat(found(failure).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
    }
    assertThat(told.await(5, TimeUnit.SECONDS)).isTrue();
    MockWebServer server = server();
    server.enqueue(answer("x"));
    OkHttpClient patient = client.newBuilder().readTimeout(Duration.ofSeconds(5)).build();
    assertThat(get(patient, server.url("/"))).isEqualTo("x");
    mayGoOn.countDown();
  }

  @Test
  void timeoutsOfOtherCallsEndWhileTheListenerIsToldOfACancelledConnect() throws Exception {
    FullBacklog hole =
        closing(new FullBacklog(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
    ServerSocket silent = silent();
    OkHttpClient client = listened();
    Call first = client.newCall(request("http://127.0.0.1:" + hole.port() + "/"));
    first.timeout().timeout(100, TimeUnit.MILLISECONDS);
    CompletableFuture<String> stuck = start(first);
    assertThat(told.await(5, TimeUnit.SECONDS)).isTrue();
    Call second = client.newCall(request(url(silent)));
    second.timeout().timeout(50, TimeUnit.MILLISECONDS);
    assertThat(failureOf(start(second).orTimeout(5, TimeUnit.SECONDS)))
        .isExactlyInstanceOf(InterruptedIOException.class)
        .hasMessage("timeout");
    mayGoOn.countDown();
    assertThat(failureOf(stuck.orTimeout(5, TimeUnit.SECONDS))).hasMessage("timeout");
  }
}
