package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
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
import java.net.SocketOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** Dials: from an endpoint to a connected socket with its options set. Thread-safe. */
public final class Connector {
  private final Transport transport;
  private final Ticker ticker;
  private final Addresses addresses;
  private final AddressGuard guard;
  private final ConnectionListener listener;
  private final DialSettings ofAll;
  private final Map<Endpoint, DialSettings> own;
  private final FastOpenPolicy fastOpen;
  private final Set<Dial> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Dials all endpoints alike. */
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
    this(
        transport,
        ticker,
        addresses,
        guard,
        tls,
        listener,
        connect,
        socket,
        Map.of(),
        anySettings -> tls);
  }

  /**
   * @param guard asked about each address before a socket is opened to it
   * @param tls for endpoints that have no settings of their own
   * @param own the endpoints that have settings of their own
   * @param ownTls makes TLS for these
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
      SocketSettings socket,
      Map<Endpoint, EndpointSettings> own,
      Function<TlsSettings, TlsLayer> ownTls)
      throws IOException {
    this.transport = transport;
    this.ticker = ticker;
    this.addresses = addresses;
    this.guard = guard;
    this.listener = listener;
    try (TransportSocket sample = transport.open()) {
      Set<SocketOption<?>> options = sample.supportedOptions();
      this.ofAll = DialSettings.of(new SocketSetup(socket, connect, options), tls, connect);
      Map<Endpoint, DialSettings> ofSome = new HashMap<>();
      Map<Endpoint, FastOpen> fastOpens = new HashMap<>(connect.fastOpenOverrides());
      own.forEach(
          (endpoint, its) -> {
            SocketSetup setup = new SocketSetup(its.socket(), its.connect(), options);
            TlsLayer itsTls = ownTls.apply(its.tls());
            ofSome.put(endpoint, DialSettings.of(setup, itsTls, its.connect()));
            fastOpens.put(endpoint, its.connect().fastOpen());
          });
      this.own = Map.copyOf(ofSome);
      this.fastOpen =
          new FastOpenPolicy(
              connect.toBuilder().fastOpenOverrides(fastOpens).build(),
              options.contains(TransportOptions.TCP_FASTOPEN_CONNECT),
              FastOpenPolicy::kernelAllows,
              new FastOpenMemory(ticker));
    }
  }

  private DialSettings of(Endpoint endpoint) {
    return own.getOrDefault(endpoint, ofAll);
  }

  /**
   * Begins a dial, whose time runs from now; {@link Dial#run} does the work on the calling thread.
   * Whoever begins one runs it to its end or cancels it.
   */
  public Dial dial(Endpoint endpoint) {
    return dial(endpoint, Optional.empty(), Long.MAX_VALUE, SocketPreparation.NONE);
  }

  /**
   * The same to one address and no other: for a caller that has resolved the endpoint itself, or
   * wants to know how each address does.
   *
   * @param only resolved; asked about at the guard like any other
   * @param timeout of the TCP handshake; TLS has its own after it
   */
  public Dial dial(Endpoint endpoint, InetSocketAddress only, Duration timeout) {
    long now = ticker.nanoTime();
    Deadline deadline = Deadline.afterNanos(ticker, now, Deadline.saturatedNanos(timeout));
    return begun(new Dial(this, endpoint, only, SocketPreparation.NONE, now, deadline));
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
    long now = ticker.nanoTime();
    long limit = Math.min(timeoutNanos(endpoint), limitNanos);
    Deadline deadline = Deadline.afterNanos(ticker, now, limit);
    return begun(
        only.map(address -> new Dial(this, endpoint, address, preparation, now, deadline))
            .orElseGet(() -> new Dial(this, endpoint, preparation, now, deadline)));
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
    return resolve(endpoint, until, cancel -> {});
  }

  /**
   * The same for a wait that others may end.
   *
   * @param canceller gets, before the wait, what ends it from any thread with kind CLOSED
   */
  public Optional<List<InetSocketAddress>> resolve(
      Endpoint endpoint, Deadline until, Consumer<Runnable> canceller) throws IOException {
    Lookup lookup =
        new Lookup(addresses, endpoint, after(timeoutNanos(endpoint)), ticker, ticker.nanoTime());
    canceller.accept(lookup::cancel);
    try {
      return lookup.run(until);
    } finally {
      lookup.cancel(); // without effect once it has ended
    }
  }

  /** The limit of a dial of this endpoint, without that of TLS. */
  public long timeoutNanos(Endpoint endpoint) {
    return of(endpoint).timeoutNanos();
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

  TlsLayer tls(Endpoint endpoint) {
    return of(endpoint).tls();
  }

  FastOpenPolicy fastOpen() {
    return fastOpen;
  }

  ConnectionListener listener() {
    return listener;
  }

  long tlsTimeoutNanos(Endpoint endpoint) {
    return of(endpoint).tlsTimeoutNanos();
  }

  long attemptDelayNanos(Endpoint endpoint) {
    return of(endpoint).attemptDelayNanos();
  }

  Ticker ticker() {
    return ticker;
  }

  Deadline after(long nanos) {
    return Deadline.afterNanos(ticker, nanos);
  }

  void connected(Endpoint endpoint, TransportSocket socket) throws IOException {
    of(endpoint).setup().applyConnected(socket);
  }

  /**
   * A socket with its options set, for one attempt.
   *
   * @param preparation what the socket gets beyond the settings
   */
  TransportSocket openFor(Endpoint endpoint, SocketPreparation preparation) throws IOException {
    SocketSetup setup = of(endpoint).setup();
    TransportSocket socket =
        open(
            setup,
            fresh -> {
              preparation.applyTo(fresh);
              setup.bindUnlessBound(fresh);
            });
    socket.setEndpoint(endpoint);
    return socket;
  }

  /** A socket with the options of the settings that is not to be dialled, but to be asked. */
  public TransportSocket openSample() throws IOException {
    return open(ofAll.setup(), SocketPreparation.NONE);
  }

  private TransportSocket open(SocketSetup setup, SocketPreparation preparation)
      throws IOException {
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
