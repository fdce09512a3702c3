package io.trunkline.okhttp;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Protocol;

/**
 * The meter of calls in a registry of Micrometer: the timer {@code trunkline.http.calls}, tagged
 * with {@code endpoint}, {@code protocol}, {@code reused} and {@code error.type}, each {@code none}
 * where there is none. Never a path, a query or a header.
 *
 * <pre>{@code
 * TrunklineOkHttp.builder(manager).listener(OkHttpMetrics.bindTo(registry)).build()
 * }</pre>
 *
 * <p>As with the meters of the manager, the number of endpoints is bounded: those beyond {@link
 * Builder#maxEndpoints} share the ones with the value {@code other}, until another endpoint is
 * forgotten, whose meters leave the registry. A call that has dialled nothing, as its host has no
 * address, is among the others unless the endpoint is known.
 *
 * <p>The meters of dials, leases and connections are those of the manager; Micrometer's {@code
 * OkHttpConnectionPoolMetrics} has those of OkHttp's pool. Thread-safe.
 */
@SuppressWarnings("exports") // whoever calls this class has micrometer-core itself
public final class OkHttpMetrics implements CallListener {
  private static final String METER = "trunkline.http.calls";
  private static final String NONE = "none";
  private static final String OTHER = "other";

  /** How a call can end that has dialled nothing. */
  private static final Set<FailureKind> BEFORE_A_DIAL =
      EnumSet.of(
          FailureKind.RESOLUTION_FAILED,
          FailureKind.DENIED_BY_POLICY,
          FailureKind.ACQUIRE_TIMED_OUT,
          FailureKind.QUEUE_FULL,
          FailureKind.INTERRUPTED,
          FailureKind.CLOSED);

  private final MeterRegistry registry;
  private final Tags common;
  private final int maxEndpoints;

  /** The endpoints that have meters of their own. Changed under the lock. */
  private final ConcurrentHashMap<Endpoint, Set<Timer>> endpoints = new ConcurrentHashMap<>();

  /** For endpoints that come and go. No call to a known one takes it. */
  private final ReentrantLock lock = new ReentrantLock();

  private OkHttpMetrics(Builder from) {
    this.registry = from.registry;
    this.common = from.tags;
    this.maxEndpoints = from.maxEndpoints;
  }

  /** Meters in this registry, with the defaults. */
  public static OkHttpMetrics bindTo(MeterRegistry registry) {
    return builder(registry).build();
  }

  /** Meters in this registry that all have these tags, too. */
  public static OkHttpMetrics bindTo(MeterRegistry registry, Iterable<Tag> tags) {
    return builder(registry).tags(tags).build();
  }

  /** A builder that holds the defaults. */
  public static Builder builder(MeterRegistry registry) {
    return new Builder(registry);
  }

  @Override
  public void ended(FinishedCall call) {
    Set<Timer> own = metersOf(call);
    Tags tags =
        common.and(
            "endpoint",
            own == null ? OTHER : call.endpoint().toString(),
            "protocol",
            call.protocol().map(Protocol::toString).orElse(NONE),
            "reused",
            Boolean.toString(call.reused()),
            "error.type",
            call.failure().map(OkHttpMetrics::label).orElse(NONE));
    Timer timer =
        Timer.builder(METER)
            .description("Calls, from their beginning to the end of their response")
            .tags(tags)
            .register(registry);
    timer.record(call.elapsedNanos(), TimeUnit.NANOSECONDS);
    if (own != null) {
      own.add(timer);
    }
  }

  /** Those of the endpoint; null where it has none of its own. */
  private Set<Timer> metersOf(FinishedCall call) {
    Set<Timer> known = endpoints.get(call.endpoint());
    if (known != null || !hasDialled(call) || endpoints.size() >= maxEndpoints) {
      return known;
    }
    lock.lock();
    try {
      return endpoints.size() < maxEndpoints
          ? endpoints.computeIfAbsent(call.endpoint(), first -> ConcurrentHashMap.newKeySet())
          : endpoints.get(call.endpoint());
    } finally {
      lock.unlock();
    }
  }

  /** What was never dialled is never forgotten either, and its name may be anybody's. */
  private static boolean hasDialled(FinishedCall call) {
    return call.protocol().isPresent()
        || call.failure().filter(kind -> !BEFORE_A_DIAL.contains(kind)).isPresent();
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    lock.lock();
    try {
      Set<Timer> known = endpoints.remove(endpoint);
      if (known != null) {
        known.forEach(registry::remove);
      }
    } finally {
      lock.unlock();
    }
  }

  private static String label(FailureKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Settings of the meters. Each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private final MeterRegistry registry;
    private Tags tags = Tags.empty();
    private int maxEndpoints = TrunklineMetrics.DEFAULT_MAX_ENDPOINTS;

    private Builder(MeterRegistry registry) {
      if (registry == null) {
        throw new IllegalArgumentException("registry must not be null");
      }
      this.registry = registry;
    }

    /** More tags for every meter. Default none. */
    public Builder tags(Iterable<Tag> value) {
      if (value == null) {
        throw new IllegalArgumentException("tags must not be null");
      }
      tags = Tags.of(value);
      return this;
    }

    /**
     * How many endpoints have meters of their own; those beyond share the ones with the value
     * {@code other}. Default 100.
     *
     * @throws IllegalArgumentException if it is negative; the message names {@code
     *     metrics.max-endpoints}
     */
    public Builder maxEndpoints(int value) {
      if (value < 0) {
        throw new IllegalArgumentException(
            "metrics.max-endpoints must be at least 0, but was " + value);
      }
      maxEndpoints = value;
      return this;
    }

    public OkHttpMetrics build() {
      return new OkHttpMetrics(this);
    }
  }
}
