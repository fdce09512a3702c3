package io.trunkline;

import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;

/**
 * Dials connections that belong to who asked for them. That of a manager waits for its breaker, its
 * storm guard and its connect rates; one of somebody else may have connections ready. Thread-safe.
 */
public interface Dialler {
  /** A socket with the options of the settings that is not to be dialled, but to be asked. */
  TransportSocket openSample() throws IOException;

  /** Begins a dial, whose time runs from now. Does not block. */
  Attempt begin(Endpoint endpoint, DialOptions options);

  /** A dial that has begun. */
  interface Attempt {
    /** Dials on this thread, once, and hands the connected socket over to the caller. */
    TransportSocket run() throws IOException;

    /** Ends it from any thread, before, while or after it runs. Neither blocks nor counts. */
    void cancel();
  }
}
