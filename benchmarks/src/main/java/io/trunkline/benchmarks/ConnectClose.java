package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
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
 * Connect, send one byte, close. "Bare" sets no option; the others set what Trunkline sets by
 * default, as far as the JDK can: no delay, keepalive with its three times, a read timeout. "Lease"
 * takes the connection from the pool, which is empty, and closes it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConnectClose {
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** Far below the length of the server's queue, and rare enough to cost next to nothing. */
  private static final int CATCH_UP_EVERY = 200;

  @Param({"jni-bare", "jni", "jni-lease", "socket-bare", "socket"})
  public String client;

  private ConnectionManager manager;
  private Endpoint endpoint;
  private InetSocketAddress address;
  private Use use;
  private int sinceCatchUp;

  private interface Use {
    void run() throws IOException;
  }

  @Setup
  public void choose() {
    endpoint = Endpoint.tcp(Server.host(), Server.port());
    address = Server.address();
    switch (client) {
      case "jni-bare" -> {
        manager = bareManager();
        use = () -> sendAndClose(manager.dial(endpoint));
      }
      case "jni" -> {
        manager = ConnectionManager.builder().transport(TransportMode.NATIVE).build();
        use = () -> sendAndClose(manager.dial(endpoint));
      }
      case "jni-lease" -> {
        manager = ConnectionManager.builder().transport(TransportMode.NATIVE).build();
        use = this::leaseSendAndClose;
      }
      case "socket-bare" -> use = () -> sendAndClose(connected(new Socket()));
      case "socket" -> use = () -> sendAndClose(connected(withOptions(new Socket())));
      default -> throw new IllegalArgumentException("no such client: " + client);
    }
  }

  private static ConnectionManager bareManager() {
    return ConnectionManager.builder()
        .transport(TransportMode.NATIVE)
        .socket(
            s ->
                s.tcpNoDelay(false)
                    .keepAlive(false)
                    .userTimeout(Duration.ZERO)
                    .readTimeout(Duration.ZERO)
                    .writeTimeout(Duration.ZERO))
        .connect(c -> c.timeout(Duration.ofMillis(CONNECT_TIMEOUT_MILLIS)))
        .build();
  }

  private static void sendAndClose(Socket socket) throws IOException {
    try (socket) {
      socket.getOutputStream().write(Server.BYTE);
    }
  }

  /** Without a release, the end of the lease is that of the connection. */
  private void leaseSendAndClose() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.output().write(Server.BYTE);
    }
  }

  private Socket connected(Socket socket) throws IOException {
    socket.connect(address, CONNECT_TIMEOUT_MILLIS);
    return socket;
  }

  private static Socket withOptions(Socket socket) throws IOException {
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 30);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
    socket.setSoTimeout(30_000);
    return socket;
  }

  @Benchmark
  public void connectSendClose() throws IOException {
    use.run();
    if (++sinceCatchUp == CATCH_UP_EVERY) {
      sinceCatchUp = 0;
      Server.catchUp();
    }
  }

  @TearDown
  public void closeManager() {
    if (manager != null) {
      manager.close();
    }
  }
}
