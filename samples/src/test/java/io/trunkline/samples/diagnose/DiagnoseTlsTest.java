package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trunkline.config.TransportMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DiagnoseTlsTest {
  private final HeldCertificate root =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("Example Root").build();

  @TempDir Path directory;
  private Path rootFile;

  @BeforeEach
  void writeTheRoot() throws IOException {
    rootFile = Files.writeString(directory.resolve("root.pem"), root.certificatePem());
  }

  /** A server whose certificate begins and ends so many days from now. */
  private LocalServer server(String name, int fromDays, int toDays, LocalServer.Service service)
      throws IOException {
    HeldCertificate own =
        new HeldCertificate.Builder()
            .commonName("the server")
            .addSubjectAlternativeName(name)
            .signedBy(root)
            .validityInterval(inDays(fromDays), inDays(toDays))
            .build();
    return LocalServer.tls(
        new HandshakeCertificates.Builder().heldCertificate(own).build().sslContext(), service);
  }

  private static long inDays(int days) {
    // A minute more, so that a whole number of days is left while the test runs.
    return Instant.now().plus(Duration.ofDays(days)).plusSeconds(60).toEpochMilli();
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void whatTlsAgreedUponIsShownAndACertificateThatEndsSoonIsAWarning(TransportMode transport)
      throws Exception {
    try (LocalServer server = server("127.0.0.1", -1, 12, LocalServer.HTTP)) {
      Command command =
          Command.run(
              transport,
              "tls://" + server.target(),
              "--json",
              "--http=/health?full=1",
              "--cacert=" + rootFile);

      assertThat(command.exitCode()).isZero();
      JsonNode json = command.json();
      JsonNode address = json.at("/addresses/0");
      assertThat(address.path("statusLine").textValue()).isEqualTo("HTTP/1.1 204 No Content");
      assertThat(address.at("/waterfall/steps")).hasSize(4);
      assertThat(address.at("/waterfall/steps/2/name").textValue()).isEqualTo("TLS");
      assertThat(address.at("/tls/count").intValue()).isEqualTo(5);
      assertThat(address.at("/tlsSession/protocol").textValue()).isEqualTo("TLSv1.3");
      assertThat(address.at("/tlsSession/cipherSuite").textValue()).startsWith("TLS_");
      assertThat(address.at("/certificate/subject").textValue()).contains("the server");
      assertThat(address.at("/certificate/names/0").textValue()).isEqualTo("127.0.0.1");
      assertThat(address.at("/certificate/issuer").textValue()).contains("Example Root");
      assertThat(address.at("/certificate/daysLeft").longValue()).isEqualTo(12);
      assertThat(json.path("warnings")).hasSize(1);
      assertThat(json.at("/warnings/0").textValue()).contains("expires in 12 days");
    }
  }

  @Test
  void aCertificateThatLastsIsNoWarning() throws Exception {
    try (LocalServer server = server("127.0.0.1", -1, 90, LocalServer.SILENT)) {
      Command command =
          Command.run(
              TransportMode.AUTO, server.target(), "--tls", "--json", "--cacert=" + rootFile);

      assertThat(command.exitCode()).isZero();
      assertThat(command.json().path("warnings")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void anExpiredCertificateIsExplainedAndShown(TransportMode transport) throws Exception {
    try (LocalServer server = server("127.0.0.1", -30, -3, LocalServer.SILENT)) {
      Command command =
          Command.run(transport, server.target(), "--tls", "--json", "--cacert=" + rootFile);

      assertThat(command.exitCode()).isEqualTo(23);
      JsonNode address = command.json().at("/addresses/0");
      assertThat(address.at("/failure/kind").textValue()).isEqualTo("CERTIFICATE_EXPIRED");
      assertThat(address.at("/failure/note").textValue()).contains("expired on");
      assertThat(address.at("/certificate/daysLeft").longValue()).isEqualTo(-3);
      assertThat(address.at("/certificate/subject").textValue()).contains("the server");
      assertThat(address.at("/waterfall/steps/1/failed").booleanValue()).isFalse();
      assertThat(address.at("/waterfall/steps/2/failed").booleanValue()).isTrue();
    }
  }

  @Test
  void aCertificateForAnotherNameIsExplainedAndShown() throws Exception {
    try (LocalServer server = server("other.example", -1, 90, LocalServer.SILENT)) {
      Command command =
          Command.run(TransportMode.AUTO, server.target(), "--tls", "--cacert=" + rootFile);

      assertThat(command.exitCode()).isEqualTo(25);
      assertThat(command.out())
          .contains("FAILED: certificate is for another name", "other.example")
          .contains("docs/failures.md#certificate_name_mismatch", "expires");
    }
  }

  @Test
  void aCertificateOfAnUnknownRootIsExplainedAndShown() throws Exception {
    try (LocalServer server = server("127.0.0.1", -1, 90, LocalServer.SILENT)) {
      Command command = Command.run(TransportMode.AUTO, server.target(), "--tls", "--json");

      assertThat(command.exitCode()).isEqualTo(24);
      JsonNode address = command.json().at("/addresses/0");
      assertThat(address.at("/failure/kind").textValue()).isEqualTo("CERTIFICATE_UNTRUSTED");
      assertThat(address.at("/certificate/issuer").textValue()).contains("Example Root");
    }
  }

  @Test
  void tlsWithAServerThatSpeaksNoneIsExplained() throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.GREETING)) {
      Command command = Command.run(TransportMode.AUTO, server.target(), "--tls", "--json");

      assertThat(command.exitCode()).isEqualTo(26);
      assertThat(command.json().at("/addresses/0/certificate").isNull()).isTrue();
    }
  }
}
