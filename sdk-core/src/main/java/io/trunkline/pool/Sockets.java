package io.trunkline.pool;

import io.trunkline.transport.TransportSocket;
import java.io.IOException;

/** Closing, where nobody is left to tell of a failure. */
final class Sockets {
  private Sockets() {}

  static void closeQuietly(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }
}
