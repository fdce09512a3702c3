package io.trunkline.connect;

import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/**
 * A wait for a handshake that an interrupt of the waiting thread ends: it closes the socket, which
 * wakes the native wait. The JDK lets a channel be told of an interrupt, and nothing else; so this
 * is one.
 */
final class InterruptibleConnect extends AbstractInterruptibleChannel {
  private final TransportSocket socket;

  InterruptibleConnect(TransportSocket socket) {
    this.socket = socket;
  }

  /**
   * As {@link TransportSocket#finishConnect}.
   *
   * @throws java.nio.channels.ClosedByInterruptException if the thread is or was interrupted; its
   *     flag is set
   */
  boolean finish(long limitNanos) throws IOException {
    begin();
    try {
      return socket.finishConnect(limitNanos);
    } finally {
      end(true);
    }
  }

  @Override
  protected void implCloseChannel() throws IOException {
    socket.close();
  }
}
