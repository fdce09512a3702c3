package io.trunkline.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;

/**
 * Before each iteration nothing is asked of the JVM until it rests. The compiler shares the one CPU
 * with what is measured: beside sixteen threads it would still be at work after half a minute, and
 * what is compared would be who has less code to compile.
 */
public final class CompilerBreak implements InternalProfiler {
  private static final long LOOK_MILLIS = 100;

  /** The JVM counts its CPU time in steps of 10 ms. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public String getDescription() {
    return "lets the compiler work between iterations";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    long start = System.nanoTime();
    long used;
    do {
      long before = system.getProcessCpuTime();
      sleep();
      used = system.getProcessCpuTime() - before;
    } while (used > REST_NANOS && System.nanoTime() - start < LONGEST_NANOS);
  }

  private static void sleep() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    return List.of();
  }
}
