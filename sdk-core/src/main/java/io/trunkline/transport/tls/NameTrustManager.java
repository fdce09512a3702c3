package io.trunkline.transport.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts one certificate that others have decided on, and lets the JDK compare its names with the
 * host of a TLS session. Without a session there is nothing to compare, and so nothing to refuse.
 */
final class NameTrustManager extends X509ExtendedTrustManager {
  private static final int DNS_NAME = 2; // GeneralName, RFC 5280

  private final String host;
  private final X509ExtendedTrustManager comparing;

  /**
   * @param host that of the TLS sessions
   */
  NameTrustManager(X509Certificate trusted, String host) throws GeneralSecurityException {
    this.host = host;
    PKIXBuilderParameters itself =
        new PKIXBuilderParameters(Set.of(new TrustAnchor(trusted, null)), null);
    itself.setRevocationEnabled(false); // the way to a root is decided
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(new CertPathTrustManagerParameters(itself));
    comparing = extended(factory.getTrustManagers());
  }

  private static X509ExtendedTrustManager extended(TrustManager... managers)
      throws GeneralSecurityException {
    for (TrustManager each : managers) {
      if (each instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("no trust manager of this JVM compares names");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    if (!isAddress(host) && !hasNames(chain[0])) {
      // The JDK would take the common name instead, which is no name any more (RFC 9525, 2).
      throw new CertificateException("the certificate has no name but its common name");
    }
    comparing.checkServerTrusted(chain, authType, socket);
  }

  private static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private static boolean hasNames(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names != null && names.stream().anyMatch(each -> each.get(0).equals(DNS_NAME));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    comparing.checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw noClients();
  }

  private static CertificateException noClients() {
    return new CertificateException("only servers have a name to be checked");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return comparing.getAcceptedIssuers();
  }
}
