package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Why TLS cannot be had: certificates, names, versions, and what speaks no TLS. */
abstract class TlsRefusalContract extends TlsContractTest {
  /** Whose trust managers decide. */
  enum Trust {
    /** They can say what they rejected. */
    EXPLAINING,
    /** As users make a context; JSSE's exceptions are all that there is. */
    PLAIN;

    TlsSettings.Builder settings() {
      return TlsSettings.builder()
          .sslContext(this == EXPLAINING ? Certificates.client() : Certificates.plainClient());
    }
  }

  private ScriptedServer serverWith(HeldCertificate key, String... protocols) throws IOException {
    return closing(
        ScriptedServer.tls(
            Certificates.server(key),
            listener -> enable(listener, protocols),
            ScriptedServer::echo));
  }

  private String assertRefused(
      Trust trust, HeldCertificate key, String host, FailureKind kind, String... protocols)
      throws IOException {
    ConnectionFailure failure =
        handshakeFailure(trust.settings(), serverWith(key, protocols).address(), host);
    String message = ((Throwable) failure).getMessage();
    assertThat(failure.kind()).as(message).isEqualTo(kind);
    assertThat(failure).isInstanceOf(SSLHandshakeException.class);
    assertThat((Throwable) failure).hasCauseInstanceOf(SSLException.class);
    return message;
  }

  // ---- certificates ----

  @ParameterizedTest
  @EnumSource(Trust.class)
  void certificateForAnotherName(Trust trust) throws Exception {
    for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
      String message =
          assertRefused(
              trust,
              Certificates.signed("a", "a.example", "b.example"),
              "localhost",
              FailureKind.CERTIFICATE_NAME_MISMATCH,
              protocol);
      if (trust == Trust.EXPLAINING) {
        assertThat(message)
            .contains("the certificate is for a.example, b.example; asked was localhost");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Trust.class)
  void certificateWithoutTheAddressThatWasAskedFor(Trust trust) throws Exception {
    assertRefused(
        trust,
        Certificates.signed("localhost", "localhost"),
        "127.0.0.1",
        FailureKind.CERTIFICATE_NAME_MISMATCH);
  }

  @ParameterizedTest
  @EnumSource(Trust.class)
  void expiredCertificate(Trust trust) throws Exception {
    assertThat(
            assertRefused(
                trust, Certificates.expired(), "localhost", FailureKind.CERTIFICATE_EXPIRED))
        .contains("the certificate of CN=localhost expired on 2021-02-03T04:05:06Z");
  }

  @ParameterizedTest
  @EnumSource(Trust.class)
  void certificateOfTheFuture(Trust trust) throws Exception {
    assertThat(
            assertRefused(
                trust, Certificates.notYetValid(), "localhost", FailureKind.CERTIFICATE_EXPIRED))
        .contains("the certificate of CN=localhost is not valid before 2040-01-02T03:04:05Z");
  }

  /** An expired certificate is expired also where its name is wrong. */
  @ParameterizedTest
  @EnumSource(Trust.class)
  void expiredCertificateForAnotherName(Trust trust) throws Exception {
    assertRefused(trust, Certificates.expired(), "127.0.0.1", FailureKind.CERTIFICATE_EXPIRED);
  }

  @ParameterizedTest
  @EnumSource(Trust.class)
  void certificateOfAnUnknownAuthority(Trust trust) throws Exception {
    String message =
        assertRefused(
            trust,
            Certificates.signedBy(Certificates.OTHER_AUTHORITY, "localhost"),
            "localhost",
            FailureKind.CERTIFICATE_UNTRUSTED);
    if (trust == Trust.EXPLAINING) {
      assertThat(message)
          .contains("leads to CN=Nobody Knows Me, which is not trusted here")
          .contains("the server sent 1 certificate;");
    }
  }

  @ParameterizedTest
  @EnumSource(Trust.class)
  void selfSignedCertificate(Trust trust) throws Exception {
    String message =
        assertRefused(
            trust, Certificates.selfSigned(), "localhost", FailureKind.CERTIFICATE_UNTRUSTED);
    if (trust == Trust.EXPLAINING) {
      assertThat(message).contains("the certificate of CN=localhost is self-signed");
    }
  }

  @Test
  void untrustedCertificateForAnotherNameIsUntrustedFirst() throws Exception {
    assertRefused(
        Trust.EXPLAINING,
        Certificates.signedBy(Certificates.OTHER_AUTHORITY, "a.example"),
        "localhost",
        FailureKind.CERTIFICATE_UNTRUSTED);
  }

  @Test
  void defaultContextKnowsNothingOfATestAuthorityAndSaysSo() throws Exception {
    ConnectionFailure failure =
        handshakeFailure(TlsSettings.builder(), echoing().address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
    assertThat((Throwable) failure).hasMessageContaining("leads to CN=Test Authority");
  }

  /** A trust manager that accepts all does not know of names; JSSE checks them for it. */
  @Test
  void namesAreCheckedAlsoWhereEverythingIsTrusted() throws Exception {
    SSLContext careless = Certificates.context(null, new TrustManager[] {new Careless()});
    ConnectionFailure failure =
        handshakeFailure(
            TlsSettings.builder().sslContext(careless),
            serverWith(Certificates.signed("a", "a.example")).address(),
            "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
  }

  private static final class Careless implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void trustManagerOfTheUserThatRefusesIsNotGuessedToBeAboutNames() throws Exception {
    X509TrustManager strict =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String authType) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String authType)
              throws CertificateException {
            throw new CertificateException("No name matching localhost found");
          }

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    ConnectionFailure failure =
        handshakeFailure(
            TlsSettings.builder()
                .sslContext(Certificates.context(null, new TrustManager[] {strict})),
            echoing().address(),
            "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
  }

  // ---- nothing in common ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void noVersionInCommon(String offered) throws Exception {
    ScriptedServer server = echoing(offered.equals("TLSv1.3") ? "TLSv1.2" : "TLSv1.3");
    ConnectionFailure failure =
        handshakeFailure(settings().protocols(offered), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat(failure).isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void noCipherSuiteInCommon() throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.tls(
                Certificates.server(Certificates.LOCALHOST),
                listener ->
                    listener.setEnabledCipherSuites(new String[] {"TLS_AES_256_GCM_SHA384"}),
                ScriptedServer::echo));
    ConnectionFailure failure =
        handshakeFailure(
            settings().protocols("TLSv1.3").cipherSuites("TLS_AES_128_GCM_SHA256"),
            server.address(),
            "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
  }

  @Test
  void noApplicationProtocolInCommon() throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              SSLParameters parameters = socket.getSSLParameters();
              parameters.setApplicationProtocols(new String[] {"h2"});
              socket.setSSLParameters(parameters);
              ScriptedServer.echo(socket);
            });
    ConnectionFailure failure =
        handshakeFailure(settings().applicationProtocols("x"), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
  }

