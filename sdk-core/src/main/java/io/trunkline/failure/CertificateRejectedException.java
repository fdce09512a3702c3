package io.trunkline.failure;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** What a trust manager said, with the certificates it said it of. */
final class CertificateRejectedException extends CertificateException {
  private static final long serialVersionUID = 1;

  private final X509Certificate[] chain;
  private final boolean nameMismatch;

  /**
   * @param nameMismatch whether the chain would be accepted under another name
   */
  CertificateRejectedException(
      CertificateException thrown, X509Certificate[] chain, boolean nameMismatch) {
    super(thrown.getMessage());
    if (thrown.getCause() != null) {
      initCause(thrown.getCause()); // JSSE looks there for the alert to send
    }
    addSuppressed(thrown);
    this.chain = chain.clone();
    this.nameMismatch = nameMismatch;
  }

  List<X509Certificate> chain() {
    return List.of(chain);
  }

  boolean isNameMismatch() {
    return nameMismatch;
  }
}
