package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import java.io.IOException;
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

/** One message to the echo server and back, over a connection that stays. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TransportPingPong {
  /** As many as the plain C client does between two looks at the clock. */
  private static final int EXCHANGES = 64;

  @Param({"jni-streams", "jni-direct", "socket-timeout", "socket", "channel", "netty-epoll"})
  public String client;

  @Param({"64", "4096", "65536"})
  public int messageBytes;

  /** Whether the answer is there when the client reads, or the read has to wait. */
  @Param({"ready", "wait"})
  public String answer;

  private ConnectionManager manager;
  private Link link;

  @Setup
  public void connect() throws IOException {
    manager = client.startsWith("jni") ? Link.nativeManager() : null;
    char mode = answer.equals("ready") ? Server.READY : Server.WAIT;
    link = Link.open(client, manager, mode, messageBytes);
  }

  @Benchmark
  @OperationsPerInvocation(EXCHANGES)
  public void exchange() throws IOException {
    link.exchange(EXCHANGES);
  }

  @TearDown
  public void disconnect() throws IOException {
    link.close();
    if (manager != null) {
      manager.close();
    }
  }
}
