package io.trunkline.testing;

import io.trunkline.failure.ExplainingTrustManager;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import okhttp3.tls.HeldCertificate;

/** A certificate authority of its own, and what it and others sign. */
public final class Certificates {
  private static final char[] PASSWORD = "only-for-tests".toCharArray();
  private static final Duration YEAR = Duration.ofDays(365);

  public static final HeldCertificate AUTHORITY = authority("Test Authority");
  public static final HeldCertificate OTHER_AUTHORITY = authority("Nobody Knows Me");

  /** For localhost and 127.0.0.1. */
  public static final HeldCertificate LOCALHOST = signed("localhost", "localhost", "127.0.0.1");

  private Certificates() {}

  private static HeldCertificate authority(String name) {
    return new HeldCertificate.Builder().commonName(name).certificateAuthority(1).build();
  }

  public static HeldCertificate signed(String commonName, String... names) {
    return signed(
        AUTHORITY, Instant.now().minus(YEAR), Instant.now().plus(YEAR), commonName, names);
  }

  public static HeldCertificate signedBy(HeldCertificate authority, String... names) {
    return signed(authority, Instant.now().minus(YEAR), Instant.now().plus(YEAR), names[0], names);
  }

  public static HeldCertificate expired() {
    return signed(
        AUTHORITY,
        Instant.parse("2020-01-02T03:04:05Z"),
        Instant.parse("2021-02-03T04:05:06Z"),
        "localhost",
        "localhost");
  }

  public static HeldCertificate notYetValid() {
    return signed(
        AUTHORITY,
        Instant.parse("2040-01-02T03:04:05Z"),
        Instant.parse("2041-02-03T04:05:06Z"),
        "localhost",
        "localhost");
  }

  public static HeldCertificate selfSigned() {
    return new HeldCertificate.Builder()
        .commonName("localhost")
        .addSubjectAlternativeName("localhost")
        .build();
  }

  private static HeldCertificate signed(
      HeldCertificate authority, Instant from, Instant until, String commonName, String... names) {
    HeldCertificate.Builder builder =
        new HeldCertificate.Builder()
            .commonName(commonName)
            .validityInterval(from.toEpochMilli(), until.toEpochMilli())
            .signedBy(authority);
    for (String name : names) {
      builder.addSubjectAlternativeName(name);
    }
    return builder.build();
  }

  // ---- contexts ----

  /** Trusts {@link #AUTHORITY}, has no key, and can explain itself. */
  public static SSLContext client() {
    return context(null, ExplainingTrustManager.wrap(trust()));
  }

  /** The same as users make it. */
  public static SSLContext plainClient() {
    return context(null, trust());
  }

  /** Trusts {@link #AUTHORITY} and has a key. */
  public static SSLContext clientWith(HeldCertificate key) {
    return context(keys(key), ExplainingTrustManager.wrap(trust()));
  }

  /** Has a key, and trusts clients that {@link #AUTHORITY} has signed. */
  public static SSLContext server(HeldCertificate key) {
    return context(keys(key), trust());
  }

  public static SSLContext context(KeyManager[] keys, TrustManager[] trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public static TrustManager[] trust() {
    try {
      KeyStore store = emptyStore();
      store.setCertificateEntry("authority", AUTHORITY.certificate());
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static KeyManager[] keys(HeldCertificate key) {
    try {
      KeyStore store = emptyStore();
      X509Certificate[] chain = {key.certificate()};
      store.setKeyEntry("key", key.keyPair().getPrivate(), PASSWORD, chain);
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, PASSWORD);
      return factory.getKeyManagers();
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static KeyStore emptyStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