  /** Known to the JDK, and switched off by its security properties: nothing could be offered. */
  @Test
  void versionThatTheJdkHasSwitchedOff() throws Exception {
    ConnectionFailure failure =
        handshakeFailure(settings().protocols("TLSv1.1"), echoing().address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat((Throwable) failure).hasMessageContaining("No appropriate protocol");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"})
  void serverThatSpeaksAnotherProtocol(String answer) throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                  socket.getInputStream().readAllBytes();
                }));
    ConnectionFailure failure = handshakeFailure(settings(), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat((Throwable) failure)
        .hasMessageContaining("does not speak TLS, it said: " + answer.strip());
  }

  // ---- what the server wants ----

  /** Under TLS 1.2 the server's refusal ends the handshake; under TLS 1.3 it comes after it. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void clientCertificateThatIsMissing(String protocol) throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              socket.setNeedClientAuth(true);
              ScriptedServer.echo(socket);
            },
            protocol);
    if (protocol.equals("TLSv1.2")) {
      ConnectionFailure failure = handshakeFailure(settings(), server.address(), "localhost");
      assertThat(failure.kind()).isEqualTo(FailureKind.TLS_FAILED);
      assertThat(((Throwable) failure).getMessage())
          .containsAnyOf("alert bad_certificate", "alert handshake_failure"); // JDK 17, 25
    } else {
      TransportSocket socket = secured(server.address());
      Throwable thrown = thrownBy(() -> socket.getInputStream().read());
      assertKind(thrown, FailureKind.TLS_FAILED, FailurePhase.READ);
      assertThat(thrown).isInstanceOf(SSLException.class);
      assertThat(thrown.getMessage()).containsAnyOf("bad_certificate", "certificate_required");
      assertThat(((ConnectionFailure) thrown).requestBytesSent()).isFalse();
      Throwable again = thrownBy(() -> socket.write(new byte[1], 0, 1));
      assertKind(again, FailureKind.TLS_FAILED, FailurePhase.WRITE);
    }
  }

  // ---- resumption ----

  private static final class Counting implements X509TrustManager {
    private final X509TrustManager delegate = (X509TrustManager) Certificates.trust()[0];
    final AtomicInteger checks = new AtomicInteger();

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      delegate.checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      checks.incrementAndGet();
      delegate.checkServerTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return delegate.getAcceptedIssuers();
    }
  }

  /** A resumed handshake shows no certificate, so that there is none to check. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void sessionIsResumed(String protocol) throws Exception {
    Counting trust = new Counting();
    TlsSettings.Builder settings =
        TlsSettings.builder().sslContext(Certificates.context(null, new TrustManager[] {trust}));
    ScriptedServer server = echoing(protocol);
    TransportSocket first = secured(settings, server.address());
    assertEchoes(first); // takes in the ticket of TLS 1.3, too
    long born = first.tlsSession().orElseThrow().getCreationTime();
    first.close();
    Thread.sleep(2);
    for (int i = 0; i < 3; i++) {
      TransportSocket next = secured(settings, server.address());
      assertEchoes(next);
      assertThat(next.tlsSession().orElseThrow().getCreationTime()).isEqualTo(born);
      next.close();
    }
    assertThat(trust.checks).hasValue(1);
  }

  /** Somebody else uses the same context without looking at names. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void resumptionDoesNotSkipTheCheckOfTheName(String protocol) throws Exception {
    SSLContext shared = Certificates.client();
    ScriptedServer server = serverWith(Certificates.signed("a", "a.example"), protocol);
    int port = server.address().getPort();
    for (int i = 0; i < 2; i++) {
      try (SSLSocket careless =
          (SSLSocket) shared.getSocketFactory().createSocket("localhost", port)) {
        careless.getOutputStream().write(1);
        assertThat(careless.getInputStream().read()).isEqualTo(1);
      }
    }
    ConnectionFailure failure =
        handshakeFailure(TlsSettings.builder().sslContext(shared), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
  }
}
