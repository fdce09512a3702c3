package io.trunkline.transport;

import io.trunkline.net.TransportInfo;
import java.io.IOException;
import java.util.List;

/**
 * How bytes reach the operating system: the one seam between Trunkline and sockets. Thread-safe.
 */
public interface Transport extends AutoCloseable {
  /** Which transport this is, and why it was chosen. */
  TransportInfo info();

  /** A new socket that is not connected and may not have a descriptor yet. */
  TransportSocket open() throws IOException;

  /** The most sockets that one {@link #awaitAny} takes. */
  int MOST_AWAITED = 16;

  /**
   * Whether {@link TransportSocket#startConnect} really begins the handshake, so that one thread
   * can have several under way. Where it does not, addresses have to be tried in turn.
   */
  default boolean canRace() {
    return false;
  }

  /**
   * Waits until {@link TransportSocket#finishConnect} would tell something of one of these sockets.
   * May return earlier; never throws because one of them failed or is closed, but returns.
   *
   * @param connecting sockets of this transport whose handshake was begun, at most {@link
   *     #MOST_AWAITED}
   * @param limitNanos longest wait
   * @throws UnsupportedOperationException unless {@link #canRace}
   */
  default void awaitAny(List<TransportSocket> connecting, long limitNanos) throws IOException {
    throw new UnsupportedOperationException(info().name() + " cannot race");
  }

  /**
   * Ends the threads of the transport. Its open sockets stay usable on platform threads;
   * idempotent.
   */
  @Override
  void close();
}
