package io.trunkline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for nginx, which the JDK's keytool makes. */
final class ServerCertificate {
  /** It protects nothing: the key lives as long as a run, for addresses of this machine. */
  private static final String PASSWORD = "only-for-benchmarks";

  private static final String ALIAS = "server";

  private ServerCertificate() {}

  /**
   * Makes key.p12, certificate.pem and key.pem.
   *
   * @param addresses the IP addresses that it is for
   * @return the key store
   */
  static Path make(Path directory, List<String> addresses) throws Exception {
    Path store = directory.resolve("key.p12");
    String names = addresses.stream().map(each -> ",ip:" + each).collect(Collectors.joining());
    Programs.output(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost" + names,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .redirectErrorStream(true));
    KeyStore keys = load(store);
    Files.writeString(
        directory.resolve("certificate.pem"),
        pem("CERTIFICATE", keys.getCertificate(ALIAS).getEncoded()));
    Files.writeString(
        directory.resolve("key.pem"),
        pem("PRIVATE KEY", keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
    return store;
  }

  private static String pem(String what, byte[] bytes) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  /** What decides whom to trust: the holder of the key in this store, and nobody else. */
  static TrustManagerFactory trustManagers(Path store) {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(load(store));
      return trust;
    } catch (IOException | GeneralSecurityException failed) {
      throw new IllegalStateException("cannot use " + store, failed);
    }
  }

  static SSLContext trusting(Path store) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers(store).getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
