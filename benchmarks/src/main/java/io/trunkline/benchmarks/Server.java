package io.trunkline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/**
 * Where the servers are, each in a process of its own: an echo server, and how to greet it (see
 * src/main/c/peer.h), and nginx. Whoever starts a benchmark says it in system properties.
 */
final class Server {
  static final String HOST_PROPERTY = "trunkline.benchmarks.host";
  static final String PORT_PROPERTY = "trunkline.benchmarks.port";
  static final String HTTP_PROPERTY = "trunkline.benchmarks.http";
  static final String HTTPS_PROPERTY = "trunkline.benchmarks.https";

  /** The key store with the certificate of nginx. */
  static final String TRUST_PROPERTY = "trunkline.benchmarks.trust";

  /** The server runs before the client's write returns: the answer is there when it reads. */
  static final char READY = 'R';

  /** The server runs only once the client waits: the answer is never there when it reads. */
  static final char WAIT = 'W';

  /** One thread of the server serves all connections of this mode. */
  static final char CROWD = 'C';

  /** As a crowd, but the greeting has no answer, which would cost a round trip. */
  static final char PLAIN = 'P';

  /** The greeting of a connection that brings one byte and is closed by the client. */
  static final char BYTE = '1';

  /** The greeting of one that is answered when all earlier connections are done with. */
  static final char SYNC = 'S';

  private Server() {}

  static String host() {
    return property(HOST_PROPERTY);
  }

  static int port() {
    return Integer.parseInt(property(PORT_PROPERTY));
  }

  /** The port of nginx. */
  static int httpPort(boolean tls) {
    return Integer.parseInt(property(tls ? HTTPS_PROPERTY : HTTP_PROPERTY));
  }

  /** Trusts nginx. */
  static SSLContext tls() {
    return ServerCertificate.trusting(Path.of(property(TRUST_PROPERTY)));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(
          "no -D" + name + ": run the benchmarks with benchmarks/run.sh");
    }
    return value;
  }

  static InetSocketAddress address() {
    return new InetSocketAddress(host(), port());
  }

  static byte[] greeting(char mode, int messageBytes) {
    return ByteBuffer.allocate(5).put((byte) mode).putInt(messageBytes).array();
  }

  static void greet(InputStream from, OutputStream to, char mode, int messageBytes)
      throws IOException {
    to.write(greeting(mode, messageBytes));
    requireGranted(from.read());
  }

  /**
   * Waits until the server has accepted and closed all earlier connections. Who opens thousands
   * without waiting for answers would overflow its queue, and then wait a second for a new SYN.
   */
  static void catchUp() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address());
      socket.getOutputStream().write(SYNC);
      requireGranted(socket.getInputStream().read());
    }
  }

  static void requireGranted(int answer) {
    if (answer != 'y') {
      throw new IllegalStateException(
          "the server may not run at real-time priority, so it cannot answer first: run as root");
    }
  }
}
