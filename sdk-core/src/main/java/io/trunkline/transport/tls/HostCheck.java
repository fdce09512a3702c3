package io.trunkline.transport.tls;

import io.trunkline.failure.ExplainingTrustManager;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Compares the host that was asked for with the certificate after the TLS handshake, whoever has
 * decided on it: JSSE leaves the name to an {@link X509ExtendedTrustManager}, and one of the
 * caller's own may not look at it. Which trust managers a context has cannot be seen, and the check
 * takes some 10 microseconds: so it is made always.
 */
public final class HostCheck {
  private HostCheck() {}

  /**
   * Checks the peer of a socket whose TLS handshake is done, against the host that JSSE was given
   * for it, by the algorithm of its {@link
   * javax.net.ssl.SSLParameters#setEndpointIdentificationAlgorithm SSLParameters}; where these have
   * none, the user of the socket answers for the name. A session that fails is not resumed.
   *
   * @throws SSLException if the certificate is for others, or there is none
   */
  public static void check(SSLSocket established) throws SSLException {
    String algorithm = established.getSSLParameters().getEndpointIdentificationAlgorithm();
    if (algorithm != null && !algorithm.isEmpty()) {
      check(established, algorithm);
    }
  }

  private static void check(SSLSocket established, String algorithm) throws SSLException {
    SSLSession session = established.getSession();
    boolean done = false;
    try {
      X509Certificate[] chain = x509(session.getPeerCertificates());
      trust(chain[0], session.getPeerHost())
          .checkServerTrusted(chain, "ANY", new HandshakeView(session, algorithm));
      done = true;
    } catch (GeneralSecurityException refused) {
      throw failed(refused);
    } finally {
      if (!done) {
        session.invalidate();
      }
    }
  }

  private static X509Certificate[] x509(Certificate[] chain) throws SSLException {
    X509Certificate[] x509 = new X509Certificate[chain.length];
    for (int i = 0; i < chain.length; i++) {
      if (!(chain[i] instanceof X509Certificate certificate)) {
        throw new SSLPeerUnverifiedException("a certificate of type " + chain[i].getType());
      }
      x509[i] = certificate;
    }
    return x509;
  }

  /** Wrapped, so that a failure tells the names as it does where JSSE has found it. */
  private static X509ExtendedTrustManager trust(X509Certificate certificate, String host)
      throws GeneralSecurityException {
    if (host == null) {
      throw new CertificateException("there is no name to check the certificate against");
    }
    TrustManager[] names = ExplainingTrustManager.wrap(new NameTrustManager(certificate, host));
    return (X509ExtendedTrustManager) names[0];
  }

  private static SSLException failed(GeneralSecurityException refused) {
    SSLException failed = new SSLHandshakeException(refused.getMessage());
    failed.initCause(refused);
    return failed;
  }
}
