package io.trunkline.okhttp;

import io.trunkline.transport.TransportSocket;
import java.net.SocketException;

/**
 * The limits of reads and writes where sockets enforce them: OkHttp is told that there are none, so
 * that its watchdog has nothing to do, and a socket without a limit gets this one.
 *
 * @param readMillis 0 where OkHttp enforces its own
 * @param writeMillis the same
 */
record Timeouts(int readMillis, int writeMillis) {
  static final Timeouts BY_OKHTTP = new Timeouts(0, 0);

  int readLimit(int millis) {
    return millis == 0 ? readMillis : millis;
  }

  int writeLimit(int millis) {
    return millis == 0 ? writeMillis : millis;
  }

  void applyTo(TransportSocket socket) {
    if (writeMillis == 0) {
      return;
    }
    try {
      socket.setWriteTimeout(writeMillis);
    } catch (SocketException closed) {
      // Whoever uses it next will see.
    }
  }
}
