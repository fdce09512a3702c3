package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Dials: from an endpoint to a connected socket with its options set. Thread-safe. */
public final class Connector {
  private final Transport transport;
  private final Ticker ticker;
  private final Resolver resolver;
  private final SocketSetup setup;
  private final long timeoutNanos;
  private final Set<Dial> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param lookups run the lookups, and nothing else
   * @throws IOException if the transport cannot open a socket to ask it for its options
   */
  public Connector(
      Transport transport,
      Ticker ticker,
      Workers lookups,
      ConnectSettings connect,
      SocketSettings socket)
      throws IOException {
    this.transport = transport;
    this.ticker = ticker;
    this.resolver = new Resolver(lookups);
    this.timeoutNanos = Deadline.saturatedNanos(connect.timeout());
    try (TransportSocket sample = transport.open()) {
      this.setup = new SocketSetup(socket, connect, sample.supportedOptions());
    }
  }

  /**
   * Begins a dial, whose time runs from now; {@link Dial#run} does the work on the calling thread.
   * Whoever begins one runs it to its end or cancels it.
   */
  public Dial dial(Endpoint endpoint) {
    Dial dial = new Dial(this, endpoint, Deadline.afterNanos(ticker, timeoutNanos));
    underWay.add(dial);
    if (closed) {
      dial.cancel();
    }
    return dial;
  }

  void ended(Dial dial) {
    underWay.remove(dial);
  }

  /** Cancels the dials under way, and every later one. */
  public void close() {
    closed = true;
    underWay.forEach(Dial::cancel);
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
