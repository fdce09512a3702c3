package io.trunkline.okhttp;

import io.trunkline.LayeredSslSocket;
import io.trunkline.config.FirstWrite;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/**
 * One call on its way: its leave, its connection, and how far it has come. OkHttp tells it of each
 * step, on the thread of the call; only a cancel, and the end of a response that somebody else
 * reads, come on others.
 */
final class CallState extends EventListener {
  private final Adapter adapter;
  private final Timeouts timeouts;
  private final long startNanos = System.nanoTime();
  private final Permits.Waiter waiter = new Permits.Waiter();
  private final AtomicReference<Permit> permit = new AtomicReference<>();

  private volatile Request request;
  private volatile Endpoint endpoint;
  private volatile CallStep step = CallStep.CONNECTING;
  private volatile boolean hasMovedOn;
  private volatile boolean foundNoRoom;
  private volatile IOException denied;
  private volatile List<Proxy> proxies = List.of();

  private volatile CallSocket connection;
  private volatile Endpoint connectedFor;
  private volatile Protocol protocol;
  private volatile boolean reused;
  private volatile long askedNanos;
  private volatile long tlsStartNanos;
  private volatile long tlsNanos;
  private volatile Handshake handshake;

  /**
   * @param timeouts that the client of the call has its sockets enforce
   */
  CallState(Adapter adapter, Timeouts timeouts) {
    this.adapter = adapter;
    this.timeouts = timeouts;
  }

  Timeouts timeouts() {
    return timeouts;
  }

  // ---- the request ----

