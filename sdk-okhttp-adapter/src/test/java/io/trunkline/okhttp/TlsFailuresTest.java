package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import mockwebserver3.MockWebServer;
import okhttp3.CertificatePinner;
import okhttp3.OkHttpClient;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;

class TlsFailuresTest extends Fixture {
  private static final String PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  private static HeldCertificate.Builder named(String name) {
    return new HeldCertificate.Builder().addSubjectAlternativeName(name);
  }

  /** Ends as with OkHttp alone: the same type, after as many connections. */
  private void assertFails(
      HeldCertificate certificate,
      UnaryOperator<OkHttpClient.Builder> change,
      Class<? extends IOException> type,
      FailureKind kind)
      throws Exception {
    HeldName held = new HeldName(certificate);
    MockWebServer server = server(each -> each.useHttps(held.server()));
    server.setDispatcher(new Always("never"));
    IOException alone = failureOf(() -> get(plain(change), server.url("/")));
    OkHttpClient client = client(change);
    IOException failure = failureOf(() -> get(client, server.url("/")));
    assertThat(failure).isInstanceOf(type);
    assertThat(alone).isInstanceOf(type);
    ConnectionFailure found = found(failure);
    assertThat(found.kind()).isEqualTo(kind);
    assertThat(found.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(snapshot(server).handshakes()).isEqualTo(1);
  }

  @Test
  void certificatesThatAreNotGoodAreTold() throws Exception {
    HeldCertificate root = new HeldCertificate.Builder().certificateAuthority(0).build();
    HeldCertificate expired =
        named("localhost").signedBy(root).validityInterval(1_000, 2_000).build();
    HeldName trusted = new HeldName(expired, root);
    assertFails(
        expired,
        each -> each.sslSocketFactory(trusted.client(), trusted.trust()),
        SSLHandshakeException.class,
        FailureKind.CERTIFICATE_EXPIRED);
    assertFails(
        named("localhost").build(),
        each -> each,
        SSLHandshakeException.class,
        FailureKind.CERTIFICATE_UNTRUSTED);
    HeldCertificate other = named("other.test").build();
    HeldName otherTrusted = new HeldName(other);
    assertFails(
        other,
        each -> each.sslSocketFactory(otherTrusted.client(), otherTrusted.trust()),
        SSLPeerUnverifiedException.class,
        FailureKind.CERTIFICATE_NAME_MISMATCH);
    assertFails(
        CERTIFICATE,
        each ->
            each.certificatePinner(new CertificatePinner.Builder().add("localhost", PIN).build()),
        SSLPeerUnverifiedException.class,
        FailureKind.CERTIFICATE_NAME_MISMATCH);
  }

  /** Counts its connections, and closes each one. */
  private ServerSocket closingEach(AtomicInteger count) throws IOException {
    ServerSocket listener = silent();
    start(
        () -> {
          while (true) {
            try (Socket accepted = listener.accept()) {
              count.incrementAndGet();
              accepted.getInputStream().read();
            }
          }
        });
    return listener;
  }

  @Test
  void aPeerThatLeavesInTheTlsHandshakeIsTold() throws Exception {
    AtomicInteger tried = new AtomicInteger();
    String url = "https://127.0.0.1:" + closingEach(tried).getLocalPort() + "/";
    failureOf(() -> get(plain(each -> each), url));
    int alone = tried.getAndSet(0);
    IOException failure = failureOf(() -> get(client(), url));
    assertThat(failure).isInstanceOf(IOException.class);
    assertThat(found(failure).kind()).isIn(FailureKind.PEER_CLOSED, FailureKind.RESET);
    assertThat(found(failure).phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(tried).hasValue(alone);
  }

  @Test
  void tlsThatIsNotAnsweredIsToldFromReadsThatAreNot() throws Exception {
    ServerSocket listener = silent();
    OkHttpClient client = client(each -> each.readTimeout(250, TimeUnit.MILLISECONDS));
    IOException tls =
        failureOf(() -> get(client, "https://127.0.0.1:" + listener.getLocalPort() + "/"));
    assertThat(tls).isInstanceOfAny(SocketTimeoutException.class, SSLException.class);
    assertThat(found(tls).kind()).isEqualTo(FailureKind.TIMED_OUT);
    assertThat(found(tls).phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    IOException read =
        failureOf(() -> get(client, "http://127.0.0.1:" + listener.getLocalPort() + "/"));
    assertThat(read).isInstanceOf(SocketTimeoutException.class);
    assertThat(found(read).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
    assertThat(found(read).phase()).isEqualTo(FailurePhase.READ);
  }

  @Test
  void aWriteThatStandsStillIsToldAndBlocksNoOtherClient() throws Exception {
    ServerSocket listener = silent();
    String there = "://localhost:" + listener.getLocalPort() + "/";
    WedgedTls wedged = closing(new WedgedTls(SERVER));
    OkHttpClient client = client(each -> each.writeTimeout(400, TimeUnit.MILLISECONDS));
    OkHttpClient other = plain(each -> each.readTimeout(600, TimeUnit.MILLISECONDS));
    for (String url : new String[] {"http" + there, wedged.url()}) {
      var writing =
          start(
              () -> {
                var large = request(url).newBuilder().post(body(new byte[30_000_000])).build();
                return client.newCall(large).execute().code();
              });
      long start = System.nanoTime();
      failureOf(() -> get(other, "http" + there));
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.MILLISECONDS.toNanos(2_000));
      IOException failure = failureOf(writing);
      assertThat(failure).isInstanceOf(SocketTimeoutException.class);
      assertThat(found(failure).kind()).isEqualTo(FailureKind.WRITE_TIMED_OUT);
      assertThat(found(failure).phase()).isEqualTo(FailurePhase.WRITE);
    }
  }
}
