package io.trunkline.transport.tls;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.time.Deadline;
import io.trunkline.time.HousekeeperThread;
import io.trunkline.time.Ticker;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.jdk.JdkTransport;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The housekeeper ends the writes of the jdk transport at their limits, and closes idle
 * connections: so it must never write itself, where that could wait.
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JdkHousekeeperTest {
  @Test
  void closesAConnectionWhosePeerTakesNothingWithoutWaiting() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (HousekeeperThread housekeeper = new HousekeeperThread();
        Transport transport = new JdkTransport("a test asked for it", housekeeper);
        ScriptedServer server =
            ScriptedServer.tls(
                Certificates.server(Certificates.LOCALHOST),
                socket -> {
                  socket.startHandshake();
                  end.await();
                })) {
      TransportSocket raw = transport.open();
      raw.connect(server.address(), 5_000);
      TransportSocket socket =
          new JsseTls(TlsSettings.builder().sslContext(Certificates.client()).build())
              .begin(raw, Endpoint.tls("localhost", raw.getPort()))
              .run(Deadline.afterNanos(Ticker.SYSTEM, TimeUnit.SECONDS.toNanos(10)))
              .orElseThrow();
      CompletableFuture<Throwable> write = new CompletableFuture<>();
      CompletableFuture<Boolean> closed = new CompletableFuture<>();
      housekeeper.schedule(
          0,
          () -> {
            try {
              raw.setWriteTimeout(10);
            } catch (SocketException unexpected) {
              write.completeExceptionally(unexpected);
            }
            write.complete(thrownBy(() -> raw.write(new byte[50_000_000], 0, 50_000_000)));
            thrownBy(socket::close);
            closed.complete(socket.isClosed());
          });
      Throwable thrown = write.get(10, TimeUnit.SECONDS);
      assertThat(((ConnectionFailure) thrown).kind()).isEqualTo(FailureKind.WRITE_TIMED_OUT);
      assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
      end.countDown();
    }
  }
}
