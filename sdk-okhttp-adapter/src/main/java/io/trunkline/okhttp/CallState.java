package io.trunkline.okhttp;

import io.trunkline.LayeredSslSocket;
import io.trunkline.config.FirstWrite;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
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
 * step, on the thread of the call; only a cancel, the end of a response that somebody else reads, a
 * dial that lost, and a duplex body come on others.
 */
final class CallState extends EventListener {
  private final Adapter adapter;
  private final Timeouts timeouts;
  private final long startNanos = System.nanoTime();
  private final CallLeave leave;

  // What a cancel looks at, which may come at any time.

  private volatile boolean isCancelled;
  private volatile Runnable endLookup = () -> {};
  private volatile CallSocket connection;

  // All else is the call's own. Whoever has it next, to read the response, has it by a lock or a
  // queue of OkHttp's. A dial that lost, and a writer of a duplex body, may see what was there a
  // moment ago, as they might anyway. Volatile writes are dear: a call would have a dozen more.

  private boolean hasBegun;
  private CallTarget target;
  private CallStep step = CallStep.CONNECTING;
  private boolean hasCache;
  private boolean hasMovedOn;
  private boolean hasSent;
  private List<Proxy> proxies = List.of();

  private Endpoint connectedFor;
  private boolean hasJoined;
  private long leasedNanos;
  private Protocol protocol;
  private boolean reused;
  private long askedNanos;
  private Thread tlsThread;
  private long tlsStartNanos;
  private long tlsNanos;
  private Handshake handshake;

  /**
   * @param timeouts that the client of the call has its sockets enforce
   */
  CallState(Adapter adapter, Timeouts timeouts) {
    this.adapter = adapter;
    this.timeouts = timeouts;
    this.leave = new CallLeave(adapter.permits());
  }

  Timeouts timeouts() {
    return timeouts;
  }

  /** Whether it is known to the call already. */
  boolean hasBegun() {
    return hasBegun;
  }

  // ---- the request ----

  /**
   * What the call asks for, first, or in another attempt of an interceptor.
   *
   * @param value the request
   * @param cached whether there is a cache to be asked first
   * @param proxy that the client sets; null if it does not
   */
  void begins(Request value, boolean cached, Proxy proxy) throws UnknownHostException {
    long now = hasBegun ? System.nanoTime() : startNanos;
    hasBegun = true;
    hasCache = cached;
    proxies = proxy == null ? List.of() : List.of(proxy);
    hasMovedOn = false;
    asksFor(value, now);
    if (connectedFor != null) {
      goesElsewhere();
    }
  }

  private void asksFor(Request value, long now) throws UnknownHostException {
    askedNanos = now;
    step = CallStep.CONNECTING;
    try {
      target = CallTarget.of(value, adapter.endpoints());
    } catch (UnknownHostException noHost) {
      target = null; // a failure is not to name the one before it
      throw noHost;
    }
    leave.named(target.dialled(proxies));
  }

  /** Of the last request; null if its host is none. */
  Endpoint endpoint() {
    CallTarget last = target;
    return last == null ? null : last.endpoint();
  }

  /** The port to a host that OkHttp looks up for this call: the origin's, or a proxy's. */
  int portOf(String host) {
    CallTarget last = target;
    return last == null ? HttpUrl.defaultPort("https") : last.portOf(host, proxies);
  }

  /** What goes out first on a new connection to an address. */
  FirstWrite firstWrite(InetSocketAddress remote) {
    CallTarget last = target;
    return last == null ? FirstWrite.UNKNOWN : last.firstWrite(remote);
  }

  // ---- leave ----

  /** Waits for leave to use a connection to the endpoint, unless it has it. */
  void awaitLeave() throws IOException {
    step = CallStep.WAITING;
    leave.await(endpoint(), adapter.settings().acquireTimeoutNanos(endpoint()));
    step = CallStep.CONNECTING;
  }

