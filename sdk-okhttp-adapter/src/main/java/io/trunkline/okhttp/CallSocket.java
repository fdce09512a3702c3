package io.trunkline.okhttp;

import io.trunkline.ManagedSocket;
import io.trunkline.config.FirstWrite;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.CloseReason;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The TCP socket under one of OkHttp's connections, and what is known of that connection. OkHttp
 * asks {@link #isClosed} before it uses a connection again: the answer is yes as well if the peer
 * has hung up or sent what nobody asked for, or if the connection is to end for its age.
 *
 * <p>OkHttp tells of a lease only after it has looked at the connection, and of its end only after
 * others could look. Until then nobody may close it: {@link #claim} is when it was looked at last,
 * or that it is closed now.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class CallSocket extends ManagedSocket {
  private static final long CLOSING = Long.MIN_VALUE;

  /** Between OkHttp's look and its word that a call has the connection; far more than it takes. */
  static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** OkHttp looks twice in a row. */
  private static final long LOOK_IS_GOOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Between two looks at what the kernel knows of a connection that is used. */
  private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long NEVER_LOOKED = Long.MIN_VALUE + 1;

  private final Adapter adapter;
  private final WeakReference<CallState> call;
  private final ConnectionLeave leave;
  private final AtomicInteger leases = new AtomicInteger();
  private final AtomicLong uses = new AtomicLong();
  private final AtomicLong claim = new AtomicLong(NEVER_LOOKED);

  private volatile Timeouts timeouts;
  private volatile Endpoint endpoint;
  private volatile InetSocketAddress remote;
  private volatile TransportSocket view;
  private volatile boolean shared;
  private volatile boolean isUpgraded;
  private volatile boolean isWatched;
  private volatile boolean peerClosed;
  private volatile boolean retired;
  private volatile boolean ended;
  private volatile CloseReason reason;
  private volatile long sampledNanos;
  private volatile long retransmits;
  private volatile long bornNanos;
  private volatile long expiresNanos;
  private volatile int mostUses;
  private volatile long idleSinceNanos;
  private volatile long leasedSinceNanos;

  /**
   * @param policy what it may be connected to
   * @param byManager whether its address is one that the manager knows
   * @param call for which it is dialled; empty if that is not known. It is held weakly, for the
   *     connection may outlive it by far
   */
  CallSocket(Adapter adapter, CallPolicy policy, boolean byManager, WeakReference<CallState> call) {
    super(new CallDialler(adapter, policy, byManager, call));
    this.adapter = adapter;
    this.call = call;
    this.leave = new ConnectionLeave(adapter.permits());
    CallState dialling = call.get();
    this.timeouts = dialling == null ? Timeouts.BY_OKHTTP : dialling.timeouts();
  }

  // ---- dialling ----

  @Override
  protected FirstWrite first() {
    CallState dialling = call.get();
    return dialling == null ? FirstWrite.UNKNOWN : dialling.firstWrite(remote);
  }

  @Override
  public void connect(SocketAddress address, int timeoutMillis) throws IOException {
    remote = (InetSocketAddress) address;
    super.connect(address, timeoutMillis);
    TransportSocket dialled = connected().orElseThrow();
    endpoint = dialled.endpoint().orElseThrow();
    if (dialled.getRemoteSocketAddress() instanceof InetSocketAddress instance
        && instance.getPort() != remote.getPort()) {
      remote = instance; // where the service really stands
    }
    bornNanos = System.nanoTime();
    idleSinceNanos = bornNanos;
    sampledNanos = bornNanos - SAMPLE_NANOS; // the first exchange is looked at
    mostUses = adapter.settings().maxUses(endpoint);
    long limit = adapter.settings().ageLimitNanos(endpoint);
    expiresNanos = limit == Long.MAX_VALUE ? Long.MAX_VALUE : bornNanos + limit;
    adapter.connections().add(this);
    if (super.isClosed()) {
      end(); // by another thread, which did not find it there
    }
    timeouts.applyTo(dialled);
  }

  @Override
  protected int readLimit(int millis) {
    return isUpgraded ? millis : timeouts.readLimit(millis);
  }

  /** The connection will speak another protocol, which has its own limits or none. */
  void upgrades(boolean value) {
    if (isUpgraded != value) {
      isUpgraded = value; // of each lease: one that was refused goes back to OkHttp's pool
    }
  }

  // ---- leases ----

  /**
   * A call has the connection.
   *
   * @param transfer where its bytes go: the socket itself, or TLS over it
   * @param limits those that the client of the call has its sockets enforce
   * @param now {@link System#nanoTime}
   * @return whether it had served before
   */
  boolean leased(TransportSocket transfer, boolean byMany, Timeouts limits, long now) {
    if (!timeouts.equals(limits)) {
      timeouts = limits; // clients that share connections need not share those
      limits.applyTo(transfer);
    }
    if (view != transfer) { // a look is cheaper than a volatile write
      view = transfer;
    }
    if (shared != byMany) {
      shared = byMany;
    }
    leases.incrementAndGet();
    leasedSinceNanos = now;
    return uses.incrementAndGet() > 1;
  }

  boolean isShared() {
    return shared;
  }

  /** A call has it no longer. */
  void released() {
    long now = System.nanoTime();
    idleSinceNanos = now;
    sample(now);
    if (leases.decrementAndGet() > 0 || super.isClosed()) {
      return;
    }
    if (peerClosed) {
      retire(CloseReason.PEER_CLOSED);
    } else if (isExpired(now)) {
      retire(CloseReason.MAX_LIFETIME);
    } else if (mostUses > 0 && uses.get() >= mostUses) {
      retire(CloseReason.MAX_USES);
    }
    if (retired) {
      closeWhenIdle();
    }
  }

  private void sample(long now) {
    if (now - sampledNanos < SAMPLE_NANOS || !adapter.listener().hearsSamples()) {
      return;
    }
    sampledNanos = now;
    TransportSocket carrier = view;
    Optional<TcpInfo> info = carrier == null ? Optional.empty() : carrier.tcpInfo();
    if (info.isPresent()) {
      long before = retransmits;
      retransmits = info.get().totalRetransmits();
      adapter.listener().sampled(endpoint, remote, info.get(), retransmits - before);
    }
  }

  private boolean isExpired(long now) {
    return expiresNanos != Long.MAX_VALUE && now - expiresNanos >= 0;
  }

  /** A connection that no call has had yet is being made ready for one. */
  boolean isIdle() {
    return leases.get() == 0 && uses.get() > 0;
  }

  ConnectionLeave leave() {
    return leave;
  }

  // ---- ends ----

  /** No call gets it from now on. It ends with the last one that has it, or now. */
  void retire(CloseReason why) {
    if (!retired) {
      reason = why;
      retired = true;
    }
  }

  /** Ends it now if no call has it, or is about to get it; else with the last call. */
  void retireAndClose(CloseReason why) {
    retire(why);
    closeWhenIdle();
  }

  private void closeWhenIdle() {
    if (!closeIfIdle(reason) && isIdle()) {
      adapter.connections().later(GRACE_NANOS, () -> closeIfIdle(reason));
    }
  }

  /** Ends it if no call has it, or is about to get it. */
  boolean closeIfIdle(CloseReason why) {
    long looked = claim.get();
    if (looked == CLOSING || !isIdle() || mayBeTaken(looked)) {
      return false;
    }
    if (!claim.compareAndSet(looked, CLOSING)) {
      return false;
    }
    reason = why;
    close();
    return true;
  }

  /** Whether somebody looked, and has not come yet. */
  private boolean mayBeTaken(long looked) {
    boolean hasCome = looked == NEVER_LOOKED || (!shared && looked - leasedSinceNanos <= 0);
    return !hasCome && System.nanoTime() - looked < GRACE_NANOS;
  }

  /** Has its end heard of from now on. */
  void watch() {
    if (!isWatched) {
      isWatched = true;
      connected().ifPresent(each -> each.onPeerClosed(this::peerHasClosed));
    }
  }

  /** On a thread of the transport. */
  private void peerHasClosed() {
    peerClosed = true;
    if (isIdle()) {
      retireAndClose(CloseReason.PEER_CLOSED);
    }
  }

  /** Expired and idle: closes it. Expired and in use: its last call will. */
  void checkAge(long now) {
    if (!retired && isExpired(now)) {
      retireAndClose(CloseReason.MAX_LIFETIME);
    }
  }

  /** Whether OkHttp should take another one. */
  @Override
  public boolean isClosed() {
    if (super.isClosed()) {
      return true;
    }
    long looked = claim.get();
    if (retired || looked == CLOSING) {
      return true;
    }
    TransportSocket carrier = view;
    if (carrier == null) {
      return false;
    }
    long now = System.nanoTime();
    boolean isIdle = isIdle();
    if (isIdle && hasJustLooked(looked, now)) {
      return false;
    }
    if (!claim.compareAndSet(looked, now)) {
      return claim.get() == CLOSING;
    }
    if (!isIdle) {
      // Its last call may be about to leave it, and this one to get it.
      return peerClosed && !shared;
    }
    if (isExpired(now)) {
      retire(CloseReason.MAX_LIFETIME);
      return true;
    }
    return isDead(carrier);
  }

  private boolean hasJustLooked(long looked, long now) {
    return looked != NEVER_LOOKED
        && looked - idleSinceNanos >= 0
        && now - looked < LOOK_IS_GOOD_NANOS;
  }

  private boolean isDead(TransportSocket carrier) {
    // A thread of OkHttp's reads from a shared one all the time, and learns of its end.
    IdleState seen = shared ? IdleState.CLEAN : carrier.checkIdle(idleSinceNanos);
    if (seen == IdleState.CLEAN) {
      return false;
    }
    retire(seen == IdleState.READABLE ? CloseReason.UNASKED_BYTES : CloseReason.PEER_CLOSED);
    return true;
  }

  /** Asked where reading has failed, and nobody goes on with it. */
  boolean hasPeerClosed() {
    TransportSocket carrier = view;
    if (peerClosed || carrier == null) {
      return peerClosed;
    }
    return carrier.hasReadEnd()
        || (!shared && carrier.checkIdle(System.nanoTime() - GRACE_NANOS) == IdleState.PEER_CLOSED);
  }

  @Override
  protected void closing() {
    retire(isIdle() ? CloseReason.IDLE_TIMEOUT : CloseReason.DISCARDED);
  }

  @Override
  public void close() {
    closing();
    TransportSocket carrier = view;
    if (carrier != null) {
      closeQuietly(carrier::close); // TLS says goodbye
    }
    closeQuietly(super::close);
    end();
  }

  private interface Closing {
    void run() throws IOException;
  }

  private static void closeQuietly(Closing closing) {
    try {
      closing.run();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }

  /** More than once does no harm, and OkHttp closes what it has lost once more. */
  private void end() {
    ended = true;
    leave.end();
    if (endpoint == null) {
      return; // connect() will see
    }
    CloseReason why = reason;
    if (why == null) {
      why = isIdle() ? CloseReason.IDLE_TIMEOUT : CloseReason.DISCARDED;
    }
    adapter.connections().remove(this, why);
  }

  boolean isEnded() {
    return ended;
  }

  // ---- what is known ----

  Endpoint endpoint() {
    return endpoint;
  }

  /** Where it is connected to. */
  InetSocketAddress remote() {
    return remote;
  }

  long bornNanos() {
    return bornNanos;
  }

  long expiresNanos() {
    return expiresNanos;
  }

  long idleSinceNanos() {
    return idleSinceNanos;
  }

  boolean isRetired() {
    return retired;
  }

  long uses() {
    return uses.get();
  }

  /** Where its bytes go, as far as is known. */
  TransportSocket carrier() {
    TransportSocket carrier = view;
    return carrier != null ? carrier : connected().orElse(null);
  }
}
