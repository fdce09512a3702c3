package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Many virtual threads, each with a connection of its own, exchange small messages at once. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VirtualThreads {
  private static final int EXCHANGES = 100_000;

  /** About as long as they take, which is the least that can be measured. */
  static final int MILLIS = 2_000;

  private static final int MESSAGE_BYTES = 64;

  @Param({"jni-streams", "socket-timeout", "socket"})
  public String client;

  /** A divisor of {@link #EXCHANGES}. */
  @Param({"1000", "10000"})
  public int threads;

  private ConnectionManager manager;
  private ExecutorService executor;
  private final List<Link> links = new ArrayList<>();
  private final List<Callable<Void>> clients = new ArrayList<>();

  /** Whether this JVM has virtual threads. */
  static boolean supported() {
    return Runtime.version().feature() >= 21;
  }

  /** By reflection, because the benchmarks compile for Java 17. */
  private static ExecutorService newVirtualThreadPerTaskExecutor() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException missing) {
      throw new UnsupportedOperationException("virtual threads need JDK 21 or newer", missing);
    }
  }

  @Setup
  public void connect() throws IOException {
    executor = newVirtualThreadPerTaskExecutor();
    manager = client.startsWith("jni") ? Link.nativeManager() : null;
    int exchangesEach = EXCHANGES / threads;
    for (int i = 0; i < threads; i++) {
      Link link = Link.open(client, manager, Server.CROWD, MESSAGE_BYTES);
      links.add(link);
      clients.add(
          () -> {
            for (int exchange = 0; exchange < exchangesEach; exchange++) {
              link.exchange();
            }
            return null;
          });
    }
  }

  @Benchmark
  @OperationsPerInvocation(EXCHANGES)
  public void exchange() throws Exception {
    for (Future<Void> done : executor.invokeAll(clients)) {
      done.get();
    }
  }

  @TearDown
  public void disconnect() throws IOException {
    executor.shutdown();
    for (Link link : links) {
      link.close();
    }
    if (manager != null) {
      manager.close();
    }
  }
}
