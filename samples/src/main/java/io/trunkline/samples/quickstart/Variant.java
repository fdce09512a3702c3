package io.trunkline.samples.quickstart;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A way to come by a connection for each request. Used by one thread. */
interface Variant {
  String name();

  /** Gets a connection, does one exchange, and gives or throws the connection away. */
  void request() throws IOException;

  /** Connections established so far. */
  long handshakes();

  /** The part of all requests that needed no handshake. */
  double reuseRatio();

  /** Whether each request costs the server a connection. */
  default boolean connectsEachTime() {
    return true;
  }

  /** The baseline: what code without a pool does, with the same options that Trunkline sets. */
  final class NewSocket implements Variant {
    private static final int READ_LIMIT_MILLIS = 30_000;

    private final InetSocketAddress address;
    private final int connectMillis;
    private final Exchange exchange;
    private long handshakes;

    NewSocket(InetSocketAddress address, int connectMillis, Exchange exchange) {
      this.address = address;
      this.connectMillis = connectMillis;
      this.exchange = exchange;
    }

    @Override
    public String name() {
      return "java.net.Socket, a new one each";
    }

    @Override
    public void request() throws IOException {
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        socket.connect(address, connectMillis);
        handshakes++;
        socket.setSoTimeout(READ_LIMIT_MILLIS);
        exchange.run(socket.getInputStream(), socket.getOutputStream());
      }
    }

    @Override
    public long handshakes() {
      return handshakes;
    }

    @Override
    public double reuseRatio() {
      return 0;
    }
  }

  /** Trunkline without its pool. */
  final class Dialled implements Variant {
    private final ConnectionManager manager;
    private final Endpoint endpoint;
    private final Exchange exchange;
    private long handshakes;

    Dialled(ConnectionManager manager, Endpoint endpoint, Exchange exchange) {
      this.manager = manager;
      this.endpoint = endpoint;
      this.exchange = exchange;
    }

    @Override
    public String name() {
      return "Trunkline, a new one each";
    }

    @Override
    public void request() throws IOException {
      try (Socket socket = manager.dial(endpoint)) {
        handshakes++;
        exchange.run(socket.getInputStream(), socket.getOutputStream());
      }
    }

    @Override
    public long handshakes() {
      return handshakes;
    }

    @Override
    public double reuseRatio() {
      return 0;
    }
  }

  /** What Trunkline is for. Its figures are those of the manager. */
  final class Pooled implements Variant {
    private final ConnectionManager manager;
    private final Endpoint endpoint;
    private final Exchange exchange;

    Pooled(ConnectionManager manager, Endpoint endpoint, Exchange exchange) {
      this.manager = manager;
      this.endpoint = endpoint;
      this.exchange = exchange;
    }

    @Override
    public String name() {
      return "Trunkline, pooled";
    }

    @Override
    public void request() throws IOException {
      try (Lease lease = manager.acquire(endpoint)) {
        exchange.run(lease.input(), lease.output());
        lease.release();
      }
    }

    @Override
    public long handshakes() {
      return manager.snapshot().endpoint(endpoint).orElseThrow().handshakes();
    }

    @Override
    public double reuseRatio() {
      return manager.snapshot().endpoint(endpoint).orElseThrow().reuseRatio();
    }

    @Override
    public boolean connectsEachTime() {
      return false;
    }
  }
}
