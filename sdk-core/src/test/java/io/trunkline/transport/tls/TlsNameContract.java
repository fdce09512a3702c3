package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.CarelessTrust;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The name is checked always, also where the trust manager has taken that over and is careless. */
abstract class TlsNameContract extends TlsContractTest {
  /** Who has a look at the name in the TLS handshake. */
  enum Trust {
    JSSE,
    EXPLAINING,
    NOBODY;

    SSLContext context() {
      return switch (this) {
        case JSSE -> Certificates.plainClient();
        case EXPLAINING -> Certificates.client();
        case NOBODY -> CarelessTrust.context();
      };
    }
  }

  private ScriptedServer serverWith(HeldCertificate key, String... protocols) throws IOException {
    return closing(
        ScriptedServer.tls(
            Certificates.server(key),
            listener -> enable(listener, protocols),
            ScriptedServer::echo));
  }

  private static TlsSettings.Builder careless() {
    return TlsSettings.builder().sslContext(CarelessTrust.context());
  }

  private ConnectionFailure assertMismatch(
      TlsSettings.Builder settings, ScriptedServer server, String host) throws IOException {
    ConnectionFailure failure = handshakeFailure(settings, server.address(), host);
    assertThat(failure.kind())
        .as(((Throwable) failure).getMessage())
        .isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
    assertThat(failure).isInstanceOf(SSLHandshakeException.class);
    return failure;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void trustManagerThatAcceptsEverythingDoesNotDecideOnTheName(String protocol) throws Exception {
    ScriptedServer server =
        serverWith(Certificates.signed("a", "a.example", "b.example"), protocol);
    for (int i = 0; i < 2; i++) {
      assertThat((Throwable) assertMismatch(careless(), server, "localhost"))
          .hasMessageContaining("is for a.example, b.example; asked was localhost");
    }
    assertEchoes(secured(careless(), server.address(), "b.example"));
  }

  /** It decides on all else: what it accepts is not looked at again. */
  @Test
  void whoeverSignedItAndUntilWhenIsUpToTheTrustManager() throws Exception {
    assertEchoes(secured(careless(), serverWith(Certificates.expired()).address()));
    assertEchoes(secured(careless(), serverWith(Certificates.selfSigned()).address()));
    assertEchoes(
        secured(
            careless(),
            serverWith(Certificates.signedBy(Certificates.OTHER_AUTHORITY, "localhost"))
                .address()));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, localhost, true",
    "localhost, LOCALHOST, true",
    "db.example, db.example., true",
    "db.example, db.example.com, false",
    "*.db.example, one.db.example, true",
    "*.db.example, one.two.db.example, false",
    "*.db.example, db.example, false",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "localhost, 127.0.0.1, false",
    "127.0.0.1, localhost, false",
    "::1, ::1, true",
    "2001:db8::1, 2001:db8:0:0::1, true",
    "2001:db8::1, 2001:db8::2, false"
  })
  void namesAreComparedTheSameWhoeverDoesIt(String certified, String asked, boolean matches)
      throws Exception {
    for (Trust trust : Trust.values()) {
      ScriptedServer server = serverWith(Certificates.signed("any", certified));
      TlsSettings.Builder settings = TlsSettings.builder().sslContext(trust.context());
      if (matches) {
        assertEchoes(secured(settings, server.address(), asked));
      } else {
        assertMismatch(settings, server, asked);
      }
    }
  }

  /** JSSE takes it where there is no name; RFC 9525 has ended that. */
  @ParameterizedTest
  @EnumSource(Trust.class)
  void commonNameIsNoName(Trust trust) throws Exception {
    TlsSettings.Builder settings = TlsSettings.builder().sslContext(trust.context());
    assertThat(
            (Throwable)
                assertMismatch(settings, serverWith(Certificates.signed("localhost")), "localhost"))
        .hasMessageContaining("no name at all, only for the subject CN=localhost");
    assertMismatch(settings, serverWith(Certificates.signed("localhost", "::1")), "localhost");
    assertMismatch(settings, serverWith(Certificates.signed("127.0.0.1")), "127.0.0.1");
  }

  /** Somebody else has left a session in the context, for the same host and with its name asked. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void resumedSessionIsCheckedToo(String protocol) throws Exception {
    SSLContext shared = CarelessTrust.context();
    ScriptedServer server = serverWith(Certificates.signed("a", "a.example"), protocol);
    for (int i = 0; i < 2; i++) {
      try (SSLSocket other =
          (SSLSocket)
              shared.getSocketFactory().createSocket("localhost", server.address().getPort())) {
        SSLParameters parameters = other.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        other.setSSLParameters(parameters);
        other.getOutputStream().write(1);
        assertThat(other.getInputStream().read()).isEqualTo(1);
      }
    }
    assertThat(shared.getClientSessionContext().getIds().hasMoreElements()).isTrue();
    assertMismatch(TlsSettings.builder().sslContext(shared), server, "localhost");
    assertMismatch(TlsSettings.builder().sslContext(shared), server, "localhost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void resumedSessionWithTheRightNameIsTaken(String protocol) throws Exception {
    TlsSettings.Builder settings = careless();
    ScriptedServer server = serverWith(Certificates.LOCALHOST, protocol);
    TransportSocket first = secured(settings, server.address());
    assertEchoes(first); // takes in the ticket of TLS 1.3, too
    long born = first.tlsSession().orElseThrow().getCreationTime();
    first.close();
    Thread.sleep(2);
    TransportSocket next = secured(settings, server.address());
    assertEchoes(next);
    assertThat(next.tlsSession().orElseThrow().getCreationTime()).isEqualTo(born);
  }

  @Test
  void serverGetsNoByteOfARequest() throws Exception {
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    ScriptedServer server =
        closing(
            ScriptedServer.tls(
                Certificates.server(Certificates.signed("a", "a.example")),
                socket -> {
                  try {
                    got.add(socket.getInputStream().read());
                  } catch (IOException ended) {
                    got.add(-1);
                  }
                }));
    TransportSocket raw = connected(server.address());
    TlsLayer.Handshake handshake = handshake(careless(), raw, "localhost");
    assertThat(thrownBy(() -> handshake.run(after(LONG)))).isInstanceOf(ConnectionFailure.class);
    raw.close(); // as the dial does it
    assertThat(got.poll(5, TimeUnit.SECONDS)).isEqualTo(-1);
  }
}
