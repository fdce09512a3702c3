package io.trunkline.benchmarks;

import java.nio.file.Path;
import java.util.List;

/**
 * Servers as a client sees them.
 *
 * @param port of the echo server
 * @param httpPort of nginx
 * @param httpsPort of nginx, over TLS
 * @param trust the key store with its certificate
 */
record Place(String host, int port, int httpPort, int httpsPort, Path trust) {

  Place at(String otherHost) {
    return new Place(otherHost, port, httpPort, httpsPort, trust);
  }

  /** What a client's JVM is told. */
  List<String> properties() {
    return List.of(
        property(Server.HOST_PROPERTY, host),
        property(Server.PORT_PROPERTY, port),
        property(Server.HTTP_PROPERTY, httpPort),
        property(Server.HTTPS_PROPERTY, httpsPort),
        property(Server.TRUST_PROPERTY, trust));
  }

  private static String property(String name, Object value) {
    return "-D" + name + "=" + value;
  }
}
