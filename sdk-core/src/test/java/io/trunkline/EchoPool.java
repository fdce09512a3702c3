package io.trunkline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An echo server for each test, and a manager with connections to it, which the test starts with
 * the settings that it wants. Both are closed after it.
 */
final class EchoPool implements BeforeEachCallback, AfterEachCallback {
  private final Supplier<TransportMode> transport;
  private EchoServer server;
  private ConnectionManager manager;

  EchoPool(Supplier<TransportMode> transport) {
    this.transport = transport;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    server = new EchoServer();
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    if (manager != null) {
      manager.close();
    }
    server.close();
  }

  ConnectionManager start() {
    return start(defaults -> defaults);
  }

  ConnectionManager start(UnaryOperator<ConnectionManager.Builder> settings) {
    manager = settings.apply(ConnectionManager.builder().transport(transport.get())).build();
    return manager;
  }

  EchoServer server() {
    return server;
  }

  Endpoint endpoint() {
    return server.endpoint();
  }

  EndpointSnapshot snapshot() {
    return manager.snapshot().endpoint(endpoint()).orElseThrow();
  }

  /** How many callers wait. An endpoint that nobody has asked for yet has no snapshot. */
  int waiting() {
    return manager.snapshot().endpoint(endpoint()).map(EndpointSnapshot::waiting).orElse(0);
  }

  Lease acquire() throws IOException {
    return manager.acquire(endpoint());
  }

  Lease acquire(Duration timeout) throws IOException {
    return manager.acquire(endpoint(), timeout);
  }

  /** Acquires on a thread of its own. */
  CompletableFuture<Lease> acquiring(Duration timeout) {
    CompletableFuture<Lease> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(acquire(timeout));
              } catch (IOException | RuntimeException failed) {
                result.completeExceptionally(failed);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  /** One lease, over which a text goes there and back. */
  void exchange(String text) throws IOException {
    try (Lease lease = acquire()) {
      echo(lease, text);
      lease.release();
    }
  }

  static void echo(Lease lease, String text) throws IOException {
    lease.output().write(text.getBytes(US_ASCII));
    assertThat(new String(lease.input().readNBytes(text.length()), US_ASCII)).isEqualTo(text);
  }

  static ConnectionFailure failureOf(Throwable thrown) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    return (ConnectionFailure) thrown;
  }
}
