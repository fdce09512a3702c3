package io.trunkline.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Servers as a client sees them.
 *
 * @param port of the echo server
 * @param httpPort of nginx
 * @param httpsPort of nginx, over TLS
 * @param trust the key store with its certificate
 */
record Place(String host, int port, int httpPort, int httpsPort, Path trust) {

  private static final String MEASURED = "trunkline.benchmarks.";
  private static final String NEAR = MEASURED + "near.";

  Place at(String otherHost) {
    return new Place(otherHost, port, httpPort, httpsPort, trust);
  }

  /** Those that are measured; what a client's JVM is told. */
  List<String> properties() {
    return properties(MEASURED);
  }

  /** Those on loopback, where a client may warm up before it waits for round trips. */
  List<String> propertiesOfNear() {
    return properties(NEAR);
  }

  private List<String> properties(String prefix) {
    return List.of(
        "-D" + prefix + "host=" + host,
        "-D" + prefix + "port=" + port,
        "-D" + prefix + "http=" + httpPort,
        "-D" + prefix + "https=" + httpsPort,
        "-D" + prefix + "trust=" + trust);
  }

  /** In a client's JVM: the servers that are measured. */
  static Place measured() {
    return of(MEASURED)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no -D" + MEASURED + "host: run the benchmarks with benchmarks/run.sh"));
  }

  /** In a client's JVM: servers to warm up with, if they are others. */
  static Optional<Place> near() {
    return of(NEAR);
  }

  private static Optional<Place> of(String prefix) {
    return Optional.ofNullable(System.getProperty(prefix + "host"))
        .map(
            host ->
                new Place(
                    host,
                    Integer.getInteger(prefix + "port"),
                    Integer.getInteger(prefix + "http"),
                    Integer.getInteger(prefix + "https"),
                    Path.of(System.getProperty(prefix + "trust"))));
  }

  int httpPort(boolean tls) {
    return tls ? httpsPort : httpPort;
  }

  String url(boolean tls) {
    return (tls ? "https://" : "http://") + host + ":" + httpPort(tls) + "/";
  }

  /** Trusts nginx. */
  SSLContext tls() {
    return ServerCertificate.trusting(trust);
  }
}
