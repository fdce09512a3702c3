package io.trunkline;

import static io.trunkline.EchoPool.echo;
import static io.trunkline.EchoPool.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What closing a manager ends, over each transport. */
abstract class ManagerCloseContract {
  private static final Duration SHORT = Duration.ofMillis(150);

  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void closeCutsLeasesAndRefusesNewOnes() throws Exception {
    ConnectionManager manager = pool.start();
    Lease lease = pool.acquire();
    manager.close();
    assertThatThrownBy(() -> lease.input().read())
        .isInstanceOf(SocketException.class)
        .satisfies(thrown -> assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.CLOSED));
    lease.release();
    lease.close();
    assertThatThrownBy(() -> pool.acquire())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("manager is closed");
    manager.close();
    Await.until("the server sees the end", () -> pool.server().open() == 0);
  }

  @Test
  void closeFailsThoseWhoWait() throws Exception {
    ConnectionManager manager = pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease held = pool.acquire();
    CompletableFuture<Lease> waiting = pool.acquiring(Duration.ofSeconds(30));
    Await.until("it waits", () -> pool.waiting() == 1);
    manager.close();
    assertThatThrownBy(() -> waiting.get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .satisfies(thrown -> assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.CLOSED));
    held.close();
  }

  @Test
  void aGracefulCloseWaitsForLeases() throws Exception {
    ConnectionManager manager = pool.start();
    Lease lease = pool.acquire();
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(() -> manager.close(Duration.ofSeconds(5)));
    Thread.sleep(100);
    assertThat(closing).isNotDone();
    echo(lease, "goes on");
    lease.release();
    closing.get(2, TimeUnit.SECONDS);
    assertThat(manager.snapshot().openConnections()).isZero();
  }

  @Test
  void aGracefulCloseCutsWhatIsLateAtItsDeadline() throws Exception {
    ConnectionManager manager = pool.start();
    Lease lease = pool.acquire();
    long start = System.nanoTime();
    manager.close(SHORT);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(SHORT, SHORT.plusMillis(1_500));
    assertThatThrownBy(() -> lease.output().write(1)).isInstanceOf(SocketException.class);
  }

  @Test
  void closeEndsTheThreadsOfTheManager() throws Exception {
    Set<Thread> ofOthers = Thread.getAllStackTraces().keySet(); // such as the shared manager's
    ConnectionManager manager = pool.start(b -> b.pool(p -> p.minIdle(1)));
    pool.exchange("x");
    manager.acquire(Endpoint.tcp("localhost", pool.server().port())).release();
    manager.close();
    Await.until(
        "its threads are gone",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(each -> !ofOthers.contains(each))
                .noneMatch(each -> each.isAlive() && each.getName().startsWith("trunkline-")));
  }

  @Test
  void closeEndsDialsUnderWay() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      ConnectionManager manager = pool.start();
      Endpoint silent = Endpoint.tcp("127.0.0.1", full.getLocalPort());
      CompletableFuture<Throwable> dialled = new CompletableFuture<>();
      Thread dialler =
          new Thread(
              () -> {
                try {
                  manager.acquire(silent);
                } catch (IOException ended) {
                  dialled.complete(ended);
                }
              });
      dialler.start();
      Await.until(
          "it dials",
          () -> manager.snapshot().endpoint(silent).map(EndpointSnapshot::dialling).orElse(0) == 1);
      Thread.sleep(50); // from the ticket to the handshake
      long start = System.nanoTime();
      manager.close();
      assertThat(failureOf(dialled.get(5, TimeUnit.SECONDS)).kind()).isEqualTo(FailureKind.CLOSED);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(manager.snapshot().openConnections()).isZero();
      assertThatThrownBy(() -> manager.dial(silent)).hasMessageContaining("closed");
      assertThat(first.isConnected() && second.isConnected()).isTrue();
    }
  }
}
