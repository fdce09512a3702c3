package io.trunkline.testing;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed key for localhost, made by keytool when it is first wanted. */
public final class TlsIdentity {
  private static final String PASSWORD = "only-for-tests";
  private static final String ALIAS = "test";

  private TlsIdentity() {}

  private static final class Holder {
    static final KeyStore STORE = make();
    static final SSLContext CONTEXT = contextOf(STORE);
  }

  /** A context that has the key, and trusts it. */
  public static SSLContext context() {
    return Holder.CONTEXT;
  }

  /** The certificate, as other programs read it. */
  public static String certificatePem() throws Exception {
    return pem("CERTIFICATE", Holder.STORE.getCertificate(ALIAS).getEncoded());
  }

  /** The private key, as other programs read it (PKCS #8). */
  public static String keyPem() throws Exception {
    return pem("PRIVATE KEY", Holder.STORE.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
  }

  private static String pem(String what, byte[] bytes) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }

  private static KeyStore make() {
    try {
      Path directory = Files.createTempDirectory("tls-identity-");
      Path file = directory.resolve("key.p12");
      try {
        keytool(file);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
          store.load(in, PASSWORD.toCharArray());
        }
        return store;
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(directory);
      }
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static SSLContext contextOf(KeyStore store) {
    try {
      return initialised(store);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static SSLContext initialised(KeyStore store) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static void keytool(Path file) throws Exception {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                List.of(
                    keytool,
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
                    "SAN=dns:localhost,ip:127.0.0.1",
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    file.toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException("keytool failed");
    }
  }
}
