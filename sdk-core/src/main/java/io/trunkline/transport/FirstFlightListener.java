package io.trunkline.transport;

import java.io.IOException;
import java.util.Optional;

/** Is told how a handshake ended that TCP Fast Open left to the first write of a socket. */
@FunctionalInterface
public interface FirstFlightListener {
  /**
   * The handshake has ended; told once. It is called by the thread that writes, between handshake
   * and the rest of its write, or that closes: it must not block, use the socket for more than a
   * look, or throw.
   *
   * @param elapsedNanos from the first write on; 0 if there was none
   * @param failure empty if the connection stands. It implements {@link
   *     io.trunkline.failure.ConnectionFailure}; kind CLOSED means that this side closed the socket
   *     before, written to or not, kind INTERRUPTED that the writing thread was interrupted:
   *     neither says anything about the peer.
   */
  void firstFlightEnded(long elapsedNanos, Optional<IOException> failure);
}
