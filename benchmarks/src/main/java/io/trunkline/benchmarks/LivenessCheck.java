package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
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
 * Looks whether the peer of an idle connection lives. For Trunkline that is a JNI call and poll(2),
 * so against the same in C it shows what the call costs; Apache HttpClient tries to read for 1 ms.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LivenessCheck {
  @Param({"native", "apache-stale-check"})
  public String client;

  private Look look;

  private interface Look extends Closeable {
    boolean isAlive() throws IOException;
  }

  @Setup
  public void connect() throws IOException {
    look = client.equals("native") ? new OfTrunkline() : new OfApache();
  }

  @Benchmark
  public void look() throws IOException {
    if (!look.isAlive()) {
      throw new IOException("the server has closed the connection");
    }
  }

  @TearDown
  public void close() throws IOException {
    look.close();
  }

  private static final class OfTrunkline implements Look {
    private final ConnectionManager manager = Link.nativeManager();
    private final TransportSocket socket;

    OfTrunkline() throws IOException {
      socket = manager.dial(Endpoint.tcp(Server.host(), Server.port()));
      socket.getOutputStream().write(Server.PLAIN);
    }

    @Override
    public boolean isAlive() {
      return socket.checkIdle(0) == IdleState.CLEAN;
    }

    @Override
    public void close() throws IOException {
      socket.close();
      manager.close();
    }
  }

  private static final class OfApache implements Look {
    private final DefaultBHttpClientConnection connection =
        new DefaultBHttpClientConnection(Http1Config.DEFAULT);

    OfApache() throws IOException {
      Socket socket = new Socket(Server.host(), Server.port());
      socket.getOutputStream().write(Server.PLAIN);
      connection.bind(socket);
    }

    @Override
    public boolean isAlive() throws IOException {
      return !connection.isStale();
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }
}
