package io.trunkline.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 * Leases an idle connection and gives it back, from pools of all kinds. Trunkline's native
 * transport asks the kernel each time whether the connection lives; that of the JDK does not ask
 * for one used within the last second, and the others do not ask at all.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AcquireRelease {
  @Param({
    "native",
    "jdk",
    "apache-strict",
    "apache-lax",
    "reactor-pool",
    "commons-pool2",
    "hikari-bag",
    "stormpot"
  })
  public String pool;

  /** Of all endpoints together. With fewer than threads, some wait. */
  @Param({"8", "1000", "10000"})
  public int idleConnections;

  /** Each acquire takes one by chance. A divisor of the idle connections. */
  @Param({"1", "100", "10000"})
  public int endpoints;

  /** How long a thread sleeps with its lease. */
  @Param({"0", "50"})
  public int holdMicros;

  private LeasePool leases;

  /** Which endpoint is next. */
  @State(Scope.Thread)
  public static class Chance {
    private int last = System.identityHashCode(this) | 1;

    int below(int limit) {
      last ^= last << 13;
      last ^= last >>> 17;
      last ^= last << 5;
      return Integer.remainderUnsigned(last, limit);
    }
  }

  @Setup
  public void fillPool() throws Exception {
    leases = LeasePool.filled(pool, endpoints, idleConnections);
  }

  @Benchmark
  public void acquireRelease(Chance chance) throws Exception {
    Object lease = leases.acquire(endpoints == 1 ? 0 : chance.below(endpoints));
    if (holdMicros > 0) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(holdMicros));
    }
    leases.release(lease);
  }

  @TearDown
  public void close() throws IOException {
    leases.close();
  }
}
