package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for a moment, so that none rots. Its figures mean nothing. */
@Timeout(60)
class SmokeTest {
  private static EchoServer server;

  @BeforeAll
  static void start() throws IOException {
    server = new EchoServer();
    System.setProperty(Server.PORT_PROPERTY, Integer.toString(server.port()));
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured, so others may run
  }

  @AfterAll
  static void stop() {
    server.close();
    System.clearProperty(Server.PORT_PROPERTY);
  }

  @Test
  void transportPingPong() throws RunnerException {
    assertThat(run(TransportPingPong.class, "messageBytes", "64", "65536")).hasSize(20);
  }

  @Test
  void connectClose() throws RunnerException {
    assertThat(
            run(
                ConnectClose.class,
                "client",
                "jni-bare",
                "jni",
                "jni-lease",
                "socket-bare",
                "socket"))
        .hasSize(5);
  }

  @Test
  void acquireRelease() throws RunnerException {
    assertThat(run(AcquireRelease.class, "idleConnections", "8", "100")).hasSize(4);
  }

  @Test
  void virtualThreads() throws RunnerException {
    assumeTrue(VirtualThreads.supported(), "virtual threads need JDK 21 or newer");
    assertThat(run(VirtualThreads.class, "threads", "100")).hasSize(3);
  }

  @Test
  void everyBenchmarkIsInASuite() {
    Collection<String> benchmarks = new TreeSet<>();
    for (BenchmarkListEntry entry :
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of())) {
      String className = entry.getUserClassQName();
      benchmarks.add(className.substring(className.lastIndexOf('.') + 1));
    }
    assertThat(benchmarks).containsExactlyInAnyOrderElementsOf(Scenario.SUITES);
  }

  private static Collection<RunResult> run(Class<?> benchmark, String parameter, String... values)
      throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include("\\." + benchmark.getSimpleName() + "\\.")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(50))
                .timeout(TimeValue.seconds(30))
                .addProfiler(ProcessCost.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .param(parameter, values)
                .build())
        .run();
  }
}
