package io.trunkline.clients;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers each request with a line, closes a connection that was idle for a second, and remembers
 * when it had closed which.
 */
final class IdleClosingServer implements AutoCloseable {
  static final int IDLE_MILLIS = 1_000;
  static final byte[] ANSWER =
      "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket listener;
  private final Map<List<Object>, Long> closedNanos = new ConcurrentHashMap<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  IdleClosingServer() throws IOException {
    listener = new ServerSocket(0, 200); // each client has a loopback address of its own
    daemon(this::acceptAll);
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "idle-closing-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll() {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        closedNanos.remove(name(socket.getPort(), socket.getLocalAddress())); // an earlier one
        open.add(socket);
        daemon(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket) {
    List<Object> name = name(socket.getPort(), socket.getLocalAddress());
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(IDLE_MILLIS);
      InputStream in = socket.getInputStream();
      byte[] request = new byte[4_096]; // small and written at once, so it comes at once
      while (in.read(request) > 0) {
        socket.getOutputStream().write(ANSWER);
      }
    } catch (SocketTimeoutException idle) {
      // Closed by now, and the FIN is with the peer: this is loopback.
      closedNanos.put(name, System.nanoTime());
    } catch (IOException gone) {
      // By the client.
    } finally {
      open.remove(socket);
    }
  }

  /** A client port may be in use towards several addresses at once. */
  private static List<Object> name(int clientPort, InetAddress here) {
    return List.of(clientPort, here);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Whether the connection had been closed at that time. */
  boolean hadClosed(int clientPort, InetAddress here, long nanos) {
    Long closed = closedNanos.get(name(clientPort, here));
    return closed != null && closed - nanos <= 0;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
