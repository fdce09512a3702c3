package io.trunkline.config;

import io.trunkline.failure.FailureKind;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * When dials to an endpoint are refused because they keep failing, and how it is found out that
 * they no longer would. Immutable and thread-safe.
 */
public final class BreakerSettings {
  private static final Duration SHORTEST_WINDOW = Duration.ofSeconds(1);
  private static final Duration LONGEST_WINDOW = Duration.ofHours(1);

  private final boolean enabled;
  private final Duration window;
  private final int minimumDials;
  private final int failureRatePercent;
  private final Duration firstProbeAfter;
  private final Duration longestProbeInterval;
  private final Set<FailureKind> countedKinds;

  private BreakerSettings(Builder from) {
    this.enabled = from.enabled;
    this.window = from.window;
    this.minimumDials = from.minimumDials;
    this.failureRatePercent = from.failureRatePercent;
    this.firstProbeAfter = from.firstProbeAfter;
    this.longestProbeInterval = from.longestProbeInterval;
    this.countedKinds = Collections.unmodifiableSet(EnumSet.copyOf(from.countedKinds));
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Whether there is a circuit breaker. Default true. */
  public boolean enabled() {
    return enabled;
  }

  /** The time whose dials are judged, in whole seconds, rounded up. Default 30 s. */
  public Duration window() {
    return window;
  }

  /** Fewer dials than this in the window do not open the breaker. Default 5. */
  public int minimumDials() {
    return minimumDials;
  }

  /** The breaker opens when this part of the dials in the window failed. Default 50. */
  public int failureRatePercent() {
    return failureRatePercent;
  }

  /**
   * The time from the opening to the first probe, less a random part of up to half of it. Each
   * failed probe doubles it. Default 1 s.
   */
  public Duration firstProbeAfter() {
    return firstProbeAfter;
  }

  /** The longest time between two probes. Default 30 s. */
  public Duration longestProbeInterval() {
    return longestProbeInterval;
  }

  /**
   * The kinds of failures that count, in the phases CONNECT and TLS_HANDSHAKE. By default all that
   * tell of the peer or of the way to it, and none that tells of this host alone.
   */
  public Set<FailureKind> countedKinds() {
    return countedKinds;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private boolean enabled = true;
    private Duration window = Duration.ofSeconds(30);
    private int minimumDials = 5;
    private int failureRatePercent = 50;
    private Duration firstProbeAfter = Duration.ofSeconds(1);
    private Duration longestProbeInterval = Duration.ofSeconds(30);
    private Set<FailureKind> countedKinds =
        EnumSet.of(
            FailureKind.REFUSED,
            FailureKind.TIMED_OUT,
            FailureKind.HOST_UNREACHABLE,
            FailureKind.NETWORK_UNREACHABLE,
            FailureKind.RESET,
            FailureKind.PEER_CLOSED,
            FailureKind.DENIED,
            FailureKind.CERTIFICATE_EXPIRED,
            FailureKind.CERTIFICATE_UNTRUSTED,
            FailureKind.CERTIFICATE_NAME_MISMATCH,
            FailureKind.TLS_PROTOCOL,
            FailureKind.TLS_TRUNCATED,
            FailureKind.TLS_FAILED);

    private Builder() {}

    private Builder(BreakerSettings from) {
      enabled = from.enabled;
      window = from.window;
      minimumDials = from.minimumDials;
      failureRatePercent = from.failureRatePercent;
      firstProbeAfter = from.firstProbeAfter;
      longestProbeInterval = from.longestProbeInterval;
      countedKinds = from.countedKinds;
    }

    /** Whether there is a circuit breaker. Default true. */
    public Builder enabled(boolean value) {
      enabled = value;
      return this;
    }

    /**
     * The time whose dials are judged, in whole seconds, rounded up. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     circuit-breaker.window}
     */
    public Builder window(Duration value) {
      window = Check.within("circuit-breaker.window", SHORTEST_WINDOW, LONGEST_WINDOW, value);
      return this;
    }

    /**
     * Fewer dials than this in the window do not open the breaker. Default 5.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     circuit-breaker.minimum-dials}
     */
    public Builder minimumDials(int value) {
      minimumDials = Check.atLeast("circuit-breaker.minimum-dials", 1, value);
      return this;
    }

    /**
     * The breaker opens when this part of the dials in the window failed. Default 50.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     circuit-breaker.failure-rate-percent}
     */
    public Builder failureRatePercent(int value) {
      failureRatePercent = Check.within("circuit-breaker.failure-rate-percent", 1, 100, value);
      return this;
    }

    /**
     * The time from the opening to the first probe, less a random part of up to half of it. Each
     * failed probe doubles it. Default 1 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     circuit-breaker.first-probe-after}
     */
    public Builder firstProbeAfter(Duration value) {
      firstProbeAfter = Check.positive("circuit-breaker.first-probe-after", value);
      return this;
    }

    /**
     * The longest time between two probes. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     circuit-breaker.longest-probe-interval}
     */
    public Builder longestProbeInterval(Duration value) {
      longestProbeInterval = Check.positive("circuit-breaker.longest-probe-interval", value);
      return this;
    }

    /**
     * The kinds of failures that count, in the phases CONNECT and TLS_HANDSHAKE. By default all
     * that tell of the peer or of the way to it, and none that tells of this host alone.
     *
     * @throws IllegalArgumentException if there is none, or a null; the message names {@code
     *     circuit-breaker.counted-kinds}
     */
    public Builder countedKinds(Set<FailureKind> values) {
      Check.notNull("circuit-breaker.counted-kinds", values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException(
            "circuit-breaker.counted-kinds must have at least one kind, but was " + values);
      }
      for (FailureKind value : values) { // a set need not allow the question whether it has a null
        Check.notNull("circuit-breaker.counted-kinds", value);
      }
      countedKinds = EnumSet.copyOf(values);
      return this;
    }

    /**
     * Builds the settings.
     *
     * @throws IllegalArgumentException if {@code circuit-breaker.longest-probe-interval} is shorter
     *     than {@code circuit-breaker.first-probe-after}
     */
    public BreakerSettings build() {
      Check.atLeast(
          "circuit-breaker.longest-probe-interval", firstProbeAfter, longestProbeInterval);
      return new BreakerSettings(this);
    }
  }
}
