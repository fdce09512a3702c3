package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import io.trunkline.testing.Certificates;
import java.io.IOException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;

/** Decides as the other one does, and keeps what it takes to explain. */
class ExplainingTrustManagerTest {
  private final X509ExtendedTrustManager plain = (X509ExtendedTrustManager) Certificates.trust()[0];
  private final X509ExtendedTrustManager explaining =
      (X509ExtendedTrustManager) ExplainingTrustManager.wrap(plain)[0];

  private static X509Certificate[] chain(HeldCertificate held) {
    return new X509Certificate[] {held.certificate()};
  }

  @Test
  void onlyThoseThatCheckNamesThemselvesAreWrapped() {
    X509TrustManager ofTheUser =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String authType) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String authType) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    TrustManager[] given = {plain, ofTheUser, explaining};
    TrustManager[] wrapped = ExplainingTrustManager.wrap(given);
    assertThat(wrapped[0]).isInstanceOf(ExplainingTrustManager.class);
    assertThat(wrapped[1]).isSameAs(ofTheUser);
    assertThat(wrapped[2]).isSameAs(explaining);
    assertThat(given[0]).as("the given array").isSameAs(plain);
  }

  @Test
  void decidesAsTheOtherOneDoes() throws Exception {
    explaining.checkServerTrusted(chain(Certificates.LOCALHOST), "UNKNOWN");
    explaining.checkClientTrusted(chain(Certificates.LOCALHOST), "EC");
    assertThat(explaining.getAcceptedIssuers()).isEqualTo(plain.getAcceptedIssuers());
    for (HeldCertificate bad :
        new HeldCertificate[] {
          Certificates.expired(), Certificates.notYetValid(), Certificates.selfSigned()
        }) {
      assertThatThrownBy(() -> explaining.checkServerTrusted(chain(bad), "UNKNOWN"))
          .isInstanceOf(CertificateException.class);
    }
  }

  private static FailureDetails details() {
    return FailureDetails.of(FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE)
        .withEndpoint(Endpoint.tls("db.example", 443));
  }

  private static FailureDetails explained(CertificateException thrown) {
    return CertificateFailures.explain(
            details(), new SSLHandshakeException("words").initCause(thrown))
        .orElseThrow();
  }

  @Test
  void whatIsNotAboutCertificatesIsNotExplained() {
    assertThat(CertificateFailures.explain(details(), new IOException("No name matching")))
        .isEqualTo(Optional.empty());
    assertThat(CertificateFailures.explain(details(), null)).isEmpty();
  }

  @Test
  void reasonOfThePathValidatorIsTold() {
    CertPathValidatorException revoked =
        new CertPathValidatorException(
            "words", null, null, -1, CertPathValidatorException.BasicReason.REVOKED);
    FailureDetails details =
        explained(
            new CertificateRejectedException(
                new CertificateException("words", revoked), chain(Certificates.LOCALHOST), false));
    assertThat(details.kind()).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
    assertThat(details.note().orElseThrow()).endsWith("(REVOKED)");
  }

  @Test
  void causeForTheAlertIsKept() {
    CertPathValidatorException reason = new CertPathValidatorException("words");
    CertificateException thrown = new CertificateException("words", reason);
    CertificateRejectedException rejected =
        new CertificateRejectedException(thrown, chain(Certificates.LOCALHOST), false);
    assertThat(rejected).hasMessage("words").hasCause(reason).hasSuppressedException(thrown);
  }

  @Test
  void manyNamesAreCutShort() {
    String[] names =
        IntStream.range(0, 40).mapToObj(i -> "h" + i + ".example").toArray(String[]::new);
    FailureDetails details =
        explained(
            new CertificateRejectedException(
                new CertificateException("words"),
                chain(Certificates.signed("many", names)),
                true));
    assertThat(details.kind()).isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
    assertThat(details.note().orElseThrow())
        .contains("h0.example, h1.example")
        .contains("h9.example and 30 more; asked was db.example")
        .doesNotContain("h10.example");
  }

  @Test
  void certificateWithoutAlternativeNamesIsNamedByItsSubject() {
    FailureDetails details =
        explained(
            new CertificateRejectedException(
                new CertificateException("words"), chain(Certificates.signed("old style")), true));
    assertThat(details.note().orElseThrow())
        .contains("for no name at all, only for the subject CN=old style");
  }
}
