package io.trunkline.spring;

import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/**
 * A certificate authority for a test, with servers that it vouches for and bundles that trust it.
 */
public final class Authority {
  private final HeldCertificate certificate;

  public Authority(String name) {
    certificate = new HeldCertificate.Builder().commonName(name).certificateAuthority(0).build();
  }

  /** For a server that is called localhost. */
  public SSLContext server() {
    HeldCertificate key =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("localhost")
            .signedBy(certificate)
            .build();
    return new HandshakeCertificates.Builder().heldCertificate(key).build().sslContext();
  }

  public SslBundle bundle() throws Exception {
    return bundle(SslOptions.NONE);
  }

  public SslBundle bundle(SslOptions options) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", certificate.certificate());
    return SslBundle.of(SslStoreBundle.of(null, null, store), null, options);
  }

  public String pem() {
    return certificate.certificatePem();
  }
}
