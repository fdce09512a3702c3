package io.trunkline.okhttp.real;

import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** One key for all servers of the tests, and clients that trust it. */
final class ServerTls {
  /** Loopback addresses that the certificate names. */
  static final int ADDRESSES = 25;

  static final HeldCertificate CERTIFICATE = certificate();
  static final HandshakeCertificates SERVER =
      new HandshakeCertificates.Builder().heldCertificate(CERTIFICATE).build();
  static final HandshakeCertificates CLIENT =
      new HandshakeCertificates.Builder().addTrustedCertificate(CERTIFICATE.certificate()).build();

  private ServerTls() {}

  private static HeldCertificate certificate() {
    HeldCertificate.Builder builder =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("localhost")
            .addSubjectAlternativeName("one.test")
            .addSubjectAlternativeName("two.test");
    IntStream.rangeClosed(1, ADDRESSES)
        .forEach(i -> builder.addSubjectAlternativeName("127.0.0." + i));
    return builder.build();
  }

  static OkHttpClient.Builder trusting(OkHttpClient.Builder builder) {
    return builder.sslSocketFactory(CLIENT.sslSocketFactory(), CLIENT.trustManager());
  }
}
