package io.trunkline.observe.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.BreakerState;
import io.trunkline.net.EndpointCounts;
import io.trunkline.time.Ticker;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * The meters of one endpoint, or of all those that have none of their own. What each lease needs is
 * looked up once; the rest comes with its first use. Thread-safe.
 */
final class EndpointMeters {
  private static final Duration[] HANDSHAKE_OBJECTIVES = {
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(150),
    Duration.ofMillis(300),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2), // one lost SYN is answered a round trip after 1 s
    Duration.ofSeconds(3),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  private final TrunklineMetrics metrics;
  private final Labels labels;
  private final Map<Key, Meter> meters = new ConcurrentHashMap<>();
  private final RecentRatio reuse;
  private final RecentRatio handshakes;
  private final Timer acquiredReused;
  private final Timer acquiredNew;
  private final Timer usage;
  private final Timer lifetime;

  /** Guarded by the lock of the metrics. */
  private boolean gone;

  private record Key(String name, Tags tags) {}

  /** Numbers of the pool, for gauges. */
  interface Numbers {
    double get(ToIntFunction<EndpointCounts> number);
  }

  /** Under the lock of the metrics. */
  EndpointMeters(TrunklineMetrics metrics, Labels labels, Numbers numbers, Ticker ticker) {
    this.metrics = metrics;
    this.labels = labels;
    this.reuse = new RecentRatio(ticker);
    this.handshakes = new RecentRatio(ticker);
    Tags endpoint = labels.endpoint();
    this.acquiredReused = acquire("success", "true");
    this.acquiredNew = acquire("success", "false");
    this.usage =
        timer("trunkline.pool.usage", "How long leases are held", endpoint, Function.identity());
    this.lifetime =
        timer(
            "trunkline.connection.lifetime",
            "Age of connections when they end",
            endpoint,
            Function.identity());
    String connections = "trunkline.pool.connections";
    String open = "Open connections";
    gauge(connections, open, endpoint.and("state", "active"), numbers, EndpointCounts::active);
    gauge(connections, open, endpoint.and("state", "idle"), numbers, EndpointCounts::idle);
    gauge(
        "trunkline.pool.max",
        "Most connections allowed",
        endpoint,
        numbers,
        EndpointCounts::maxConnections);
    gauge(
        "trunkline.pool.pending",
        "Callers that wait for a connection",
        endpoint,
        numbers,
        EndpointCounts::waiting);
    gauge(
        "trunkline.connects.in.flight",
        "Dials in flight",
        endpoint,
        numbers,
        EndpointCounts::dialling);
    ratio("trunkline.pool.reuse.ratio", "Leases without a handshake, last 5 minutes", reuse);
    ratio(
        "trunkline.handshake.success.ratio",
        "Handshakes that succeeded, last 5 minutes",
        handshakes);
    meter(
        "trunkline.handshakes.avoided",
        endpoint,
        registry ->
            FunctionCounter.builder("trunkline.handshakes.avoided", reuse, RecentRatio::goodCount)
                .description("Leases served by a connection that had served before")
                .tags(labels.with(endpoint))
                .register(registry));
  }

  // ---- each lease ----

