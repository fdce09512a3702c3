package io.trunkline.okhttp;

import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A certificate, and clients that trust it. */
final class HeldName {
  private final HeldCertificate certificate;
  private final HeldCertificate root;

  HeldName() {
    this(new HeldCertificate.Builder().addSubjectAlternativeName("svc.test").build());
  }

  HeldName(HeldCertificate certificate) {
    this(certificate, certificate);
  }

  /**
   * @param root what clients trust; the end of a chain whose validity nobody looks at
   */
  HeldName(HeldCertificate certificate, HeldCertificate root) {
    this.certificate = certificate;
    this.root = root;
  }

  SSLSocketFactory server() {
    return new HandshakeCertificates.Builder()
        .heldCertificate(certificate)
        .build()
        .sslSocketFactory();
  }

  private HandshakeCertificates trusting() {
    return new HandshakeCertificates.Builder().addTrustedCertificate(root.certificate()).build();
  }

  SSLSocketFactory client() {
    return trusting().sslSocketFactory();
  }

  X509TrustManager trust() {
    return trusting().trustManager();
  }
}
