package io.trunkline.pool;

import io.trunkline.failure.Failures;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing, where nobody is left to tell of a failure. */
final class Sockets {
  private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

  private Sockets() {}

  static void closeQuietly(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    } catch (RuntimeException defect) {
      // Not for whoever happens to close it: it may be the caller of another endpoint.
      LOG.warn(
          "The close of a connection failed; this is a defect in the TLS provider or in Trunkline",
          Failures.safeForLog(defect));
    }
  }
}