  /**
   * All shared connections are full and there is no place for another: waits for either, as long as
   * there is left of the acquire timeout.
   */
  void awaitRoom() throws IOException {
    step = CallStep.WAITING;
    leave.awaitMore(endpoint(), askedNanos, adapter.settings().acquireTimeoutNanos(endpoint()));
    step = CallStep.CONNECTING;
  }

  /** Whether a dial was refused for want of room, and the request can be made again. */
  boolean couldWaitForRoom() {
    return leave.foundNoRoom() && !hasMovedOn;
  }

  /** A dial begins, on a thread of OkHttp's: it needs a place of its own. */
  void checkLeave() throws IOException {
    Endpoint asked = endpoint();
    if (asked == null) {
      throw new UnknownHostException("the call goes to what is no host by now");
    }
    leave.check(asked);
  }

  /** The call was cancelled, perhaps before it was listened to. */
  void cancelled() {
    isCancelled = true;
    endLookup.run();
    leave.cancel();
  }

  /** A lookup begins, which a cancel ends. */
  void looksUp(Runnable end) {
    endLookup = end;
    if (isCancelled) {
      end.run(); // cancelled() may have come before there was something to end
    }
  }

  private void awaitLeaveForDial() {
    CallSocket has = connection;
    if (has != null && endpoint().equals(connectedFor)) {
      return; // it goes on with that one, or leaves it first
    }
    step = CallStep.WAITING;
    leave.awaitForDial(endpoint(), adapter.settings().acquireTimeoutNanos(endpoint()));
    step = CallStep.CONNECTING;
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

  /** OkHttp has done with the connection, but lets go of it only once it looks for another. */
  @Override
  public void followUpDecision(Call call, Response networkResponse, Request nextRequest) {
    if (nextRequest == null) {
      return;
    }
    hasMovedOn = true;
    try {
      asksFor(nextRequest, System.nanoTime());
    } catch (UnknownHostException noHost) {
      return; // as the lookup is going to say
    }
    if (goesElsewhere() && !hasCache) {
      awaitLeaveForDial();
    }
  }

  /**
   * Whether the call is not connected to where it goes now. It may have a connection all the same,
   * but whoever waits for leave holds none, or two calls could wait for each other.
   */
  private boolean goesElsewhere() {
    if (endpoint().equals(connectedFor)) {
      return false;
    }
    leave.giveBack();
    leaveShared();
    return true;
  }

  @Override
  public void proxySelectEnd(Call call, HttpUrl url, List<Proxy> selected) {
    proxies = List.copyOf(selected);
    if (target != null) {
      leave.named(target.dialled(proxies));
    }
  }

  @Override
  public void secureConnectStart(Call call) {
    step = CallStep.TLS_HANDSHAKE;
    handshake = null;
    tlsThread = Thread.currentThread();
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
          .tlsEstablished(
              CallTarget.dialled(remote), remote, tlsNanos, done.tlsVersion().javaName());
    }
    handshake = null;
    step = CallStep.CONNECTING;
  }

  @Override
  public void connectFailed(
      Call call, InetSocketAddress remote, Proxy proxy, Protocol spoken, IOException failure) {
    if (step != CallStep.TLS_HANDSHAKE || Thread.currentThread() != tlsThread) {
      return; // a loser of the race, on its own thread, whatever the call does meanwhile
    }
    CallFailures.attach(failure, this, call.isCanceled());
    if (!call.isCanceled()) {
      adapter
          .listener()
          .tlsFailed(
              CallTarget.dialled(remote),
              remote,
              System.nanoTime() - tlsStartNanos,
              CallFailures.explain(failure, this));
    }
    step = CallStep.CONNECTING;
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
    boolean byMany = NativeTimeoutsCheck.isByMany(protocol);
    leasedNanos = System.nanoTime();
    reused = tcp.leased(transfer, byMany, timeouts, leasedNanos);
    connection = tcp;
    connectedFor = endpoint();
    tcp.upgrades(target.isUpgrade());
    if (!target.isLast()) {
      tcp.watch();
    }
    if (byMany) {
      hasJoined = true;
      leave.sharing(tcp.leave(), endpoint());
    } else {
      leave.using(tcp.leave(), endpoint());
    }
    adapter.connections().leased(tcp, reused);
    ConnectionListener listener = adapter.listener();
    if (!reused || leave.hasWaited() || listener.hearsEveryLease()) {
      listener.acquired(tcp.endpoint(), leasedNanos - askedNanos, reused);
    }
    step = CallStep.WRITING;
  }

