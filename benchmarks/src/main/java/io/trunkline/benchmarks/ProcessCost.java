package io.trunkline.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * What an operation costs the client's process: CPU time, and how often one of its threads gave up
 * the CPU to wait. The kernel counts both anyway, so nothing is slowed down by the counting.
 */
public final class ProcessCost implements InternalProfiler {
  static final String CPU = "cpu";
  static final String WAITS = "waits";

  private static final String VOLUNTARY_SWITCHES = "voluntary_ctxt_switches:";

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private long cpuNanosBefore;
  private long waitsBefore;

  @Override
  public String getDescription() {
    return "CPU time and waits of the process";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    waitsBefore = waits();
    cpuNanosBefore = system.getProcessCpuTime();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    long cpuNanos = system.getProcessCpuTime() - cpuNanosBefore;
    long waits = Math.max(0, waits() - waitsBefore); // those of ended threads are gone
    double operations = result.getMetadata().getAllOps();
    return List.of(
        new ScalarResult(CPU, cpuNanos / operations, "ns/op", AggregationPolicy.AVG),
        new ScalarResult(WAITS, waits / operations, "per op", AggregationPolicy.AVG));
  }

  private static long waits() {
    long sum = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        sum += waitsOf(task);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return sum;
  }

  static long waitsOf(Path task) {
    try {
      for (String line : Files.readAllLines(task.resolve("status"))) {
        if (line.startsWith(VOLUNTARY_SWITCHES)) {
          return Long.parseLong(line.substring(VOLUNTARY_SWITCHES.length()).trim());
        }
      }
    } catch (IOException ended) {
      // A thread of the JVM that ended meanwhile.
    }
    return 0;
  }
}
