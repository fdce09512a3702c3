package io.trunkline.benchmarks;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.micrometer.TrunklineMetrics;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What observation and the circuit breaker add to a lease and its release. Every manager writes
 * events for the flight recorder; it is off unless there is a recording.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Overheads {
  private static final long RECORDING_BYTES = 50_000_000;

  /**
   * The flight recorder's default is an event for leases that took 10 ms, so with "jfr" none is
   * written; "every-lease" writes one for each.
   */
  @Param({
    "plain",
    "no-breaker",
    "listener",
    "jfr",
    "micrometer",
    "micrometer-jfr",
    "micrometer-jfr-every-lease"
  })
  public String with;

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private ConnectionManager manager;
  private Endpoint endpoint;
  private Recording recording;

  /** Hears of every lease and does nothing. */
  private static final class Silent implements ConnectionListener {
    @Override
    public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {}

    @Override
    public void released(Endpoint endpoint, long usageNanos) {}
  }

  @Setup
  public void open() throws Exception {
    endpoint = Endpoint.tcp(Server.host(), Server.port());
    ConnectionManager.Builder builder =
        ManyEndpoints.manager(TransportMode.NATIVE, 8, 8)
            .onOpen(lease -> lease.output().write(Server.PLAIN));
    Set<String> words = Set.of(with.split("-", -1));
    switch (with) {
      case "plain", "jfr" -> {}
      case "no-breaker" -> builder.circuitBreaker(b -> b.enabled(false));
      case "listener" -> builder.listener(new Silent());
      case "micrometer", "micrometer-jfr", "micrometer-jfr-every-lease" ->
          builder.listener(TrunklineMetrics.bindTo(registry));
      default -> throw new IllegalArgumentException("no such thing: " + with);
    }
    if (words.contains("jfr")) {
      recording = new Recording(Configuration.getConfiguration("default"));
      recording.setMaxSize(RECORDING_BYTES);
      if (words.contains("every")) {
        recording.enable("io.trunkline.Acquire").with("minimum", "0 ns");
      }
      recording.start();
    }
    manager = builder.build();
    manager.warmUp(endpoint, 8);
  }

  @Benchmark
  public void acquireRelease() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.release();
    }
  }

  @TearDown
  public void close() {
    manager.close();
    registry.close();
    if (recording != null) {
      recording.close();
    }
  }
}
