package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrunklineOkHttpTest {
  private final MockWebServer server = new MockWebServer();
  private ConnectionManager manager;

  @BeforeEach
  void start() throws Exception {
    manager = ConnectionManager.builder().build();
    server.start();
  }

  @AfterEach
  void end() {
    manager.close();
    server.close();
  }

  @Test
  void callsShareOneConnection() throws Exception {
    OkHttpClient client = TrunklineOkHttp.install(new OkHttpClient.Builder(), manager).build();
    for (int i = 0; i < 5; i++) {
      server.enqueue(new MockResponse.Builder().body("hello " + i).build());
      assertThat(get(client)).isEqualTo("hello " + i);
    }
    EndpointSnapshot snapshot = snapshot();
    assertThat(snapshot.handshakes()).isEqualTo(1);
    assertThat(snapshot.leases()).isEqualTo(5);
    assertThat(snapshot.reuses()).isEqualTo(4);
    assertThat(snapshot.idle()).isEqualTo(1);
    assertThat(snapshot.active()).isZero();
  }

  @Test
  void callsOverTlsShareOneConnectionOfHttp2() throws Exception {
    HeldCertificate certificate =
        new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();
    server.useHttps(
        new HandshakeCertificates.Builder()
            .heldCertificate(certificate)
            .build()
            .sslSocketFactory());
    HandshakeCertificates trusting =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    OkHttpClient client =
        TrunklineOkHttp.install(
                new OkHttpClient.Builder()
                    .sslSocketFactory(trusting.sslSocketFactory(), trusting.trustManager()),
                manager)
            .build();
    for (int i = 0; i < 5; i++) {
      server.enqueue(new MockResponse.Builder().body("hello " + i).build());
      assertThat(get(client)).isEqualTo("hello " + i);
    }
    assertThat(snapshot().handshakes()).isEqualTo(1);
    assertThat(snapshot().reuses()).isEqualTo(4);
  }

  private String get(OkHttpClient client) throws Exception {
    Request request = new Request.Builder().url(server.url("/")).build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }

  private EndpointSnapshot snapshot() {
    Endpoint endpoint = Endpoint.tcp(server.getHostName(), server.getPort());
    return manager.snapshot().endpoints().stream()
        .filter(each -> each.endpoint().equals(endpoint))
        .findFirst()
        .orElseThrow();
  }
}
