package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.benchmarks.Results.Cost;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for a moment, so that none rots. Its figures mean nothing. */
@Timeout(60)
class SmokeTest {
  @TempDir static Path directory;

  private static EchoServer echo;
  private static Nginx nginx;

  @BeforeAll
  static void start() throws Exception {
    echo = new EchoServer();
    Path trust = ServerCertificate.make(directory, List.of(Servers.LOOPBACK));
    if (Nginx.program().isPresent()) {
      nginx = Nginx.start(List.of(), Servers.LOOPBACK, directory);
    }
    new Place(
            Servers.LOOPBACK,
            echo.port(),
            nginx == null ? 0 : nginx.port(),
            nginx == null ? 0 : nginx.tlsPort(),
            trust)
        .properties()
        .forEach(
            each -> {
              int equals = each.indexOf('=');
              System.setProperty(each.substring(2, equals), each.substring(equals + 1));
            });
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured, so others may run
  }

  @AfterAll
  static void stop() throws Exception {
    echo.close();
    if (nginx != null) {
      nginx.close();
    }
  }

  @Test
  void pooledVsNewConnectionOverTcp() throws RunnerException {
    assertThat(run(PooledVsNewConnection.class, "client=pooled,dial,socket", "protocol=tcp"))
        .hasSize(3);
  }

  @Test
  void pooledVsNewConnectionOverHttp() throws RunnerException {
    assumeNginx();
    assertThat(run(PooledVsNewConnection.class, "protocol=http,https")).hasSize(14);
  }

  @Test
  void fastOpen() throws RunnerException {
    assumeNginx();
    assertThat(run(FastOpen.class)).hasSize(4);
  }

  @Test
  void httpClients() throws RunnerException {
    assumeNginx();
    assertThat(run(HttpClients.class)).hasSize(28);
  }

  @Test
  void transportPingPong() throws RunnerException {
    assertThat(run(TransportPingPong.class, "messageBytes=64,65536")).hasSize(24);
  }

  @Test
  void connectClose() throws RunnerException {
    assertThat(run(ConnectClose.class)).hasSize(5);
  }

  @Test
  void acquireRelease() throws RunnerException {
    assertThat(run(AcquireRelease.class, "idleConnections=8", "endpoints=1", "holdMicros=0"))
        .hasSize(8);
  }

  @Test
  void acquireReleaseWithTooFewConnections() throws RunnerException {
    assertThat(
            run(
                AcquireRelease.class,
                "pool=" + String.join(",", Suites.Peers.THAT_WAIT),
                "idleConnections=2",
                "endpoints=1",
                "holdMicros=50"))
        .hasSize(7);
  }

  @Test
  void acquireReleaseWithManyEndpoints() throws RunnerException {
    assertThat(
            run(
                AcquireRelease.class,
                "pool=native,jdk,apache-strict,apache-lax,commons-pool2",
                "idleConnections=100",
                "endpoints=50",
                "holdMicros=0"))
        .hasSize(5);
  }

  @Test
  void virtualThreads() throws RunnerException {
    assumeTrue(VirtualThreads.supported(), "virtual threads need JDK 21 or newer");
    assertThat(run(VirtualThreads.class, "threads=100")).hasSize(3);
  }

  @Test
  void overheads() throws RunnerException {
    assertThat(run(Overheads.class)).hasSize(7);
  }

  @Test
  void livenessCheck() throws RunnerException {
    assertThat(run(LivenessCheck.class)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"native,false", "native,true", "jdk,false", "socket,false"})
  void growth(String client, boolean manyEndpoints) throws Exception {
    Cost cost = new Growth(client, 50, manyEndpoints, 0.1).measure();

    assertThat(cost.nanos()).isPositive();
    assertThat(cost.more()).containsKeys(Growth.NATIVE_BYTES, Growth.OWN_WAKE_UPS);
  }

  @Test
  void everyBenchmarkIsInASuite() {
    Collection<String> benchmarks = new TreeSet<>(List.of(Growth.class.getSimpleName()));
    for (BenchmarkListEntry entry :
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of())) {
      String className = entry.getUserClassQName();
      benchmarks.add(className.substring(className.lastIndexOf('.') + 1));
    }
    assertThat(benchmarks).containsExactlyInAnyOrderElementsOf(Suites.NAMES);
  }

  private static void assumeNginx() {
    assumeTrue(nginx != null, "nginx is not installed (Debian: apt-get install nginx)");
  }

  /**
   * @param parameters "name=value,value" for those that are not to have all their values
   */
  private static Collection<RunResult> run(Class<?> benchmark, String... parameters)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + benchmark.getSimpleName() + "\\.")
            .forks(0)
            .threads(benchmark == AcquireRelease.class ? 3 : 1)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(20))
            .timeout(TimeValue.seconds(30))
            .addProfiler(ProcessCost.class)
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    for (String each : parameters) {
      int equals = each.indexOf('=');
      options.param(each.substring(0, equals), each.substring(equals + 1).split(","));
    }
    return new Runner(options.build()).run();
  }
}
