package io.trunkline;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.testing.VirtualThreadsForTests;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Virtual threads on a single carrier that do all that a caller of a manager can wait in: some wait
 * for a connection, an answer, a handshake and a name that do not come, and hundreds have exchanges
 * beside them.
 */
final class VirtualManagerMain {
  private static final int CALLERS = 200;
  private static final int EXCHANGES = 10;

  private VirtualManagerMain() {}

  public static void main(String[] arguments) throws Exception {
    TransportMode transport = TransportMode.valueOf(arguments[0]);
    CountDownLatch never = new CountDownLatch(1);
    try (ScriptedServer plain = ScriptedServer.plain(ScriptedServer::echo);
        ScriptedServer tls =
            ScriptedServer.tls(Certificates.server(Certificates.LOCALHOST), ScriptedServer::echo);
        ScriptedServer mute = ScriptedServer.plain(peer -> never.await());
        FullBacklog backlog = new FullBacklog();
        ConnectionManager manager =
            ConnectionManager.builder()
                .transport(transport)
                .pool(p -> p.maxPerEndpoint(4).maxPending(CALLERS))
                .tls(t -> t.sslContext(Certificates.client()))
                .resolver(
                    endpoint -> {
                      if (endpoint.host().equals("hangs.example")) {
                        await(never);
                      }
                      return List.of(new InetSocketAddress("127.0.0.1", endpoint.port()));
                    })
                .build()) {
      List<CompletableFuture<Throwable>> waiting = new ArrayList<>();
      waiting.add(start(() -> readNothing(manager, mute)));
      waiting.add(
          start(() -> acquire(manager, Endpoint.tcp("127.0.0.1", backlog.address().getPort()))));
      waiting.add(start(() -> acquire(manager, Endpoint.tcp("hangs.example", 1))));
      waiting.add(
          start(() -> acquire(manager, Endpoint.tls("127.0.0.1", mute.address().getPort()))));

      List<CompletableFuture<Throwable>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        Endpoint endpoint =
            i % 2 == 0
                ? Endpoint.tcp("127.0.0.1", plain.address().getPort())
                : Endpoint.tls("localhost", tls.address().getPort());
        callers.add(start(() -> exchanges(manager, endpoint, caller)));
      }
      for (CompletableFuture<Throwable> caller : callers) {
        Throwable thrown = caller.get(25, TimeUnit.SECONDS);
        if (thrown != null) {
          throw new IllegalStateException("an exchange failed", thrown);
        }
      }
      for (CompletableFuture<Throwable> each : waiting) {
        if (each.isDone()) {
          throw new IllegalStateException("it was to wait all the time", each.get());
        }
      }
      manager.close(Duration.ZERO);
      for (CompletableFuture<Throwable> each : waiting) {
        Throwable thrown = each.get(5, TimeUnit.SECONDS);
        FailureKind kind = Failures.find(thrown).orElseThrow().kind();
        if (kind != FailureKind.CLOSED) {
          throw new IllegalStateException("not told that it was closed, but " + kind, thrown);
        }
      }
      never.countDown();
    }
    System.out.println("passed " + CALLERS * EXCHANGES + " exchanges");
  }

  private interface Work {
    void run() throws Exception;
  }

  private static CompletableFuture<Throwable> start(Work work) {
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    VirtualThreadsForTests.start(
        () -> {
          try {
            work.run();
            ended.complete(null);
          } catch (Throwable thrown) {
            ended.complete(thrown);
          }
        });
    return ended;
  }

  private static void exchanges(ConnectionManager manager, Endpoint endpoint, int caller)
      throws IOException {
    for (int i = 0; i < EXCHANGES; i++) {
      try (Lease lease = manager.acquire(endpoint, Duration.ofSeconds(20))) {
        int sent = caller * EXCHANGES + i;
        lease.output().write(ByteBuffer.allocate(Integer.BYTES).putInt(sent).array());
        int answer = new DataInputStream(lease.input()).readInt();
        if (answer != sent) {
          throw new IllegalStateException("sent " + sent + ", and was answered " + answer);
        }
        lease.release();
      }
    }
  }

  private static void readNothing(ConnectionManager manager, ScriptedServer mute)
      throws IOException {
    try (Lease lease = manager.acquire(Endpoint.tcp("127.0.0.1", mute.address().getPort()))) {
      lease.input().read();
    }
  }

  private static void acquire(ConnectionManager manager, Endpoint endpoint) throws IOException {
    manager.acquire(endpoint, Duration.ofSeconds(30)).close();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }
}
