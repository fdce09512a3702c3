package io.trunkline.transport;

import java.io.IOException;

/** What a new socket gets beyond the options of the settings, before it is dialled. */
@FunctionalInterface
public interface SocketPreparation {
  /** Nothing. */
  SocketPreparation NONE = socket -> {};

  /** Sets options, or binds the socket. A failure is one of the attempt to connect. */
  void applyTo(TransportSocket socket) throws IOException;
}
