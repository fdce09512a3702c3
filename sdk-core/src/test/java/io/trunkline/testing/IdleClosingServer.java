package io.trunkline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes connections that are idle for too long, and remembers when it had closed which. It listens
 * on every address, so that each client may have one of its own.
 */
public final class IdleClosingServer implements AutoCloseable {
  /** Answers the requests that come over a connection. */
  @FunctionalInterface
  public interface Service {
    /**
     * Serves until the end of the stream, or until a read limit that it sets passes.
     *
     * @throws SocketTimeoutException if the connection was idle for too long
     */
    void serve(Socket socket) throws IOException;
  }

  private final Service service;
  private final Map<List<Object>, Long> closedNanos = new ConcurrentHashMap<>();
  private final ServerSocket listener = new ServerSocket(0, 200);
  private final ScriptedServer server;

  public IdleClosingServer(Service service) throws IOException {
    this.service = service;
    server = ScriptedServer.on(listener, this::serve);
  }

  private void serve(Socket socket) {
    List<Object> name = name(socket.getPort(), socket.getLocalAddress());
    closedNanos.remove(name); // an earlier one
    try (socket) {
      socket.setTcpNoDelay(true);
      service.serve(socket);
    } catch (SocketTimeoutException idle) {
      // Closed by now, and the FIN is with the peer: this is loopback.
      closedNanos.put(name, System.nanoTime());
    } catch (IOException gone) {
      // By the client.
    }
  }

  /** A client port may be in use towards several addresses at once. */
  private static List<Object> name(int clientPort, InetAddress here) {
    return List.of(clientPort, here);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Whether the connection had been closed at that time. */
  public boolean hadClosed(int clientPort, InetAddress here, long nanos) {
    Long closed = closedNanos.get(name(clientPort, here));
    return closed != null && closed - nanos <= 0;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
