package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
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
 * Leases an idle connection and gives it back. The native transport asks the kernel each time
 * whether the connection lives; that of the JDK does not ask for one used within the last second,
 * so it shows what is left without the question.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AcquireRelease {
  @Param({"native", "jdk"})
  public String transport;

  /** At least as many as threads, so that none waits or dials. */
  @Param({"8", "1000"})
  public int idleConnections;

  private ConnectionManager manager;
  private Endpoint endpoint;

  @Setup
  public void fillPool() throws IOException {
    endpoint = Endpoint.tcp(Server.HOST, Server.port());
    manager =
        ConnectionManager.builder()
            .transport(TransportMode.valueOf(transport.toUpperCase(Locale.ROOT)))
            .pool(
                p ->
                    p.maxPerEndpoint(idleConnections)
                        .maxTotal(idleConnections)
                        .idleTimeout(Duration.ZERO))
            .onOpen(lease -> Server.greet(lease.input(), lease.output(), Server.CROWD, 1))
            .build();
    int open = manager.warmUp(endpoint, idleConnections);
    if (open != idleConnections) {
      throw new IllegalStateException(
          "only " + open + " of " + idleConnections + " connections are open");
    }
  }

  @Benchmark
  public void acquireRelease() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.release();
    }
  }

  @TearDown
  public void closeManager() {
    manager.close();
  }
}
