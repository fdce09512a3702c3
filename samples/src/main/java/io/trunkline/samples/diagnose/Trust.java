package io.trunkline.samples.diagnose;

import io.trunkline.failure.ExplainingTrustManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whom to trust: the roots of the JDK, or those of a file. It keeps what a server has shown, also
 * where it was rejected. For one handshake at a time.
 */
final class Trust {
  private final TrustManager[] managers;
  private final SeenChain seen = new SeenChain();

  /**
   * Reads the roots, which takes time: before anything is measured.
   *
   * @param roots PEM; null for those of the JDK, or of javax.net.ssl.trustStore
   */
  Trust(Path roots) throws IOException, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(roots == null ? null : read(roots));
    managers =
        ExplainingTrustManager.wrap(
            Arrays.stream(factory.getTrustManagers())
                .map(
                    each ->
                        each instanceof X509ExtendedTrustManager extended
                            ? new WatchedTrustManager(extended, seen)
                            : each)
                .toArray(TrustManager[]::new));
    newContext().getSocketFactory();
  }

  private static KeyStore read(Path roots) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(roots)) {
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("root-" + number++, each);
      }
      if (number == 0) {
        throw new GeneralSecurityException("it has no certificate");
      }
    }
    return store;
  }

  /** Knows no session yet, so the next handshake is a whole one. */
  SSLContext newContext() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers, null);
      return context;
    } catch (GeneralSecurityException unusable) {
      throw new IllegalStateException(unusable);
    }
  }

  SeenChain seen() {
    return seen;
  }
}
