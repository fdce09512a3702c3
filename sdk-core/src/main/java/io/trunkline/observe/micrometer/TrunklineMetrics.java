package io.trunkline.observe.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Meters of connection managers in a registry of Micrometer.
 *
 * <pre>{@code
 * ConnectionManager.builder().listener(TrunklineMetrics.bindTo(registry)).build()
 * }</pre>
 *
 * <p>The meters of an endpoint come with its first event and leave the registry when the endpoint
 * is forgotten, or the manager closed, unless another manager uses it. Several managers may share
 * one instance: their numbers are added. Two instances must not share a registry, unless their
 * {@linkplain Builder#tags tags} differ. {@code docs/observability.md} lists the meters.
 * Thread-safe.
 */
@SuppressWarnings("exports") // whoever calls this class has micrometer-core itself
public final class TrunklineMetrics implements ConnectionListener, AutoCloseable {
  /** {@link Builder#maxEndpoints} where it is not set. */
  public static final int DEFAULT_MAX_ENDPOINTS = 100;

  private final MeterBook book;
  private final Tags common;
  private final int maxEndpoints;
  private final Ticker ticker;
  private final CurrentCounts current;
  private final ConcurrentHashMap<Endpoint, EndpointMeters> endpoints = new ConcurrentHashMap<>();

  /** Of the endpoints beyond the bound; null until there is one. Written under the lock. */
  private volatile EndpointMeters others;

  /** For what comes and goes: meters, endpoints, managers. No event of a known meter takes it. */
  private final ReentrantLock lock = new ReentrantLock();

  private TrunklineMetrics(Builder from) {
    this.book = new MeterBook(from.registry);
    this.common = from.tags;
    this.maxEndpoints = from.maxEndpoints;
    this.ticker = from.ticker;
    this.current = new CurrentCounts(ticker);
  }

  /** Meters in this registry, with the defaults. */
  public static TrunklineMetrics bindTo(MeterRegistry registry) {
    return builder(registry).build();
  }

  /** A builder that holds the defaults. */
  public static Builder builder(MeterRegistry registry) {
    return new Builder(registry);
  }

  // ---- endpoints ----

  /** The meters of the endpoint; null where no manager is attached. */
  private EndpointMeters of(Endpoint endpoint) {
    EndpointMeters known = endpoints.get(endpoint);
    return known != null ? known : ofNew(endpoint);
  }

  private EndpointMeters ofNew(Endpoint endpoint) {
    EndpointMeters rest = others;
    if (rest != null && endpoints.size() >= maxEndpoints) {
      return rest;
    }
    return underLock(
        () -> {
          EndpointMeters known = endpoints.get(endpoint);
          if (known != null || !current.hasManagers()) {
            return known;
          }
          if (endpoints.size() < maxEndpoints) {
            EndpointMeters made =
                new EndpointMeters(
                    this,
                    Labels.of(endpoint, common),
                    number -> current.of(endpoint, number),
                    ticker);
            endpoints.put(endpoint, made);
            return made;
          }
          if (others == null) {
            others =
                new EndpointMeters(
                    this,
                    Labels.other(common),
                    number -> current.ofAll(each -> !endpoints.containsKey(each), number),
                    ticker);
          }
          return others;
        });
  }

  <T> T underLock(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  MeterBook book() {
    return book;
  }

  /** Removes all meters of this instance from the registry. Idempotent. */
  @Override
  public void close() {
    underLock(
        () -> {
          endpoints.values().forEach(EndpointMeters::remove);
          endpoints.clear();
          if (others != null) {
            others.remove();
            others = null;
          }
          return null;
        });
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    if (current.isUsed(endpoint)) {
      return; // by another manager, whose word on it is still to come
    }
    underLock(
        () -> {
          EndpointMeters known = endpoints.remove(endpoint);
          if (known != null) {
            known.remove();
          }
          return null;
        });
  }

  // ---- managers ----

  @Override
  public void managerStarted(
      TransportInfo transport, Supplier<Map<Endpoint, EndpointCounts>> counts) {
    underLock(
        () -> {
          current.add(counts);
          return null;
        });
  }

  @Override
  public void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {
    underLock(
        () -> {
          current.remove(counts);
          if (!current.hasManagers()) {
            close();
          }
          return null;
        });
    Set<Endpoint> used = current.used();
    endpoints.keySet().stream().filter(each -> !used.contains(each)).forEach(this::forgotten);
  }

  // ---- events ----

  @Override
  public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.acquired(elapsedNanos, reused);
    }
  }

  @Override
  public void released(Endpoint endpoint, long usageNanos) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.released(usageNanos);
    }
  }

  @Override
  public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.acquireFailed(elapsedNanos, kind(failure));
    }
  }

  @Override
  public void retried(Endpoint endpoint, FailureKind kind) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.retried(kind);
    }
  }

  @Override
  public void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.breakerChanged(to);
    }
  }

  @Override
  public void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.probed(failure.isEmpty());
    }
  }

  @Override
  public void resolved(Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.resolved(elapsedNanos, true);
    }
  }

  @Override
  public void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.resolved(elapsedNanos, false);
    }
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> tcpInfo) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.connected(
          elapsedNanos, tcpInfo.map(info -> Labels.text(info.fastOpen())).orElse("none"));
      meters.synRetransmits(tcpInfo.map(TcpInfo::totalRetransmits).orElse(0L));
    }
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.connectFailed(elapsedNanos, kind(failure));
      int unanswered = Failures.find(failure).map(ConnectionFailure::unansweredSyns).orElse(0);
      meters.synRetransmits(Math.max(0, unanswered - 1)); // the first one is not repeated
    }
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.tlsEstablished(elapsedNanos, protocol);
    }
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.tlsFailed(elapsedNanos, kind(failure));
    }
  }

  @Override
  public void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.closed(reason.tag(), lifetimeNanos);
    }
  }

  @Override
  public void sampled(
      Endpoint endpoint, InetSocketAddress address, TcpInfo tcpInfo, long newRetransmits) {
    EndpointMeters meters = of(endpoint);
    if (meters != null) {
      meters.sampled(tcpInfo.rttMicros(), tcpInfo.rttVarianceMicros(), newRetransmits);
    }
  }

  private static FailureKind kind(IOException failure) {
    return Failures.find(failure).map(ConnectionFailure::kind).orElse(FailureKind.OTHER);
  }

  /** Settings of the meters. Each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private final MeterRegistry registry;
    private Tags tags = Tags.empty();
    private int maxEndpoints = DEFAULT_MAX_ENDPOINTS;
    private Ticker ticker = Ticker.SYSTEM;

    private Builder(MeterRegistry registry) {
      this.registry = notNull("registry", registry);
    }

    private static <T> T notNull(String what, T value) {
      if (value == null) {
        throw new IllegalArgumentException("metrics." + what + " must not be null");
      }
      return value;
    }

    /** More tags for every meter. Default none. */
    public Builder tags(Iterable<Tag> value) {
      tags = Tags.of(notNull("tags", value));
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

    Builder ticker(Ticker value) {
      ticker = value;
      return this;
    }

    public TrunklineMetrics build() {
      return new TrunklineMetrics(this);
    }
  }
}
