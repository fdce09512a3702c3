package io.trunkline.okhttp.real;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import io.trunkline.okhttp.OkHttpMetrics;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.testing.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/**
 * Calls whose URL, headers and body hold a secret, and which fail in every way. Prints whatever the
 * manager and the adapter can be heard to say: log on all levels, messages, meters and snapshots.
 */
final class SecretsMain {
  static final String SECRET = "s3cr3t";

  private final TransportMode transport;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TrunklineMetrics metrics = TrunklineMetrics.bindTo(meters);

  private SecretsMain(TransportMode transport) {
    this.transport = transport;
  }

  public static void main(String[] arguments) throws Exception {
    new SecretsMain(TransportMode.valueOf(arguments[0])).run();
    System.out.println("done");
    System.exit(0); // not a minute later, with the threads of OkHttp
  }

  private void run() throws Exception {
    int closed;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = gone.getLocalPort();
    }
    failing("refused", "http", closed, each -> each);
    try (ScriptedServer resets = ScriptedServer.plain(SecretsMain::reset);
        ScriptedServer closes = ScriptedServer.plain(SecretsMain::take);
        ScriptedServer silent = ScriptedServer.plain(each -> each.getInputStream().readAllBytes());
        ScriptedServer untrusted =
            ScriptedServer.tls(unknown().sslContext(), ScriptedServer::echo)) {
      failing("reset", "http", resets.address().getPort(), each -> each);
      failing("closed", "http", closes.address().getPort(), each -> each);
      failing("silent", "http", silent.address().getPort(), each -> each);
      failing("untrusted", "https", untrusted.address().getPort(), each -> each);
      failing("silent-tls", "https", silent.address().getPort(), each -> each);
      failing(
          "policy",
          "http",
          silent.address().getPort(),
          each -> each.addressPolicy(AddressPolicy.publicOnly()));
    }
    metrics.close();
  }

  private static void take(Socket peer) throws IOException {
    peer.getInputStream().read(new byte[10_000]);
  }

  private static void reset(Socket peer) throws IOException {
    take(peer);
    peer.setSoLinger(true, 0);
  }

  private static HandshakeCertificates unknown() {
    return new HandshakeCertificates.Builder()
        .heldCertificate(
            new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build())
        .build();
  }

  /** Until the breaker is open, too. */
  private void failing(
      String what, String scheme, int port, UnaryOperator<ConnectionManager.Builder> change) {
    String url =
        scheme + "://user:" + SECRET + "@127.0.0.1:" + port + "/" + SECRET + "?token=" + SECRET;
    Request request =
        new Request.Builder()
            .url(url)
            .header("Authorization", "Bearer " + SECRET)
            .header("Cookie", "session=" + SECRET)
            .post(RequestBody.create(SECRET, null))
            .build();
    ConnectionManager.Builder builder =
        ConnectionManager.builder()
            .transport(transport)
            .listener(metrics)
            .circuitBreaker(c -> c.minimumDials(2).failureRatePercent(1));
    try (ConnectionManager manager = change.apply(builder).build()) {
      OkHttpClient client =
          TrunklineOkHttp.builder(manager)
              .listener(OkHttpMetrics.bindTo(meters))
              .build()
              .install(new OkHttpClient.Builder().readTimeout(Duration.ofMillis(200)))
              .build();
      for (int i = 0; i < 3; i++) {
        try (Response response = client.newCall(request).execute()) {
          throw new IllegalStateException(what + " did not fail, but " + response.code());
        } catch (IOException failed) {
          said(what, failed);
        }
      }
      System.out.println("snapshot: " + manager.snapshot());
      meters.getMeters().forEach(meter -> System.out.println("meter: " + meter.getId()));
    }
  }

  private static void said(String what, IOException thrown) {
    ConnectionFailure failure = Failures.find(thrown).orElseThrow();
    System.out.println("heard: " + what + " " + failure.kind());
    System.out.println("thrown: " + thrown);
    System.out.println("message: " + failure.details().message());
    System.out.println("safe: " + Failures.safeText(thrown));
    Failures.safeForLog(thrown).printStackTrace(System.out);
  }
}
