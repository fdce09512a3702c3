package io.trunkline.transport;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import io.trunkline.transport.jni.JniTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** What callers do with sockets and managers, each prepared up to the step that is to fail. */
final class FaultScenarios implements AutoCloseable {
  /** The step under test; what it returns is compared with what it returns without a fault. */
  interface Step {
    Object run() throws Exception;
  }

  /**
   * One of them.
   *
   * @param phase what a failure has to say of where it happened
   */
  record Scenario(String name, FailurePhase phase, Preparation preparation) {}

  /** Opens what is needed; it is closed after the step. */
  interface Preparation {
    Step prepare(Resources resources) throws Exception;
  }

  /** A transport for one run, and its socket. */
  static final class Resources implements AutoCloseable {
    final Transport transport;
    final TransportSocket socket;
    AutoCloseable more = () -> {};

    /** What has to work once nothing fails any more. */
    Step after = () -> "";

    Resources() throws Exception {
      transport = JniTransport.create(Optional.empty());
      socket = transport.open();
    }

    @Override
    public void close() throws Exception {
      socket.close();
      more.close();
      transport.close();
    }
  }

  private final EchoServer server = new EchoServer();
  private final InetSocketAddress refusing;

  FaultScenarios() throws Exception {
    try (EchoServer gone = new EchoServer()) {
      refusing = gone.address();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private TransportSocket connected(Resources with) throws IOException {
    with.socket.connect(server.address(), 5_000);
    return with.socket;
  }

  /** With an echo of so many bytes to be read. */
  private TransportSocket filled(Resources with, int bytes) throws Exception {
    TransportSocket socket = connected(with);
    socket.write(new byte[bytes], 0, bytes);
    Await.until("the echo is here", () -> socket.getInputStream().available() == bytes);
    return socket;
  }

  private Scenario connect(String name, Preparation preparation) {
    return new Scenario(name, FailurePhase.CONNECT, preparation);
  }

  private Scenario read(String name, Preparation preparation) {
    return new Scenario(name, FailurePhase.READ, preparation);
  }

  private Scenario write(String name, Preparation preparation) {
    return new Scenario(name, FailurePhase.WRITE, preparation);
  }

  List<Scenario> all() {
    return List.of(
        connect(
            "connect",
            with ->
                () -> {
                  connected(with);
                  return with.socket.isConnected();
                }),
        connect("connect with options", this::withOptions),
        connect("connect refused", with -> () -> connectTo(with, refusing)),
        connect("race", this::race),
        connect("bind", with -> () -> bind(with)),
        connect("connect bound", this::connectBound),
        connect("local name", with -> localName(connected(with))),
        connect("set option", with -> setOption(connected(with))),
        connect("get option", with -> getOption(connected(with))),
        connect("close", with -> close(connected(with))),
        connect("TCP_INFO", with -> tcpInfo(connected(with))),
        connect("idle check", with -> idle(connected(with))),
        connect("watch", with -> watch(connected(with))),
        connect("manager", this::manager),
        read("exchange", with -> exchange(connected(with))),
        read("read a byte", with -> filled(with, 1).getInputStream()::read),
        read("read an array", with -> arrayOf(filled(with, 20_000), 20_000)),
        read("read a direct buffer", with -> directOf(filled(with, 100), 100)),
        read("read with a limit", with -> limitedRead(filled(with, 1), 10_000)),
        read("read with a short limit", with -> limitedRead(filled(with, 1), 50)),
        read("read nothing", with -> limitedRead(connected(with), 3)),
        read("shut down the input", with -> shutdownInput(connected(with))),
        read("available", with -> filled(with, 1).getInputStream()::available),
        write("write a byte", with -> write(connected(with), 1)),
        write("write an array", with -> write(connected(with), 20_000)),
        write("write a direct buffer", with -> writeDirect(connected(with))),
        write("write with a limit", with -> limitedWrite(connected(with))),
        write("urgent byte", with -> urgent(connected(with))),
        write("shut down the output", with -> shutdownOutput(connected(with))));
  }

  // ---- connecting ----

  private Step withOptions(Resources with) throws Exception {
    TransportSocket socket = with.socket;
    socket.setTcpNoDelay(true);
    socket.setTrafficClass(0x10);
    socket.setOption(TransportOptions.TCP_SYNCNT, 3);
    socket.setSoTimeout(1_000);
    socket.setWriteTimeout(1_000);
    return () -> {
      connected(with);
      socket.write(new byte[] {1}, 0, 1);
      return socket.getInputStream().read();
    };
  }

  private Object connectTo(Resources with, InetSocketAddress address) throws IOException {
    with.socket.connect(address, 5_000);
    return "connected";
  }

  private Step race(Resources with) throws Exception {
    with.socket.startConnect(server.address()); // on the same host it is done by then, mostly
    return () -> {
      for (int i = 0; i < 100; i++) {
        with.transport.awaitAny(List.of(with.socket), 1_000_000_000L);
        if (with.socket.finishConnect(0)) {
          return true;
        }
      }
      return false;
    };
  }

  private Object bind(Resources with) throws IOException {
    with.socket.bind(new InetSocketAddress("127.0.0.1", 0));
    return "bound";
  }

  private Step connectBound(Resources with) throws IOException {
    bind(with);
    return () -> connectTo(with, server.address());
  }

  // ---- options, watching, closing ----

  private static Step setOption(TransportSocket socket) {
    return () -> {
      socket.setKeepAlive(true);
      socket.setSoLinger(false, 0);
      socket.setTrafficClass(0x10);
      return "set";
    };
  }

  private static Step getOption(TransportSocket socket) {
    return () -> socket.getOption(StandardSocketOptions.TCP_NODELAY) + " " + socket.getSoLinger();
  }

  private static Step localName(TransportSocket socket) {
    return () -> socket.getLocalAddress().getHostAddress();
  }

  private static Step close(TransportSocket socket) {
    return () -> {
      socket.close();
      return socket.isClosed();
    };
  }

  private static Step tcpInfo(TransportSocket socket) {
    return () -> socket.tcpInfo().isPresent();
  }

  private static Step idle(TransportSocket socket) {
    return () -> socket.checkIdle(System.nanoTime());
  }

  private static Step watch(TransportSocket socket) {
    return () -> {
      socket.onPeerClosed(() -> {});
      return "watched";
    };
  }

  /** A dial, an exchange, and one more over the same connection. */
  private Step manager(Resources with) {
    ConnectionManager manager =
        ConnectionManager.builder()
            .transport(TransportMode.NATIVE)
            .listener(new HearsConnects())
            .build();
    with.more = manager;
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", server.address().getPort());
    with.after = () -> exchange(manager, endpoint);
    return () -> {
      exchange(manager, endpoint);
      return exchange(manager, endpoint);
    };
  }

  /** Of what it hears the kernel is asked. */
  private static final class HearsConnects implements ConnectionListener {
    @Override
    public boolean hearsEveryLease() {
      return false;
    }

    @Override
    public boolean hearsSamples() {
      return false;
    }

    @Override
    public void connected(
        Endpoint endpoint,
        InetSocketAddress address,
        long elapsedNanos,
        Optional<TcpInfo> tcpInfo) {}
  }

  private static Object exchange(ConnectionManager manager, Endpoint endpoint) throws Exception {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.output().write(new byte[] {7});
      int answer = lease.input().read();
      lease.release();
      return answer;
    }
  }

  // ---- transfer ----

  private static Step exchange(TransportSocket socket) {
    return () -> {
      socket.write(new byte[] {7}, 0, 1);
      return socket.getInputStream().read();
    };
  }

  private static Step arrayOf(TransportSocket socket, int length) {
    return () -> {
      byte[] all = new byte[length];
      int got = 0;
      while (got < length) {
        got += socket.read(all, got, length - got);
      }
      return got;
    };
  }

  private static Step directOf(TransportSocket socket, int length) {
    return () -> {
      ByteBuffer all = ByteBuffer.allocateDirect(length);
      while (all.hasRemaining()) {
        socket.read(all);
      }
      return all.position();
    };
  }

  private static Step limitedRead(TransportSocket socket, int millis) {
    return () -> {
      socket.setSoTimeout(millis);
      return socket.getInputStream().read();
    };
  }

  private static Step shutdownInput(TransportSocket socket) {
    return () -> {
      socket.shutdownInput();
      return socket.isInputShutdown();
    };
  }

  private static Step write(TransportSocket socket, int length) {
    return () -> {
      socket.write(new byte[length], 0, length);
      return socket.bytesWritten();
    };
  }

  private static Step writeDirect(TransportSocket socket) {
    return () -> {
      socket.write(ByteBuffer.allocateDirect(100));
      return socket.bytesWritten();
    };
  }

  private static Step limitedWrite(TransportSocket socket) {
    return () -> {
      socket.setWriteTimeout(10_000);
      socket.write(new byte[100], 0, 100);
      return socket.bytesWritten();
    };
  }

  private static Step urgent(TransportSocket socket) {
    return () -> {
      socket.sendUrgentData(1);
      return "sent";
    };
  }

  private static Step shutdownOutput(TransportSocket socket) {
    return () -> {
      socket.shutdownOutput();
      return socket.isOutputShutdown();
    };
  }
}
