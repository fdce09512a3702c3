package io.trunkline.netns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A key store with a certificate for the servers' addresses and loopback, made by the JDK's
 * keytool. It serves as trust store too: to a trust manager its certificate is an anchor.
 */
record Certificate(Path file) {
  static final String PASSWORD = "secret";

  static Certificate in(Path folder) throws IOException, InterruptedException {
    Path file = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=lab",
                "-ext",
                "san=ip:" + Lab.SERVER4 + ",ip:" + Lab.SERVER6 + ",ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!keytool.waitFor(30, TimeUnit.SECONDS) || !Files.exists(file)) {
      throw new IOException("keytool: " + said);
    }
    return new Certificate(file);
  }

  /** What makes a JVM trust it, and nobody else. */
  List<String> trust() {
    return List.of(
        "-Djavax.net.ssl.trustStore=" + file, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
  }
}
