package io.trunkline.pool;

import io.trunkline.transport.TransportSocket;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;

/**
 * A connection and its place in the pool.
 *
 * <pre>
 *   dialled ──► LEASED ◄──tryLease── IDLE        a caller's, or the pool's
 *                 │ └──becomeIdle────►│
 *            closeLeased          tryEvict
 *                 └─────► CLOSED ◄────┘          whoever moved it here closes the socket
 * </pre>
 *
 * Each arrow is one compare-and-set, so that each connection has one owner at any time: what is
 * written under LEASED is read by whoever moves it out of IDLE.
 */
public final class PooledConnection {
  private static final int IDLE = 0;
  private static final int LEASED = 1;
  private static final int CLOSED = 2;
  private static final VarHandle STATE;
  private static final VarHandle LEASED_SINCE;

  /** {@link #takeLeasedSince} where the lease is not timed. */
  static final long NOT_TIMED = 0;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(PooledConnection.class, "state", int.class);
      LEASED_SINCE = lookup.findVarHandle(PooledConnection.class, "leasedSince", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final TransportSocket socket;

  /** The address it is connected to. */
  final InetSocketAddress remote;

  final EndpointPool pool;
  final int slot;
  final int epoch;
  final long bornNanos;

  /**
   * When it is not to be leased again; {@link Long#MAX_VALUE} nanoseconds after birth for never.
   */
  final long expiresNanos;

  private final LeakWatch leakWatch;

  @SuppressWarnings("unused") // through STATE
  private volatile int state = LEASED;

  /** Its peer has hung up while it was leased: known before anything is sent on it again. */
  private volatile boolean peerClosed;

  /** Its address is no longer one of its endpoint: it ends at release. */
  volatile boolean withdrawn;

  /** When the lease began, for who listens; its end is told once, whoever ends it. */
  @SuppressWarnings("unused") // through LEASED_SINCE
  private volatile long leasedSince;

  // Owned by whoever moved the state last.
  long idleSinceNanos;
  private long uses;
  private Object attachment;
  private boolean broken;
  private boolean watched;
  private Object hold;
  private Throwable acquiredAt;
  long sampledAtNanos;
  long seenRetransmits;

  // Guarded by the lock of IdleWheel.
  PooledConnection wheelPrevious;
  PooledConnection wheelNext;
  int wheelBucket = IdleWheel.NOT_IN_WHEEL;

  PooledConnection(
      TransportSocket socket,
      EndpointPool pool,
      int slot,
      int epoch,
      long bornNanos,
      long expiresNanos) {
    this.socket = socket;
    this.remote = (InetSocketAddress) socket.getRemoteSocketAddress();
    this.pool = pool;
    this.slot = slot;
    this.epoch = epoch;
    this.bornNanos = bornNanos;
    this.expiresNanos = expiresNanos;
    this.sampledAtNanos = bornNanos;
    this.leakWatch = new LeakWatch(this);
    this.hold = leakWatch.hold();
  }

  // ---- transitions ----

  boolean tryLease() {
    return state == IDLE && STATE.compareAndSet(this, IDLE, LEASED);
  }

  boolean becomeIdle() {
    return STATE.compareAndSet(this, LEASED, IDLE);
  }

  boolean tryEvict() {
    return STATE.compareAndSet(this, IDLE, CLOSED);
  }

  boolean closeLeased() {
    return STATE.compareAndSet(this, LEASED, CLOSED);
  }

  boolean isIdle() {
    return state == IDLE;
  }

  boolean isLeased() {
    return state == LEASED;
  }

  boolean isClosed() {
    return state == CLOSED;
  }

  // ---- for the holder of the lease ----

  public TransportSocket socket() {
    return socket;
  }

  /** How often it was leased, the present lease included. */
  public long uses() {
    return uses;
  }

  /**
   * What the users of the connection keep with it: a codec, read-ahead. Lives as long as the
   * connection.
   */
  public Object attachment() {
    return attachment;
  }

  public void attach(Object value) {
    attachment = value;
  }

  /**
   * It will be closed at release: it saw an error, or is in a state that the next caller must not
   * get.
   */
  public void markBroken() {
    broken = true;
  }

  /** Ends the lease; the exchange is complete and the connection may serve the next caller. */
  public void release(Object returnedHold) {
    hold = returnedHold;
    pool.release(this);
  }

  /** Ends the lease and the connection. */
  public void discard() {
    pool.discard(this);
  }

  /**
   * The object that stands for the lease. Whoever leases the connection takes it, and it comes back
   * with release; when it becomes unreachable instead, the lease was forgotten.
   */
  public Object takeHold() {
    Object taken = hold;
    hold = null;
    return taken;
  }

  // ---- for the pool ----

  /** The lease goes on in other hands. */
  public void returnHold(Object returned) {
    hold = returned;
  }

  void leased(boolean withStack) {
    uses++;
    if (withStack || acquiredAt != null) { // as a rule neither: a look is less than a write
      acquiredAt = withStack ? new Throwable("acquired here") : null;
    }
  }

  /** Times the lease that has just begun. */
  void leasedSince(long nanos) {
    leasedSince = nanos == NOT_TIMED ? 1 : nanos;
  }

  /** When the lease began; {@link #NOT_TIMED} if that is not known, or was asked before. */
  long takeLeasedSince() {
    return leasedSince == NOT_TIMED ? NOT_TIMED : (long) LEASED_SINCE.getAndSet(this, NOT_TIMED);
  }

  Throwable acquiredAt() {
    return acquiredAt;
  }

  /**
   * Whether it saw an error, is half closed, or its peer has hung up: no next caller may get it.
   */
  public boolean isBroken() {
    return broken || peerClosed || socket.isInputShutdown() || socket.isOutputShutdown();
  }

  /**
   * The same for who takes it out of the pool: that it was not half closed was seen when it came
   * back, and only who leases it could have done so.
   */
  boolean isKnownBroken() {
    return broken || peerClosed;
  }

  /** Whether nobody watches its peer yet; from now on the caller sees to it. */
  boolean takeUnwatched() {
    boolean unwatched = !watched;
    watched = true;
    return unwatched;
  }

  boolean hasPeerClosed() {
    return peerClosed;
  }

  void peerHasClosed() {
    peerClosed = true;
  }

  /** The state must be CLOSED; by whoever moved it there. */
  void closeSocket() {
    leakWatch.end();
    Sockets.closeQuietly(socket);
  }
}
