package io.trunkline.spring;

import io.trunkline.config.Balance;
import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What an application can set of Trunkline. What is not set, null here, is as the core has it by
 * default. Immutable.
 *
 * @param enabled Whether Trunkline is configured at all.
 * @param transport How bytes reach the operating system. With 'native' the application does not
 *     start where the native library cannot be loaded.
 * @param nativeLibrary The native library to load, and no other.
 * @param addressPolicy Which resolved addresses may be connected to. A bean of type AddressPolicy
 *     takes its place.
 * @param addressAllow Blocks of addresses (CIDR) that may be connected to although the address
 *     policy refuses them.
 * @param addressDeny Blocks of addresses (CIDR) that must not be connected to.
 * @param endpoints Endpoints that are known by name: what differs for them, what is warmed up, and
 *     what the actuator calls them.
 */
@ConfigurationProperties("trunkline")
public record TrunklineProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("auto") TransportMode transport,
    File nativeLibrary,
    @DefaultValue("any") AddressRule addressPolicy,
    @DefaultValue List<String> addressAllow,
    @DefaultValue List<String> addressDeny,
    @DefaultValue Http http,
    @NestedConfigurationProperty @DefaultValue PoolProperties pool,
    @NestedConfigurationProperty @DefaultValue ConnectProperties connect,
    @NestedConfigurationProperty @DefaultValue SocketProperties socket,
    @NestedConfigurationProperty @DefaultValue SslProperties ssl,
    @DefaultValue Resolve resolve,
    @DefaultValue CircuitBreaker circuitBreaker,
    @DefaultValue Probe probe,
    @DefaultValue Retry retry,
    @DefaultValue Metrics metrics,
    @DefaultValue Shutdown shutdown,
    @DefaultValue Map<String, EndpointProperties> endpoints) {

  /** Which addresses may be connected to. */
  public enum AddressRule {
    /** Every address. */
    ANY,

    /** None of this host, its network or its platform. */
    DENY_PRIVATE,

    /** Only those that are reachable from everywhere. */
    PUBLIC_ONLY
  }

  /**
   * HTTP clients.
   *
   * @param enabled Whether the HTTP clients of the application run on Trunkline.
   */
  public record Http(@DefaultValue("true") boolean enabled) {}

  /**
   * How addresses are looked up and kept.
   *
   * @param ttl How long the addresses of an endpoint are used without asking again.
   * @param negativeTtl How long a failed lookup is answered with the same failure.
   * @param staleFor How long after their TTL addresses are still used while lookups fail.
   * @param slowAfter A lookup that takes longer is not waited for where stale addresses are known.
   * @param balance Which of several addresses is tried first.
   */
  public record Resolve(
      Duration ttl, Duration negativeTtl, Duration staleFor, Duration slowAfter, Balance balance) {}

  /**
   * When dials to an endpoint are refused.
   *
   * @param enabled Whether there is a circuit breaker for each endpoint.
   * @param window The time whose dials are judged, in whole seconds.
   * @param minimumDials Fewer dials than this in the window do not open the breaker.
   * @param failureRatePercent The breaker opens when this part of the dials in the window failed.
   * @param countedKinds The kinds of failures that count.
   */
  public record CircuitBreaker(
      Boolean enabled,
      Duration window,
      Integer minimumDials,
      Integer failureRatePercent,
      Set<FailureKind> countedKinds) {}

  /**
   * How an endpoint is tried whose circuit breaker is open.
   *
   * @param firstAfter The time from the opening of the circuit breaker to the first probe. Each
   *     failed probe doubles it.
   * @param longestInterval The longest time between two probes.
   */
  public record Probe(Duration firstAfter, Duration longestInterval) {}

  /**
   * What ConnectionManager.call does where repeating an exchange is safe.
   *
   * @param maxAttempts Most attempts of one call, the first included.
   * @param budgetPercent Most retries to one endpoint, as a part of the calls to it.
   * @param minimum Retries in 10 s that are allowed however few calls there were.
   * @param firstBackoff The pause before the first retry where the advice is to wait.
   * @param longestBackoff The longest pause between two attempts.
   */
  public record Retry(
      Integer maxAttempts,
      Integer budgetPercent,
      Integer minimum,
      Duration firstBackoff,
      Duration longestBackoff) {}

  /**
   * Meters.
   *
   * @param enabled Whether there are meters in the registry of the application.
   * @param maxEndpoints How many endpoints have meters of their own; those beyond share the ones
   *     with the value 'other'.
   */
  public record Metrics(@DefaultValue("true") boolean enabled, Integer maxEndpoints) {
    /** Hands over what is set; a value that is refused stops the start with a failure analysis. */
    public void applyTo(IntConsumer maxEndpointsSetting) {
      new SettingProperties("trunkline.")
          .set("metrics.max-endpoints", maxEndpoints, maxEndpointsSetting::accept);
    }
  }

  /**
   * The end of the application.
   *
   * @param drainTimeout How long leases that are out may take to come back when the application
   *     stops; never longer than spring.lifecycle.timeout-per-shutdown-phase.
   */
  public record Shutdown(@DefaultValue("10s") Duration drainTimeout) {}

  /**
   * How connections are pooled.
   *
   * @param maxPerEndpoint Most connections to one endpoint, those being dialled included.
   * @param maxTotal Most connections in all. At this cap the longest-idle connection of another
   *     endpoint gives way.
   * @param maxPending Most callers that wait for a connection of one endpoint; the next one fails
   *     at once.
   * @param acquireTimeout How long a caller waits for a connection, dialling included.
   * @param idleTimeout An idle connection is closed after this time; zero keeps it.
   * @param maxLifetime A connection older than this is closed; zero sets no limit.
   * @param lifetimeJitterPercent Each connection lives shorter by a random part of up to this
   *     percentage.
   * @param minIdle Idle connections that are kept open while the endpoint is in use.
   * @param maxUses A connection is closed after this many leases; 0 sets no limit.
   * @param leakDetection What is known of a lease that was never closed: 'simple' finds and closes
   *     it, 'stacks' also tells where it was acquired, for some microseconds a lease.
   * @param forgetAfter An endpoint without connection, waiter or use for this long is forgotten.
   */
  public record PoolProperties(
      Integer maxPerEndpoint,
      Integer maxTotal,
      Integer maxPending,
      Duration acquireTimeout,
      Duration idleTimeout,
      Duration maxLifetime,
      Integer lifetimeJitterPercent,
      Integer minIdle,
      Integer maxUses,
      LeakDetection leakDetection,
      Duration forgetAfter) {

    /** What is known of a lease that was never closed. */
    public enum LeakDetection {
      /** It is found, told of, and its connection closed. */
      SIMPLE,

      /** The same with the stack of its acquire. */
      STACKS
    }
  }

  /**
   * How connections are dialled.
   *
   * @param timeout The limit of a whole dial: resolution, handshakes and initializer. Where it is
   *     not set, spring.http.clients.connect-timeout holds, if that is.
   * @param attemptDelay How long a dial waits for an address before it tries the next one beside it
   *     (RFC 8305).
   * @param maxInFlight The storm guard: most dials in flight to one endpoint.
   * @param rate Most dials to one endpoint that begin within a second; 0 sets no limit.
   * @param totalRate Most dials that begin within a second over all endpoints; 0 sets no limit.
   * @param fastOpen Whether connections may be opened with TCP Fast Open (RFC 7413). Data in a SYN
   *     may be delivered twice.
   * @param synRetries How often the kernel repeats a SYN; 0 leaves it to net.ipv4.tcp_syn_retries.
   * @param localAddress The local address to dial from.
   * @param keepalive Whether a silent peer is probed (SO_KEEPALIVE).
   * @param keepaliveIdle Silence before the first keepalive probe, in whole seconds.
   * @param keepaliveInterval Time between keepalive probes, in whole seconds.
   * @param keepaliveCount Unanswered keepalive probes until the connection is dead.
   * @param userTimeout How long sent data may stay unacknowledged (TCP_USER_TIMEOUT, RFC 5482);
   *     zero leaves it to the kernel.
   */
  public record ConnectProperties(
      Duration timeout,
      Duration attemptDelay,
      Integer maxInFlight,
      Integer rate,
      Integer totalRate,
      FastOpen fastOpen,
      Integer synRetries,
      String localAddress,
      Boolean keepalive,
      Duration keepaliveIdle,
      Duration keepaliveInterval,
      Integer keepaliveCount,
      Duration userTimeout) {}

  /**
   * The options of connections.
   *
   * @param readTimeout The limit of each read of a lease; zero waits forever.
   * @param writeTimeout The limit for the kernel to take each 128 KiB of a write; zero waits
   *     forever.
   * @param tcpNoDelay Whether small segments are sent at once (TCP_NODELAY).
   * @param receiveBuffer SO_RCVBUF; 0 leaves it to the kernel, which then tunes it.
   * @param sendBuffer SO_SNDBUF; 0 leaves it to the kernel, which then tunes it.
   * @param trafficClass The TOS or traffic class octet of each packet (RFC 2474).
   */
  public record SocketProperties(
      Duration readTimeout,
      Duration writeTimeout,
      Boolean tcpNoDelay,
      DataSize receiveBuffer,
      DataSize sendBuffer,
      Integer trafficClass) {}

  /**
   * How TLS is spoken.
   *
   * @param bundle The SSL bundle (spring.ssl.bundle) that keys and trust come from. When it is
   *     updated, new connections use the new one, and those of the old one are drained.
   * @param timeout The limit of a TLS handshake, counted from the end of the TCP handshake.
   * @param protocols The versions that are offered.
   * @param cipherSuites The cipher suites that are offered, the preferred one first.
   * @param applicationProtocols The application protocols that are offered (ALPN, RFC 7301).
   */
  public record SslProperties(
      String bundle,
      Duration timeout,
      List<String> protocols,
      List<String> cipherSuites,
      List<String> applicationProtocols) {}
}