  @Override
  public void connectionReleased(Call call, Connection released) {
    CallSocket tcp = connection;
    if (tcp == null) {
      return;
    }
    leaveShared();
    connection = null;
    connectedFor = null;
    leave.unserved();
    tcp.released();
    ConnectionListener listener = adapter.listener();
    if (listener.hearsEveryLease()) {
      listener.released(tcp.endpoint(), System.nanoTime() - leasedNanos);
    }
  }

  private void leaveShared() {
    if (hasJoined) {
      hasJoined = false;
      connection.leave().left();
    }
  }

  @Override
  public void requestHeadersStart(Call call) {
    hasSent = true; // or is about to
    step = CallStep.WRITING;
  }

  @Override
  public void requestBodyStart(Call call) {
    step = CallStep.WRITING; // again, after an answer of 100
  }

  @Override
  public void responseHeadersStart(Call call) {
    step = CallStep.READING;
  }

  @Override
  public void responseFailed(Call call, IOException failure) {
    step = CallStep.READING; // that it starts is told only once there is a head
    CallFailures.attach(failure, this, call.isCanceled());
  }

  @Override
  public void requestFailed(Call call, IOException failure) {
    CallFailures.attach(failure, this, call.isCanceled());
  }

  @Override
  public void canceled(Call call) {
    cancelled();
    CallSocket tcp = connection;
    if (tcp != null && tcp.isEnded()) {
      leave.giveBack(); // it dials no more, and whoever reads may never close the response
    }
  }

  @Override
  public void callEnd(Call call) {
    ended(Optional.empty());
  }

  @Override
  public void callFailed(Call call, IOException failure) {
    CallFailures.attach(failure, this, call.isCanceled());
    if (protocol == null && target != null && !call.isCanceled()) {
      Endpoint dialled = target.dialled(proxies);
      adapter.meet(dialled);
      adapter.listener().acquireFailed(dialled, System.nanoTime() - askedNanos, failure);
    }
    ended(Optional.of(failure));
  }

  private void ended(Optional<IOException> failure) {
    leave.end();
    CallListener listener = adapter.settings().listener();
    if (target != null && listener != CallListener.NONE) {
      long elapsed = System.nanoTime() - startNanos;
      Optional<FailureKind> kind = failure.flatMap(Failures::find).map(ConnectionFailure::kind);
      listener.ended(
          new FinishedCall(endpoint(), elapsed, Optional.ofNullable(protocol), reused, kind));
    }
  }

  // ---- for what explains a failure ----

  CallStep step() {
    return step;
  }

  /** Whether any request of the call may have reached a peer; a redirect may be its answer. */
  boolean hasSent() {
    return hasSent;
  }

  /** Where the call is connected to, or was last. */
  Optional<InetSocketAddress> remote() {
    return Optional.ofNullable(connection).map(CallSocket::remote);
  }

  /** Whether the call has a connection that serves others too, which is one of HTTP/2. */
  boolean isOnSharedConnection() {
    CallSocket tcp = connection;
    return tcp != null && tcp.isShared();
  }

  /** Whether the connection of the call is known to be at its end. */
  boolean hasPeerClosed() {
    CallSocket tcp = connection;
    return tcp != null && tcp.hasPeerClosed();
  }

  long elapsedNanos() {
    return System.nanoTime() - askedNanos;
  }
}
