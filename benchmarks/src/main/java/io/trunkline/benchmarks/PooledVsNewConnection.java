package io.trunkline.benchmarks;

import java.io.IOException;
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
 * One request and its answer: over a leased connection, and over one that is opened for it. TCP is
 * 64 bytes there and back, HTTP and HTTPS (TLS 1.3) a GET of 1 KiB from nginx. Where a connection
 * is opened for each request, the server is told to close it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PooledVsNewConnection {
  /**
   * A lease of Trunkline, a connection dialled by Trunkline, one of java.net, and OkHttp, which
   * does HTTP only.
   */
  @Param({
    "pooled",
    "dial",
    "socket",
    "okhttp-new",
    "okhttp-nodelay-new",
    "okhttp-trunkline-new",
    "okhttp-trunkline"
  })
  public String client;

  @Param({"tcp", "http", "https"})
  public String protocol;

  private Requests requests;

  @Setup
  public void choose() throws IOException {
    Requests.rehearse(place -> Requests.of(client, protocol, place));
    requests = Requests.of(client, protocol, Place.measured());
  }

  @Benchmark
  public void request() throws IOException {
    requests.send();
  }

  @TearDown
  public void close() throws IOException {
    requests.close();
  }
}
