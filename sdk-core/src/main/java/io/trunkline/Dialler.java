package io.trunkline;

import io.trunkline.connect.SocketPreparation;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Where a {@link ManagedSocket} gets its connection from. Thread-safe. */
interface Dialler {
  /** A socket with the options of the settings that is not to be dialled, but to be asked. */
  TransportSocket openSample() throws IOException;

  /**
   * Begins a dial, whose time runs from now. Does not block.
   *
   * @param only the address to dial, instead of those that the endpoint resolves to
   * @param limitNanos the end of its time, where that comes before the connect timeout
   * @param preparation what each socket gets before it is dialled
   */
  Attempt begin(
      Endpoint endpoint,
      Optional<InetSocketAddress> only,
      long limitNanos,
      SocketPreparation preparation);

  /** A dial that has begun. */
  interface Attempt {
    /** Dials on this thread, once, and hands the connected socket over to the caller. */
    TransportSocket run() throws IOException;

    /** Ends it from any thread, before, while or after it runs. Neither blocks nor counts. */
    void cancel();
  }
}
