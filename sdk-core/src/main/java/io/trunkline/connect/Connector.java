package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.SocketPreparation;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Dials: from an endpoint to a connected socket with its options set. Thread-safe. */
public final class Connector {
  private final Transport transport;
  private final Ticker ticker;
  private final Addresses addresses;
  private final AddressGuard guard;
  private final TlsLayer tls;
  private final ConnectionListener listener;
  private final SocketSetup setup;
  private final FastOpenPolicy fastOpen;
  private final long timeoutNanos;
  private final long attemptDelayNanos;
  private final Set<Dial> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param guard asked about each address before a socket is opened to it
   * @throws IOException if the transport cannot open a socket to ask it for its options
   */
  public Connector(
      Transport transport,
      Ticker ticker,
      Addresses addresses,
      AddressGuard guard,
      TlsLayer tls,
      ConnectionListener listener,
      ConnectSettings connect,
      SocketSettings socket)
      throws IOException {
    this.transport = transport;
    this.ticker = ticker;
    this.addresses = addresses;
    this.guard = guard;
    this.tls = tls;
    this.listener = listener;
    this.timeoutNanos = Deadline.saturatedNanos(connect.timeout());
    this.attemptDelayNanos = Deadline.saturatedNanos(connect.attemptDelay());
    try (TransportSocket sample = transport.open()) {
      this.setup = new SocketSetup(socket, connect, sample.supportedOptions());
      boolean supported = sample.supportedOptions().contains(TransportOptions.TCP_FASTOPEN_CONNECT);
      this.fastOpen =
          new FastOpenPolicy(
              connect, supported, FastOpenPolicy::kernelAllows, new FastOpenMemory(ticker));
    }
  }

  /**
   * Begins a dial, whose time runs from now; {@link Dial#run} does the work on the calling thread.
   * Whoever begins one runs it to its end or cancels it.
   */
  public Dial dial(Endpoint endpoint) {
    return begun(new Dial(this, endpoint, SocketPreparation.NONE, after(timeoutNanos)));
  }

  /**
   * The same to one address and no other: for a caller that has resolved the endpoint itself, or
   * wants to know how each address does.
   *
   * @param only resolved; asked about at the guard like any other
   * @param timeout of the TCP handshake; TLS has its own after it
   */
  public Dial dial(Endpoint endpoint, InetSocketAddress only, Duration timeout) {
    return begun(
        new Dial(this, endpoint, only, SocketPreparation.NONE, Deadline.after(ticker, timeout)));
  }

  /**
   * The same with what a single caller wants otherwise.
   *
   * @param only the address to dial, instead of those that the endpoint resolves to
   * @param limitNanos the end of its time, where that comes before the connect timeout
   * @param preparation what each socket gets before it is dialled
   */
  public Dial dial(
      Endpoint endpoint,
      Optional<InetSocketAddress> only,
      long limitNanos,
      SocketPreparation preparation) {
    Deadline deadline = after(Math.min(timeoutNanos, limitNanos));
    return begun(
        only.map(address -> new Dial(this, endpoint, address, preparation, deadline))
            .orElseGet(() -> new Dial(this, endpoint, preparation, deadline)));
  }

  private Dial begun(Dial dial) {
    underWay.add(dial);
    if (closed) {
      dial.cancel();
    }
    return dial;
  }

  /**
   * The addresses of an endpoint, in the order in which a dial would try them.
   *
   * @return empty if the time ended first
   * @throws IOException why there are none, or an interrupt
   */
  public Optional<List<InetSocketAddress>> resolve(Endpoint endpoint, Deadline until)
      throws IOException {
    Lookup lookup = new Lookup(addresses, endpoint, after(timeoutNanos));
    try {
      return lookup.run(until);
    } finally {
      lookup.cancel(); // without effect once it has ended
    }
  }

  void ended(Dial dial) {
    underWay.remove(dial);
  }

  /** Cancels the dials under way, and every later one. */
  public void close() {
    closed = true;
    underWay.forEach(Dial::cancel);
  }

  // ---- for the dials ----

  Transport transport() {
    return transport;
  }

  Addresses addresses() {
    return addresses;
  }

  AddressGuard guard() {
    return guard;
  }

  TlsLayer tls() {
    return tls;
  }

  FastOpenPolicy fastOpen() {
    return fastOpen;
  }

  ConnectionListener listener() {
    return listener;
  }

  long tlsTimeoutNanos() {
    return Deadline.saturatedNanos(tls.timeout());
  }

  long attemptDelayNanos() {
    return attemptDelayNanos;
  }

  Deadline after(long nanos) {
    return Deadline.afterNanos(ticker, nanos);
  }

  void connected(TransportSocket socket) throws IOException {
    setup.applyConnected(socket);
  }

  /**
   * A socket with its options set, for one attempt.
   *
   * @param preparation what the socket gets beyond the settings
   */
  TransportSocket openFor(Endpoint endpoint, SocketPreparation preparation) throws IOException {
    TransportSocket socket =
        open(
            fresh -> {
              preparation.applyTo(fresh);
              setup.bindUnlessBound(fresh);
            });
    socket.setEndpoint(endpoint);
    return socket;
  }

  /** A socket with the options of the settings that is not to be dialled, but to be asked. */
  public TransportSocket openSample() throws IOException {
    return open(SocketPreparation.NONE);
  }

  private TransportSocket open(SocketPreparation preparation) throws IOException {
    TransportSocket socket = transport.open();
    try {
      setup.applyTo(socket);
      preparation.applyTo(socket);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }
}