  void acquired(long nanos, boolean reused) {
    if (reused) {
      reuse.good();
      acquiredReused.record(nanos, TimeUnit.NANOSECONDS);
    } else {
      reuse.bad();
      acquiredNew.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  void released(long nanos) {
    usage.record(nanos, TimeUnit.NANOSECONDS);
  }

  // ---- less often ----

  void acquireFailed(long nanos, FailureKind kind) {
    record(acquire(text(kind), "none"), nanos);
  }

  private Timer acquire(String outcome, String reused) {
    return timer(
        "trunkline.pool.acquire",
        "How long callers wait for a connection",
        labels.endpoint().and("outcome", outcome, "reused", reused),
        Function.identity());
  }

  void resolved(long nanos, boolean success) {
    Tags tags = labels.address().and("outcome", success ? "success" : "failure");
    record(timer("trunkline.resolve", "Name lookups", tags, Function.identity()), nanos);
  }

  void connected(long nanos, String fastOpen) {
    handshakes.good();
    record(handshake("success", "none", fastOpen), nanos);
  }

  void connectFailed(long nanos, FailureKind kind) {
    handshakes.bad();
    record(handshake("failure", text(kind), "none"), nanos);
  }

  private Timer handshake(String outcome, String errorType, String fastOpen) {
    Tags tags =
        labels.server().and("outcome", outcome, "error.type", errorType, "fast.open", fastOpen);
    return timer(
        "trunkline.handshake",
        "TCP handshakes, SYN to ESTABLISHED",
        tags,
        timer -> timer.serviceLevelObjectives(HANDSHAKE_OBJECTIVES));
  }

  void tlsEstablished(long nanos, String protocol) {
    record(tls("success", "none", protocol), nanos);
  }

  void tlsFailed(long nanos, FailureKind kind) {
    record(tls("failure", text(kind), "none"), nanos);
  }

  private Timer tls(String outcome, String errorType, String protocol) {
    Tags tags =
        labels
            .server()
            .and("outcome", outcome, "error.type", errorType, "tls.protocol.version", protocol);
    return timer("trunkline.tls.handshake", "TLS handshakes", tags, Function.identity());
  }

  void synRetransmits(long count) {
    count("trunkline.connect.syn.retransmits", "SYNs sent again", labels.server(), count);
  }

  void sampled(long rttMicros, long rttVarianceMicros, long newRetransmits) {
    Tags server = labels.server();
    Timer rtt =
        timer("trunkline.tcp.rtt", "Smoothed round trip times", server, Function.identity());
    Timer variance =
        timer(
            "trunkline.tcp.rtt.variance",
            "Mean deviation of round trip times",
            server,
            Function.identity());
    record(rtt, TimeUnit.MICROSECONDS.toNanos(rttMicros));
    record(variance, TimeUnit.MICROSECONDS.toNanos(rttVarianceMicros));
    count("trunkline.tcp.retransmits", "Segments sent again", server, newRetransmits);
  }

  void closed(String reason, long lifetimeNanos) {
    record(lifetime, lifetimeNanos);
    count(
        "trunkline.connections.evicted",
        "Connections that ended, by reason",
        labels.server().and("reason", reason),
        1);
  }

  void retried(FailureKind kind) {
    count(
        "trunkline.call.retries",
        "Exchanges that were repeated, by the failure before",
        labels.endpoint().and("error.type", text(kind)),
        1);
  }

  void breakerChanged(BreakerState to) {
    count(
        "trunkline.breaker.changes",
        "Changes of the circuit breaker, by the state after",
        labels.endpoint().and("state", to.name().toLowerCase(Locale.ROOT)),
        1);
  }

  void probed(boolean answered) {
    count(
        "trunkline.breaker.probes",
        "Handshake probes of an open circuit breaker",
        labels.endpoint().and("outcome", answered ? "success" : "failure"),
        1);
  }

  /** The kind as a tag value. */
  private static String text(FailureKind kind) {
    return Labels.text(kind);
  }

  // ---- meters ----

  private static void record(Timer timer, long nanos) {
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void count(String name, String description, Tags tags, long count) {
    Counter counter =
        meter(
            name,
            tags,
            registry ->
                Counter.builder(name)
                    .description(description)
                    .tags(labels.with(tags))
                    .register(registry));
    if (counter != null) {
      counter.increment((double) count);
    }
  }

  private Timer timer(
      String name, String description, Tags tags, Function<Timer.Builder, Timer.Builder> more) {
    return meter(
        name,
        tags,
        registry ->
            more.apply(Timer.builder(name).description(description).tags(labels.with(tags)))
                .register(registry));
  }

  private void gauge(
      String name,
      String description,
      Tags tags,
      Numbers numbers,
      ToIntFunction<EndpointCounts> number) {
    meter(
        name,
        tags,
        registry ->
            Gauge.builder(name, this, unused -> numbers.get(number))
                .description(description)
                .tags(labels.with(tags))
                .register(registry));
  }

  private void ratio(String name, String description, RecentRatio ratio) {
    meter(
        name,
        labels.endpoint(),
        registry ->
            Gauge.builder(name, ratio, RecentRatio::value)
                .description(description)
                .tags(labels.with(labels.endpoint()))
                .register(registry));
  }

  /** The meter of this name and these tags; null if this endpoint's meters are gone. */
  @SuppressWarnings("unchecked") // a name has one type of meter
  private <M extends Meter> M meter(String name, Tags tags, Function<MeterRegistry, M> register) {
    Key key = new Key(name, tags);
    Meter known = meters.get(key);
    return (M) (known != null ? known : metrics.underLock(() -> made(key, register)));
  }

  private Meter made(Key key, Function<MeterRegistry, ? extends Meter> register) {
    Meter known = meters.get(key);
    if (known != null || gone) {
      return known;
    }
    Meter made = register.apply(metrics.book().registry());
    metrics.book().use(made);
    meters.put(key, made);
    return made;
  }

  /** Under the lock of the metrics. */
  void remove() {
    gone = true;
    meters.values().forEach(metrics.book()::drop);
  }
}
