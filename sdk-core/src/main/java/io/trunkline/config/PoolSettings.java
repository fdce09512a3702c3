package io.trunkline.config;

import java.time.Duration;

/**
 * How many connections are kept, for how long, and how callers wait for them. Immutable and
 * thread-safe.
 */
public final class PoolSettings {
  private final int maxPerEndpoint;
  private final int maxTotal;
  private final int maxPending;
  private final int maxDialsInFlight;
  private final int dialsPerSecond;
  private final int totalDialsPerSecond;
  private final Duration acquireTimeout;
  private final Duration idleTimeout;
  private final Duration maxLifetime;
  private final int lifetimeJitterPercent;
  private final int minIdle;
  private final int maxUses;
  private final boolean leakStacks;
  private final Duration forgetAfter;

  private PoolSettings(Builder from) {
    this.maxPerEndpoint = from.maxPerEndpoint;
    this.maxTotal = from.maxTotal;
    this.maxPending = from.maxPending;
    this.maxDialsInFlight = from.maxDialsInFlight;
    this.dialsPerSecond = from.dialsPerSecond;
    this.totalDialsPerSecond = from.totalDialsPerSecond;
    this.acquireTimeout = from.acquireTimeout;
    this.idleTimeout = from.idleTimeout;
    this.maxLifetime = from.maxLifetime;
    this.lifetimeJitterPercent = from.lifetimeJitterPercent;
    this.minIdle = from.minIdle;
    this.maxUses = from.maxUses;
    this.leakStacks = from.leakStacks;
    this.forgetAfter = from.forgetAfter;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Most connections to one endpoint, those being dialled included. Default 64. */
  public int maxPerEndpoint() {
    return maxPerEndpoint;
  }

  /**
   * Most connections of the manager. At this cap the longest-idle connection of another endpoint
   * gives way. Default 1,024.
   */
  public int maxTotal() {
    return maxTotal;
  }

  /**
   * Most callers that wait for a connection of one endpoint; the next one fails at once. Default
   * 1,000.
   */
  public int maxPending() {
    return maxPending;
  }

  /** The storm guard: most dials in flight to one endpoint. Default 8. */
  public int maxDialsInFlight() {
    return maxDialsInFlight;
  }

  /**
   * Most dials to one endpoint that begin within a second, spread over it; 0 sets no limit. Callers
   * beyond it wait, and are served by a released connection, too. Default 0.
   */
  public int dialsPerSecond() {
    return dialsPerSecond;
  }

  /** The same over all endpoints. Default 0. */
  public int totalDialsPerSecond() {
    return totalDialsPerSecond;
  }

  /** How long a caller waits for a connection, dialling included. Default 10 s. */
  public Duration acquireTimeout() {
    return acquireTimeout;
  }

  /**
   * An idle connection is closed after this time, at most a sixteenth later; zero keeps it. Default
   * 60 s.
   */
  public Duration idleTimeout() {
    return idleTimeout;
  }

  /**
   * A connection older than this, less its jitter, is closed: at release, or, while idle, at most a
   * sixteenth of the idle timeout late. Zero sets no limit. Default 30 min.
   */
  public Duration maxLifetime() {
    return maxLifetime;
  }

  /**
   * Each connection lives shorter by a random part of up to this percentage, so that they do not
   * all end together. Default 10.
   */
  public int lifetimeJitterPercent() {
    return lifetimeJitterPercent;
  }

  /**
   * Idle connections that are kept open, and dialled in the background where missing, while the
   * endpoint is in use. Default 0.
   */
  public int minIdle() {
    return minIdle;
  }

  /** A connection is closed after this many leases; 0 sets no limit. Default 0. */
  public int maxUses() {
    return maxUses;
  }

  /**
   * Whether each lease records the stack of its acquire, so that the report of a leaked lease can
   * show it. Costs some microseconds a lease. Default false.
   */
  public boolean leakStacks() {
    return leakStacks;
  }

  /** An endpoint without connection, waiter or use for this long is forgotten. Default 10 min. */
  public Duration forgetAfter() {
    return forgetAfter;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private int maxPerEndpoint = 64;
    private int maxTotal = 1_024;
    private int maxPending = 1_000;
    private int maxDialsInFlight = 8;
    private int dialsPerSecond = 0;
    private int totalDialsPerSecond = 0;
    private Duration acquireTimeout = Duration.ofSeconds(10);
    private Duration idleTimeout = Duration.ofSeconds(60);
    private Duration maxLifetime = Duration.ofMinutes(30);
    private int lifetimeJitterPercent = 10;
    private int minIdle = 0;
    private int maxUses = 0;
    private boolean leakStacks = false;
    private Duration forgetAfter = Duration.ofMinutes(10);

    private Builder() {}

    private Builder(PoolSettings from) {
      maxPerEndpoint = from.maxPerEndpoint;
      maxTotal = from.maxTotal;
      maxPending = from.maxPending;
      maxDialsInFlight = from.maxDialsInFlight;
      dialsPerSecond = from.dialsPerSecond;
      totalDialsPerSecond = from.totalDialsPerSecond;
      acquireTimeout = from.acquireTimeout;
      idleTimeout = from.idleTimeout;
      maxLifetime = from.maxLifetime;
      lifetimeJitterPercent = from.lifetimeJitterPercent;
      minIdle = from.minIdle;
      maxUses = from.maxUses;
      leakStacks = from.leakStacks;
      forgetAfter = from.forgetAfter;
    }

    /**
     * Most connections to one endpoint, those being dialled included. Default 64.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-per-endpoint}
     */
    public Builder maxPerEndpoint(int value) {
      maxPerEndpoint = Check.within("pool.max-per-endpoint", 1, 65_535, value);
      return this;
    }

    /**
     * Most connections of the manager. At this cap the longest-idle connection of another endpoint
     * gives way. Default 1,024.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-total}
     */
    public Builder maxTotal(int value) {
      maxTotal = Check.atLeast("pool.max-total", 1, value);
      return this;
    }

    /**
     * Most callers that wait for a connection of one endpoint; the next one fails at once. Default
     * 1,000.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-pending}
     */
    public Builder maxPending(int value) {
      maxPending = Check.atLeast("pool.max-pending", 0, value);
      return this;
    }

    /**
     * The storm guard: most dials in flight to one endpoint. Default 8.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-dials-in-flight}
     */
    public Builder maxDialsInFlight(int value) {
      maxDialsInFlight = Check.atLeast("pool.max-dials-in-flight", 1, value);
      return this;
    }

    /**
     * Most dials to one endpoint that begin within a second, spread over it; 0 sets no limit.
     * Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.dials-per-second}
     */
    public Builder dialsPerSecond(int value) {
      dialsPerSecond = Check.within("pool.dials-per-second", 0, 1_000_000, value);
      return this;
    }

    /**
     * The same over all endpoints. Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.total-dials-per-second}
     */
    public Builder totalDialsPerSecond(int value) {
      totalDialsPerSecond = Check.within("pool.total-dials-per-second", 0, 1_000_000, value);
      return this;
    }

    /**
     * How long a caller waits for a connection, dialling included. Default 10 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.acquire-timeout}
     */
    public Builder acquireTimeout(Duration value) {
      acquireTimeout = Check.positive("pool.acquire-timeout", value);
      return this;
    }

    /**
     * An idle connection is closed after this time, at most a sixteenth later; zero keeps it.
     * Default 60 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.idle-timeout}
     */
    public Builder idleTimeout(Duration value) {
      idleTimeout = Check.notNegative("pool.idle-timeout", value);
      return this;
    }

    /**
     * A connection older than this, less its jitter, is closed: at release, or, while idle, at most
     * a sixteenth of the idle timeout late. Zero sets no limit. Default 30 min.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-lifetime}
     */
    public Builder maxLifetime(Duration value) {
      maxLifetime = Check.notNegative("pool.max-lifetime", value);
      return this;
    }

    /**
     * Each connection lives shorter by a random part of up to this percentage, so that they do not
     * all end together. Default 10.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.lifetime-jitter-percent}
     */
    public Builder lifetimeJitterPercent(int value) {
      lifetimeJitterPercent = Check.within("pool.lifetime-jitter-percent", 0, 90, value);
      return this;
    }

    /**
     * Idle connections that are kept open, and dialled in the background where missing, while the
     * endpoint is in use. Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.min-idle}
     */
    public Builder minIdle(int value) {
      minIdle = Check.atLeast("pool.min-idle", 0, value);
      return this;
    }

    /**
     * A connection is closed after this many leases; 0 sets no limit. Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.max-uses}
     */
    public Builder maxUses(int value) {
      maxUses = Check.atLeast("pool.max-uses", 0, value);
      return this;
    }

    /**
     * Whether each lease records the stack of its acquire, so that the report of a leaked lease can
     * show it. Costs some microseconds a lease. Default false.
     */
    public Builder leakStacks(boolean value) {
      leakStacks = value;
      return this;
    }

    /**
     * An endpoint without connection, waiter or use for this long is forgotten. Default 10 min.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     pool.forget-after}
     */
    public Builder forgetAfter(Duration value) {
      forgetAfter = Check.positive("pool.forget-after", value);
      return this;
    }

    /**
     * Builds the settings.
     *
     * @throws IllegalArgumentException if {@code pool.min-idle} is beyond {@code
     *     pool.max-per-endpoint}
     */
    public PoolSettings build() {
      Check.within("pool.min-idle", 0, maxPerEndpoint, minIdle);
      return new PoolSettings(this);
    }
  }
}
