package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.concurrent.Executor;

/** Dials: from an endpoint to a connected socket with its options set. Thread-safe. */
public final class Connector {
  private final Transport transport;
  private final Ticker ticker;
  private final Resolver resolver;
  private final SocketSetup setup;
  private final long timeoutNanos;

  /**
   * @param workers run the lookups
   * @throws IOException if the transport cannot open a socket to ask it for its options
   */
  public Connector(
      Transport transport,
      Ticker ticker,
      Executor workers,
      ConnectSettings connect,
      SocketSettings socket)
      throws IOException {
    this.transport = transport;
    this.ticker = ticker;
    this.resolver = new Resolver(workers);
    this.timeoutNanos = Deadline.saturatedNanos(connect.timeout());
    try (TransportSocket sample = transport.open()) {
      this.setup = new SocketSetup(socket, connect, sample.supportedOptions());
    }
  }

  /**
   * Begins a dial, whose time runs from now; {@link Dial#run} does the work on the calling thread.
   */
  public Dial dial(Endpoint endpoint) {
    return new Dial(this, endpoint, Deadline.afterNanos(ticker, timeoutNanos));
  }

  Resolver resolver() {
    return resolver;
  }

  Deadline after(long nanos) {
    return Deadline.afterNanos(ticker, nanos);
  }

  void connected(TransportSocket socket) throws IOException {
    setup.applyConnected(socket);
  }

  TransportSocket openFor(Endpoint endpoint) throws IOException {
    TransportSocket socket = transport.open();
    socket.setEndpoint(endpoint);
    try {
      setup.applyTo(socket);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }
}
