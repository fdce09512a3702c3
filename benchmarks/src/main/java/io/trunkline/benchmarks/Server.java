package io.trunkline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** The echo server in its own process, and how to greet it: see src/main/c/peer.h. */
final class Server {
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
    return Place.measured().host();
  }

  static int port() {
    return Place.measured().port();
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
