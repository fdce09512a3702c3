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

/** HTTP clients, as they come, ask nginx for 1 KiB over connections that they keep. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HttpClients {
  @Param({
    "okhttp",
    "okhttp-trunkline",
    "okhttp-trunkline-native-timeouts",
    "apache",
    "jdk",
    "jetty",
    "reactor-netty"
  })
  public String client;

  @Param({"http", "https"})
  public String protocol;

  /** A POST brings 1 KiB as well. */
  @Param({"get", "post"})
  public String method;

  private HttpCalls calls;
  private boolean posts;

  @Setup
  public void open() throws Exception {
    posts = method.equals("post");
    calls = HttpCalls.of(client, Place.measured(), protocol.equals("https"));
  }

  @Benchmark
  public void call() throws IOException {
    int bytes = posts ? calls.post() : calls.get();
    if (bytes != Nginx.BODY_BYTES) {
      throw new IOException("an answer of " + bytes + " bytes");
    }
  }

  @TearDown
  public void close() throws IOException {
    calls.close();
  }
}
