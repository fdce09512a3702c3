package io.trunkline;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.testing.Await;
import io.trunkline.testing.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Does, with a secret at hand, what goes wrong around a manager, and prints whatever it can be
 * heard to say: its log on all levels, messages, meters, events and snapshots.
 */
final class SecretsMain {
  static final String SECRET = "s3cr3t";
  private static final String URL = "https://user:" + SECRET + "@discovery/v1?token=" + SECRET;

  private final TransportMode transport;
  private final ScriptedServer server;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TrunklineMetrics metrics = TrunklineMetrics.bindTo(meters);

  private SecretsMain(TransportMode transport) throws IOException {
    this.transport = transport;
    this.server = ScriptedServer.plain(peer -> peer.getInputStream().read(new byte[1_000]));
  }

  public static void main(String[] arguments) throws Exception {
    Path file = Files.createTempFile("secrets-", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("io.trunkline.Acquire").withThreshold(Duration.ZERO);
      recording.start();
      new SecretsMain(TransportMode.valueOf(arguments[0])).run();
      recording.stop();
      recording.dump(file);
      for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
        if (event.getEventType().getName().startsWith("io.trunkline.")) {
          System.out.println("event: " + event);
        }
      }
    } finally {
      Files.delete(file);
    }
    System.out.println("done");
  }

  private void run() throws Exception {
    badEndpoints();
    failing("initializer", server.address().getHostString(), b -> b.onOpen(this::throwChecked));
    failing("unchecked", "127.0.0.1", b -> b.onOpen(this::throwUnchecked));
    failing(
        "policy",
        "127.0.0.1",
        b ->
            b.addressPolicy(
                (endpoint, address) -> {
                  throw new IllegalStateException(URL);
                }));
    failing(
        "resolver",
        "some.example",
        b ->
            b.resolver(
                endpoint -> {
                  throw new IOException("Server returned HTTP response code: 403 for URL: " + URL);
                }));
    failing(
        "unchecked-resolver",
        "some.example",
        b ->
            b.resolver(
                endpoint -> {
                  throw new UncheckedIOException(new IOException(URL));
                }));
    tls();
    exchange();
    background("background", this::throwChecked);
    background("background-unchecked", this::throwUnchecked);
    metrics.close();
    server.close();
  }

  private void throwChecked(Lease lease) throws IOException {
    throw new IOException("AUTH " + SECRET + " failed", new IOException(URL));
  }

  private void throwUnchecked(Lease lease) {
    throw new IllegalStateException("AUTH " + SECRET + " failed");
  }

  private static void badEndpoints() {
    for (String bad :
        new String[] {
          "user:" + SECRET + "@host:80",
          "tls://" + SECRET + "@host:443",
          "host:80/path?token=" + SECRET,
          URL
        }) {
      try {
        System.out.println("accepted: " + Endpoint.parse(bad));
      } catch (IllegalArgumentException refused) {
        said("endpoint", refused);
      }
    }
  }

  private ConnectionManager manager(UnaryOperator<ConnectionManager.Builder> change) {
    return change
        .apply(
            ConnectionManager.builder()
                .transport(transport)
                .listener(metrics)
                .circuitBreaker(c -> c.minimumDials(1).failureRatePercent(1)))
        .build();
  }

  private void failing(String what, String host, UnaryOperator<ConnectionManager.Builder> change) {
    try (ConnectionManager manager = manager(change)) {
      Endpoint endpoint = Endpoint.tcp(host, server.address().getPort());
      for (int i = 0; i < 3; i++) {
        try {
          manager.acquire(endpoint, Duration.ofSeconds(2)).close();
          throw new IllegalStateException(what + " did not fail");
        } catch (IOException failed) {
          said(what, failed);
        } catch (IllegalStateException failed) {
          if (!failed.getMessage().startsWith("AUTH")) {
            throw failed;
          }
          System.out.println("heard: " + what); // the caller gets its own exception
        }
      }
      print(manager);
    }
  }

  private void tls() {
    try (ConnectionManager manager =
        manager(
            b ->
                b.tls(
                    t ->
                        t.sslContext(
                            endpoint -> {
                              throw new IllegalStateException("keystore password " + SECRET);
                            })))) {
      manager.acquire(Endpoint.tls("127.0.0.1", server.address().getPort())).close();
    } catch (IOException failed) {
      said("tls", failed);
    }
  }

  /** What is sent is nobody else's business, however it ends. */
  private void exchange() throws IOException {
    byte[] request =
        ("GET /?token=" + SECRET + " HTTP/1.1\r\nAuthorization: " + SECRET + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    try (ConnectionManager manager = manager(b -> b);
        Lease lease = manager.acquire(Endpoint.tcp("127.0.0.1", server.address().getPort()))) {
      lease.attach(URL);
      lease.output().write(request);
      lease.input().read();
      lease.output().write(request);
      print(manager);
      System.out.println("lease: " + lease + " " + lease.socket());
      for (int i = 0; i < 100; i++) {
        lease.output().write(request);
        Thread.sleep(5);
      }
      throw new IllegalStateException("the peer did not go");
    } catch (IOException failed) {
      said("exchange", failed);
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  /** Nobody is there to be given the exception. */
  private void background(String what, ConnectionInitializer initializer) throws Exception {
    Thread caller = Thread.currentThread();
    AtomicInteger calls = new AtomicInteger();
    try (ConnectionManager manager =
        manager(
            b ->
                b.pool(p -> p.minIdle(1))
                    .onOpen(
                        lease -> {
                          if (Thread.currentThread() != caller) {
                            calls.incrementAndGet();
                            initializer.initialize(lease);
                          }
                        }))) {
      Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.address().getPort());
      manager.acquire(endpoint).close();
      Await.until("a second try, so the first was told", () -> calls.get() > 1);
      print(manager);
      System.out.println("heard: " + what);
    }
  }

  /** While it is open: its meters end with it. */
  private void print(ConnectionManager manager) {
    System.out.println("snapshot: " + manager.snapshot());
    meters.getMeters().forEach(meter -> System.out.println("meter: " + meter.getId()));
  }

  /** The exceptions of Trunkline as everybody prints them; of others the caller knows the text. */
  private static void said(String what, Exception thrown) {
    System.out.println("heard: " + what);
    if (thrown instanceof ConnectionFailure || thrown instanceof IllegalArgumentException) {
      System.out.println("message: " + thrown);
    }
    System.out.println("safe: " + Failures.safeText(thrown));
    Failures.safeForLog(thrown).printStackTrace(System.out);
  }
}
