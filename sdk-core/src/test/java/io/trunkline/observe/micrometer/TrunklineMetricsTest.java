package io.trunkline.observe.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.Listeners;
import io.trunkline.observe.SampleEvents;
import io.trunkline.testing.Allocated;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Events by hand, a clock by hand. */
class TrunklineMetricsTest {
  private static final Endpoint DB = Endpoint.tcp("db.example", 5432);
  private static final Endpoint API = Endpoint.tls("api.example", 443);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // a clock may wrap
  private final Map<Endpoint, EndpointCounts> pools = new HashMap<>();
  private final AtomicInteger looks = new AtomicInteger();
  private final Supplier<Map<Endpoint, EndpointCounts>> counts =
      () -> {
        looks.incrementAndGet();
        return Map.copyOf(pools);
      };
  private final TrunklineMetrics metrics = started(TrunklineMetrics.builder(registry));

  private TrunklineMetrics started(TrunklineMetrics.Builder builder) {
    TrunklineMetrics made = builder.ticker(now::get).build();
    made.managerStarted(SampleEvents.TRANSPORT, counts);
    return made;
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }

  private Timer timer(String name, String... tags) {
    return registry.get(name).tags(tags).timer();
  }

  // ---- what is counted ----

  @Test
  void aLeaseIsTimedByWhetherItsConnectionHadServedBefore() {
    metrics.acquired(DB, 2_000_000, false);
    metrics.acquired(DB, 1_000, true);
    metrics.acquired(DB, 3_000, true);
    metrics.acquireFailed(DB, 5_000_000, SampleEvents.failure(FailureKind.ACQUIRE_TIMED_OUT));
    metrics.released(DB, 7_000_000);

    String name = "trunkline.pool.acquire";
    Timer reused =
        timer(name, "endpoint", "db.example:5432", "outcome", "success", "reused", "true");
    assertThat(reused.count()).isEqualTo(2);
    assertThat(reused.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(4_000);
    assertThat(timer(name, "outcome", "success", "reused", "false").count()).isEqualTo(1);
    assertThat(timer(name, "outcome", "acquire_timed_out", "reused", "none").count()).isEqualTo(1);
    assertThat(timer("trunkline.pool.usage").totalTime(TimeUnit.MILLISECONDS)).isEqualTo(7);
    assertThat(registry.get("trunkline.handshakes.avoided").functionCounter().count()).isEqualTo(2);
  }

  @Test
  void handshakesAreTimedByOutcomeWithBuckets() {
    metrics.connected(
        DB, SampleEvents.ADDRESS, 20_000_000, Optional.of(SampleEvents.tcpInfo(150, 30, 1)));
    metrics.connected(API, SampleEvents.ADDRESS, 20_000_000, Optional.empty());
    metrics.connectFailed(
        DB, SampleEvents.ADDRESS, 5_000_000_000L, SampleEvents.timedOut(/* unansweredSyns= */ 5));

    Timer connected =
        timer(
            "trunkline.handshake",
            List.of("server.address", "db.example", "server.port", "5432", "outcome", "success")
                .toArray(String[]::new));
    assertThat(connected.count()).isEqualTo(1);
    assertThat(connected.getId().getTag("error.type")).isEqualTo("none");
    assertThat(connected.getId().getTag("fast.open")).isEqualTo("not_used");
    assertThat(
            timer("trunkline.handshake", "server.address", "api.example")
                .getId()
                .getTag("fast.open"))
        .isEqualTo("none");
    Timer failed = timer("trunkline.handshake", "outcome", "failure");
    assertThat(failed.getId().getTag("error.type")).isEqualTo("timed_out");
    assertThat(
            Arrays.stream(connected.takeSnapshot().histogramCounts())
                .map(bucket -> bucket.bucket(TimeUnit.MILLISECONDS)))
        .containsExactly(
            5.0, 10.0, 25.0, 50.0, 100.0, 150.0, 300.0, 500.0, 1e3, 2e3, 3e3, 5e3, 10e3);
    assertThat(connected.takeSnapshot().histogramCounts()[1])
        .extracting(CountAtBucket::count)
        .isEqualTo(0.0);
    assertThat(connected.takeSnapshot().histogramCounts()[2].count()).isEqualTo(1.0);
    assertThat(
            registry
                .get("trunkline.connect.syn.retransmits")
                .tag("server.address", "db.example")
                .counter()
                .count())
        .as("one of the good handshake, four of the five SYNs of the bad one")
        .isEqualTo(5);
  }

  @Test
  void anAttemptThatLostTheRaceLeavesNoTrace() {
    metrics.connectStarted(DB, SampleEvents.ADDRESS);
    metrics.connectCancelled(DB, SampleEvents.ADDRESS, 250_000_000);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void samplesAreTimersInTheirUnit() {
    metrics.sampled(DB, SampleEvents.ADDRESS, SampleEvents.tcpInfo(150, 30, 9), 2);
    metrics.sampled(DB, SampleEvents.ADDRESS, SampleEvents.tcpInfo(250, 50, 9), 1);
    assertThat(timer("trunkline.tcp.rtt").totalTime(TimeUnit.MICROSECONDS)).isEqualTo(400);
    assertThat(timer("trunkline.tcp.rtt.variance").max(TimeUnit.MICROSECONDS)).isEqualTo(50);
    assertThat(registry.get("trunkline.tcp.retransmits").counter().count()).isEqualTo(3);
  }

  @Test
  void endsAreCountedByReason() {
    metrics.closed(DB, SampleEvents.ADDRESS, CloseReason.PEER_CLOSED, 1_000);
    metrics.closed(DB, SampleEvents.ADDRESS, CloseReason.PEER_CLOSED, 1_000);
    metrics.closed(DB, SampleEvents.ADDRESS, CloseReason.LEAKED, 1_000);
    String name = "trunkline.connections.evicted";
    assertThat(registry.get(name).tag("reason", "peer").counter().count()).isEqualTo(2);
    assertThat(registry.get(name).tag("reason", "leaked").counter().count()).isEqualTo(1);
    assertThat(timer("trunkline.connection.lifetime").count()).isEqualTo(3);
  }

  @Test
  void aLeaseAllocatesNothingOnItsWayToTheMeters() throws Exception {
    ConnectionListener all = Listeners.of(List.of(metrics, new ConnectionListener() {}));
    int leases = 5_000;
    for (int i = 0; i < 100; i++) {
      all.acquired(DB, 1_000, true);
      all.released(DB, 1_000);
    }
    Allocated.bytes();
    long before = Allocated.bytes();
    for (int i = 0; i < leases; i++) {
      all.acquired(DB, 1_000, true);
      all.released(DB, 1_000);
    }
    assertThat(Allocated.bytes() - before).as("bytes").isLessThan(4L * leases);
  }

  // ---- ratios ----

  @Test
  void ratiosAreThoseOfTheLastFiveMinutes() {
    metrics.acquired(DB, 1, false);
    metrics.acquired(DB, 1, true);
    assertThat(gauge("trunkline.pool.reuse.ratio")).isEqualTo(0.5);
    for (int i = 0; i < 40; i++) { // a scrape every ten seconds
      pass(Duration.ofSeconds(10));
      metrics.acquired(DB, 1, true);
      gauge("trunkline.pool.reuse.ratio");
    }
    assertThat(gauge("trunkline.pool.reuse.ratio")).as("the bad one is old").isEqualTo(1.0);
    pass(Duration.ofMinutes(6));
    gauge("trunkline.pool.reuse.ratio");
    pass(Duration.ofMinutes(6));
    assertThat(gauge("trunkline.pool.reuse.ratio")).as("nothing happened").isNaN();
  }

  @Test
  void theSuccessRatioCountsHandshakes() {
    for (int i = 0; i < 999; i++) {
      metrics.connected(DB, SampleEvents.ADDRESS, 1, Optional.empty());
    }
    metrics.connectFailed(DB, SampleEvents.ADDRESS, 1, SampleEvents.failure(FailureKind.REFUSED));
    assertThat(gauge("trunkline.handshake.success.ratio")).isEqualTo(0.999, within(1e-9));
  }

  // ---- gauges ----

  @Test
  void gaugesReadThePoolsOnceASecond() {
    pools.put(DB, SampleEvents.counts(3, 2, 1, 7));
    metrics.acquired(DB, 1, true);
    assertThat(gauge("trunkline.pool.connections", "state", "active")).isEqualTo(3);
    assertThat(gauge("trunkline.pool.connections", "state", "idle")).isEqualTo(2);
    assertThat(gauge("trunkline.connects.in.flight")).isEqualTo(1);
    assertThat(gauge("trunkline.pool.pending")).isEqualTo(7);
    assertThat(gauge("trunkline.pool.max")).isEqualTo(64);
    assertThat(looks).as("one look for a scrape").hasValue(1);

    pools.put(DB, SampleEvents.counts(4, 0, 0, 0));
    pass(Duration.ofMillis(999));
    assertThat(gauge("trunkline.pool.pending")).isEqualTo(7);
    pass(Duration.ofMillis(1));
    assertThat(gauge("trunkline.pool.pending")).isZero();
    assertThat(looks).hasValue(2);
  }

  @Test
  void anEndpointThatIsNotInUseHasZeros() {
    metrics.connectFailed(DB, SampleEvents.ADDRESS, 1, SampleEvents.failure(FailureKind.REFUSED));
    assertThat(gauge("trunkline.pool.max")).isZero();
  }

  @Test
  void managersThatShareItAreAdded() {
    Supplier<Map<Endpoint, EndpointCounts>> second =
        () -> Map.of(DB, SampleEvents.counts(10, 0, 0, 0));
    pools.put(DB, SampleEvents.counts(3, 0, 0, 0));
    metrics.managerStarted(SampleEvents.TRANSPORT, second);
    metrics.acquired(DB, 1, true);
    assertThat(gauge("trunkline.pool.connections", "state", "active")).isEqualTo(13);
    metrics.managerClosed(counts);
    assertThat(gauge("trunkline.pool.connections", "state", "active")).isEqualTo(10);
    metrics.managerClosed(second);
    assertThat(registry.getMeters()).isEmpty();
  }

  // ---- how many ----

  @Test
  void endpointsBeyondTheBoundShareTheirMeters() {
    TrunklineMetrics bounded =
        started(TrunklineMetrics.builder(registry).maxEndpoints(2).tags(Tags.of("app", "shop")));
    for (int i = 0; i < 50; i++) {
      Endpoint each = Endpoint.tcp("host" + i, 80);
      pools.put(each, SampleEvents.counts(1, 0, 0, 0));
      SampleEvents.raiseAll(bounded, each);
    }
    assertThat(registry.getMeters().stream().map(meter -> meter.getId().getTag("endpoint")))
        .contains("host0:80", "host1:80", "other")
        .doesNotContain("host2:80");
    assertThat(registry.getMeters().stream().map(meter -> meter.getId().getTag("server.address")))
        .contains("host0", "host1", "other")
        .doesNotContain("host2");
    assertThat(registry.getMeters()).allMatch(meter -> "shop".equals(meter.getId().getTag("app")));
    assertThat(gauge("trunkline.pool.connections", "endpoint", "other", "state", "active"))
        .isEqualTo(48);
    assertThat(timer("trunkline.pool.usage", "endpoint", "other").count()).isEqualTo(48);

    pools.remove(Endpoint.tcp("host0", 80));
    bounded.forgotten(Endpoint.tcp("host0", 80));
    bounded.released(Endpoint.tcp("host7", 80), 1);
    assertThat(registry.find("trunkline.pool.usage").tag("endpoint", "host0:80").timer()).isNull();
    assertThat(timer("trunkline.pool.usage", "endpoint", "host7:80").count())
        .as("its place is taken by the next")
        .isEqualTo(1);
  }

  @Test
  void noTagIsTheAddressOfAPeer() {
    SampleEvents.raiseAll(metrics, DB);
    assertThat(
            registry.getMeters().stream()
                .flatMap(meter -> meter.getId().getTags().stream())
                .map(Tag::getValue))
        .isNotEmpty()
        .noneMatch(value -> value.contains(SampleEvents.ADDRESS.getAddress().getHostAddress()))
        .noneMatch(String::isEmpty);
  }

  // ---- ends ----

  @Test
  void theMetersOfAForgottenEndpointGoAndOthersStay() {
    Endpoint plain = Endpoint.tcp("api.example", 443);
    SampleEvents.raiseAll(metrics, API);
    List<Meter> ofApi = List.copyOf(registry.getMeters());
    SampleEvents.raiseAll(metrics, plain);
    assertThat(ofApi).isNotEmpty();

    metrics.forgotten(plain);
    assertThat(registry.getMeters())
        .as("what carries only the address is of both")
        .containsExactlyInAnyOrderElementsOf(ofApi);
    metrics.forgotten(API);
    assertThat(registry.getMeters()).isEmpty();
    metrics.forgotten(API);
  }

  @Test
  void anEndpointThatAnotherManagerUsesKeepsItsMetersAndTheirCounts() {
    Map<Endpoint, EndpointCounts> ofSecond = new HashMap<>();
    metrics.managerStarted(SampleEvents.TRANSPORT, () -> Map.copyOf(ofSecond));
    pools.put(DB, SampleEvents.counts(1, 0, 0, 0));
    ofSecond.put(DB, SampleEvents.counts(2, 0, 0, 0));
    metrics.released(DB, 1);
    assertThat(gauge("trunkline.pool.connections", "state", "active")).isEqualTo(3);

    pools.remove(DB);
    metrics.forgotten(DB);
    metrics.released(DB, 1);
    assertThat(timer("trunkline.pool.usage").count()).isEqualTo(2);
    pass(Duration.ofSeconds(1));
    assertThat(gauge("trunkline.pool.connections", "state", "active")).isEqualTo(2);

    ofSecond.remove(DB);
    metrics.forgotten(DB);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void whatOnlyAClosedManagerUsedGoesWithIt() {
    metrics.managerStarted(
        SampleEvents.TRANSPORT, () -> Map.of(API, SampleEvents.counts(2, 0, 0, 0)));
    pools.put(DB, SampleEvents.counts(1, 0, 0, 0));
    SampleEvents.raiseAll(metrics, API);
    List<Meter> ofApi = List.copyOf(registry.getMeters());
    SampleEvents.raiseAll(metrics, DB);
    metrics.managerClosed(counts);
    assertThat(ofApi).isNotEmpty();
    assertThat(registry.getMeters()).containsExactlyInAnyOrderElementsOf(ofApi);
  }

  @Test
  void allMetersGoWithTheManagerAndLateEventsBringNoneBack() {
    Meter foreign = registry.counter("not.ours");
    SampleEvents.raiseAll(metrics, DB);
    metrics.managerClosed(counts);
    assertThat(registry.getMeters()).containsExactly(foreign);
    SampleEvents.raiseAll(metrics, DB);
    assertThat(registry.getMeters()).containsExactly(foreign);
  }

  @Test
  void closeRemovesAllMeters() {
    SampleEvents.raiseAll(metrics, DB);
    metrics.close();
    metrics.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void badSettingsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrunklineMetrics.builder(registry).maxEndpoints(-1))
        .withMessage("metrics.max-endpoints must be at least 0, but was -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrunklineMetrics.bindTo(null))
        .withMessageContaining("metrics.registry");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrunklineMetrics.builder(registry).tags(null))
        .withMessageContaining("metrics.tags");
  }
}