  /** What the call asks for now: first, after a redirect, or for another attempt. */
  void asksFor(Request value) {
    request = value;
    endpoint = Endpoint.tcp(value.url().host(), value.url().port());
    askedNanos = System.nanoTime();
    step = CallStep.CONNECTING;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether the connection will speak another protocol after the answer. */
  static boolean isUpgrade(Request request) {
    return request.header("Upgrade") != null;
  }

  /** The port to a host that OkHttp looks up for this call: the origin's, or a proxy's. */
  int portOf(String host) {
    HttpUrl url = request.url();
    if (!url.host().equals(host)) {
      for (Proxy each : proxies) {
        if (each.address() instanceof InetSocketAddress address
            && address.getHostString().equals(host)) {
          return address.getPort();
        }
      }
    }
    return url.port();
  }

  /** What goes out first on a new connection to an address. */
  FirstWrite firstWrite(InetSocketAddress remote) {
    HttpUrl url = request.url();
    boolean isOrigin = remote.getPort() == url.port() && remote.getHostString().equals(url.host());
    if (!isOrigin) {
      return FirstWrite.UNKNOWN; // a proxy
    }
    if (url.isHttps()) {
      return FirstWrite.TLS;
    }
    return isIdempotent(request.method()) ? FirstWrite.IDEMPOTENT : FirstWrite.UNKNOWN;
  }

  /** RFC 9110, 9.2.2. */
  private static boolean isIdempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> false;
    };
  }

  // ---- leave ----

  /** Waits for leave to use a connection to the endpoint, unless it has it. */
  void awaitLeave() throws IOException {
    Permit has = permit.get();
    if (has != null && has.endpoint.equals(endpoint)) {
      return;
    }
    giveBack();
    permit.set(
        adapter.permits().take(endpoint, waiter, true, adapter.settings().acquireTimeoutNanos()));
  }

  /** All shared connections are full and there is no place for another: waits for either. */
  void awaitRoom(long limitNanos) throws IOException {
    foundNoRoom = false;
    giveBack();
    permit.set(adapter.permits().take(endpoint, waiter, false, limitNanos));
  }

  /** Whether a dial was refused for want of room, and nothing was sent yet. */
  boolean couldWaitForRoom() {
    return foundNoRoom && !hasMovedOn;
  }

  /** A dial begins, on a thread of OkHttp's: it needs a place of its own. */
  void checkLeave() throws IOException {
    IOException refusal = denied;
    if (refusal != null) {
      throw refusal;
    }
    Permit has = permit.get();
    if (has != null && has.counted) {
      return;
    }
    CallSocket own = connection;
    if (own != null && own.permit().get() != null) {
      return; // it is about to leave that one
    }
    Permit now = adapter.permits().tryTake(endpoint);
    if (now == null) {
      foundNoRoom = true;
      throw adapter.permits().noRoom(endpoint);
    }
    if (!permit.compareAndSet(has, now)) {
      adapter.permits().give(now); // another attempt of the same race was faster
    }
  }

  private void giveBack() {
    Permit has = permit.getAndSet(null);
    if (has != null) {
      adapter.permits().give(has);
    }
  }

  /** From within OkHttp, which a refusal cannot be thrown through: the dial throws it. */
  private void awaitLeaveForDial() {
    denied = null;
    try {
      awaitLeave();
    } catch (IOException refusal) {
      denied = refusal;
    }
  }

  // ---- what OkHttp tells ----

  @Override
  public void cacheMiss(Call call) {
    awaitLeaveForDial();
  }

  @Override
  public void cacheConditionalHit(Call call, Response cachedResponse) {
    awaitLeaveForDial();
  }

  @Override
  public void followUpDecision(Call call, Response networkResponse, Request nextRequest) {
    if (nextRequest == null) {
      return;
    }
    hasMovedOn = true;
    boolean elsewhere =
        !nextRequest.url().host().equals(request.url().host())
            || nextRequest.url().port() != request.url().port();
    asksFor(nextRequest);
    if (elsewhere) {
      CallSocket left = connection;
      if (left != null && !left.isShared()) {
        giveOn(left.permit().getAndSet(null));
      }
      awaitLeaveForDial();
    }
  }

  @Override
  public void proxySelectEnd(Call call, HttpUrl url, List<Proxy> selected) {
    proxies = List.copyOf(selected);
  }

  @Override
  public void secureConnectStart(Call call) {
    step = CallStep.TLS_HANDSHAKE;
    handshake = null;
    tlsStartNanos = System.nanoTime();
  }

  @Override
  public void secureConnectEnd(Call call, Handshake done) {
    tlsNanos = System.nanoTime() - tlsStartNanos;
    handshake = done;
  }

  @Override
  public void connectEnd(Call call, InetSocketAddress remote, Proxy proxy, Protocol spoken) {
    Handshake done = handshake;
    if (done != null) {
      adapter
          .listener()
          .tlsEstablished(dialled(remote), remote, tlsNanos, done.tlsVersion().javaName());
    }
    handshake = null;
    step = CallStep.CONNECTING;
  }

  @Override
  public void connectFailed(
      Call call, InetSocketAddress remote, Proxy proxy, Protocol spoken, IOException failure) {
    if (step == CallStep.TLS_HANDSHAKE && !call.isCanceled()) {
      adapter
          .listener()
          .tlsFailed(
              dialled(remote),
              remote,
              System.nanoTime() - tlsStartNanos,
              CallFailures.explain(failure, this));
    }
    step = CallStep.CONNECTING;
  }

  /** The endpoint as the manager knows it: of a proxy, that. */
  private static Endpoint dialled(InetSocketAddress remote) {
    return Endpoint.tcp(remote.getHostString(), remote.getPort());
  }

  @Override
  public void connectionAcquired(Call call, Connection acquired) {
    Socket socket = acquired.socket();
    CallSocket tcp = null;
    TransportSocket transfer = null;
    if (socket instanceof CallSocket plain) {
      tcp = plain;
      transfer = plain.connected().orElse(null);
    } else if (socket instanceof LayeredSslSocket tls && tls.tcp() instanceof CallSocket below) {
      tcp = below;
      transfer = tls.secured().orElse(null);
    }
    protocol = acquired.protocol();
    if (tcp == null || transfer == null) {
      return; // dialled by somebody else
    }
    boolean byMany = protocol == Protocol.HTTP_2 || protocol == Protocol.H2_PRIOR_KNOWLEDGE;
    reused = tcp.leased(transfer, byMany, timeouts);
    connection = tcp;
    connectedFor = endpoint;
    if (isUpgrade(request)) {
      tcp.willBeUpgraded();
    }
    hand(tcp, byMany);
    adapter.connections().leased(tcp, reused);
    adapter.listener().acquired(tcp.endpoint(), System.nanoTime() - askedNanos, reused);
    step = CallStep.WRITING;
  }

  /** The leave of the call becomes that of the connection. */
  private void hand(CallSocket tcp, boolean byMany) {
    Permit mine = permit.getAndSet(null);
    if (mine == null) {
      return;
    }
    if (!mine.counted || !tcp.permit().compareAndSet(null, mine)) {
      adapter.permits().give(mine); // it has one already
    } else if (byMany) {
      adapter.permits().share(mine);
    }
    if (tcp.isEnded()) {
      tcp.giveBack();
    }
  }

  @Override
  public void connectionReleased(Call call, Connection released) {
    CallSocket tcp = connection;
    if (tcp == null) {
      return;
    }
    connection = null;
    long usage = System.nanoTime() - tcp.leasedSinceNanos();
    if (tcp.isShared()) {
      adapter.permits().left(connectedFor);
    } else {
      giveOn(tcp.permit().getAndSet(null));
    }
    tcp.released();
    adapter.listener().released(tcp.endpoint(), usage);
  }

  /**
   * The leave comes back from a connection: the call keeps it if it goes on to the same endpoint.
   */
  private void giveOn(Permit back) {
    if (back == null) {
      return;
    }
    if (!back.endpoint.equals(endpoint) || !permit.compareAndSet(null, back)) {
      adapter.permits().give(back);
    }
  }

  @Override
  public void requestHeadersStart(Call call) {
    step = CallStep.WRITING;
  }

  @Override
  public void responseHeadersStart(Call call) {
    step = CallStep.READING;
  }

  @Override
  public void responseFailed(Call call, IOException failure) {
    CallFailures.attach(failure, this);
  }

  @Override
  public void requestFailed(Call call, IOException failure) {
    CallFailures.attach(failure, this);
  }

  @Override
  public void canceled(Call call) {
    adapter.permits().cancel(waiter);
  }

  @Override
  public void callEnd(Call call) {
    ended(Optional.empty());
  }

  @Override
  public void callFailed(Call call, IOException failure) {
    CallFailures.attach(failure, this);
    if (protocol == null && !call.isCanceled()) {
      adapter.listener().acquireFailed(endpoint, System.nanoTime() - askedNanos, failure);
    }
    ended(Optional.of(failure));
  }

  private void ended(Optional<IOException> failure) {
    giveBack();
    if (adapter.settings().listener() != CallListener.NONE) {
      adapter
          .settings()
          .listener()
          .ended(
              new FinishedCall(
                  endpoint,
                  System.nanoTime() - startNanos,
                  Optional.ofNullable(protocol),
                  reused,
                  failure.flatMap(Failures::find).map(ConnectionFailure::kind)));
    }
  }

  // ---- for what explains a failure ----

  CallStep step() {
    return step;
  }

  /** Where the call is connected to, or was last. */
  Optional<InetSocketAddress> remote() {
    return Optional.ofNullable(connection).map(CallSocket::remote);
  }

  long elapsedNanos() {
    return System.nanoTime() - askedNanos;
  }
}
