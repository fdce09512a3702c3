package io.trunkline.observe;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Is told of every step that a connection manager takes. All methods have a default that does
 * nothing.
 *
 * <p>Calls come from many threads at once, those of callers among them, outside of every lock of
 * the manager. An implementation must be thread-safe and fast, must not block, and must not call
 * back into the manager. What it throws is logged once in a while and reaches nobody. All times are
 * nanoseconds.
 */
public interface ConnectionListener {
  /**
   * Whether it wants to be told of every lease. Asked once. Where no listener of a manager says so,
   * a lease that finds an idle connection at once is not timed and not told: {@link #acquired} then
   * comes only for callers that had to wait or dial, and {@link #released} for nobody.
   */
  default boolean hearsEveryLease() {
    return true;
  }

  /**
   * Whether it wants {@link #sampled}. Asked once. Where no listener of a manager says so, the
   * kernel is not asked for samples, which takes a system call for each connection at its end.
   */
  default boolean hearsSamples() {
    return true;
  }

  /**
   * Whether it wants {@link #connected} at this moment. Asked after each handshake, and so must do
   * no more than look at a field. Where no listener of a manager says so, nobody is told, and the
   * kernel is not asked for what would be: a system call.
   */
  default boolean hearsConnects() {
    return true;
  }

  // ---- the manager ----

  /**
   * The listener was given to a manager, which now starts. Nothing else comes before.
   *
   * @param transport which transport runs, and why
   * @param counts the numbers of each endpoint in use. Asks neither the kernel nor for a lock; may
   *     be called at any time, from any thread
   */
  default void managerStarted(
      TransportInfo transport, Supplier<Map<Endpoint, EndpointCounts>> counts) {}

  /**
   * The manager was closed. Events of what still ended may follow.
   *
   * @param counts the same object as at the start, so that a listener of several managers knows
   *     which one
   */
  default void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {}

  // ---- dialling ----

  /** The name of an endpoint was looked up. Answers from the cache are not reported. */
  default void resolved(Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {}

  /** A lookup failed. */
  default void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {}

  /**
   * A handshake begins. One of the three methods below follows; {@link #connected} only where a
   * listener {@linkplain #hearsConnects() wants it}.
   */
  default void connectStarted(Endpoint endpoint, InetSocketAddress address) {}

  /**
   * A handshake succeeded. Told only where a listener {@linkplain #hearsConnects() wants it}.
   *
   * @param tcpInfo what the kernel says of it, SYN retransmits and Fast Open outcome among it;
   *     empty on the jdk transport
   */
  default void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> tcpInfo) {}

  /** A handshake failed. The failure implements {@link io.trunkline.failure.ConnectionFailure}. */
  default void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {}

  /** A handshake was given up: another address won the race, or nobody wants it any more. */
  default void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {}

  /**
   * A TLS handshake succeeded.
   *
   * @param protocol such as {@code TLSv1.3}
   */
  default void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {}

  /** A TLS handshake failed. */
  default void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {}

  // ---- the pool ----

  /**
   * A caller got a lease.
   *
   * @param reused whether the connection had served before, so that a handshake was avoided
   */
  default void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {}

  /** A caller got none. */
  default void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {}

  /** A lease ended, well or not. */
  default void released(Endpoint endpoint, long usageNanos) {}

  /** A pooled connection ended. */
  default void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {}

  /**
   * A look at a connection that is in use: at most one every ten seconds for each connection, and
   * one before it ends.
   *
   * @param newRetransmits segments repeated since the last look
   */
  default void sampled(
      Endpoint endpoint, InetSocketAddress address, TcpInfo tcpInfo, long newRetransmits) {}

  /** A lease was never closed and was found; with the stack of its acquire if that is recorded. */
  default void leaked(Endpoint endpoint, Optional<Throwable> acquiredAt) {}

  /**
   * Connections of the endpoint are being replaced: idle ones end now, leased ones when they are
   * released.
   *
   * @param withdrawn the address that the name no longer has; empty if all connections end
   */
  default void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {}

  /** The endpoint has not been used for long, and nothing is kept for it any more. */
  default void forgotten(Endpoint endpoint) {}

  /**
   * {@code manager.call} repeats an exchange.
   *
   * @param kind what the attempt before failed of
   */
  default void retried(Endpoint endpoint, FailureKind kind) {}

  // ---- the breaker ----

  /**
   * The circuit breaker of the endpoint changed its state.
   *
   * @param why the failure that opened it, where there is one
   */
  default void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {}

  /**
   * A handshake probe of an open breaker ended.
   *
   * @param failure empty if the endpoint answered
   */
  default void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {}
}
