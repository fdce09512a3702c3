package io.trunkline.samples.quickstart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A server on loopback with one thread for each connection. Thread-safe. */
final class PeerServer implements AutoCloseable {
  private static final int BACKLOG = 1_024;

  private final ServerSocket listener;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "peer");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();

  /** What to do with a connection; it is closed afterwards. */
  interface Handler {
    void handle(Socket socket) throws IOException;
  }

  private PeerServer(int backlog) throws IOException {
    listener = new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
  }

  static PeerServer start(Handler handler) throws IOException {
    PeerServer server = new PeerServer(BACKLOG);
    server.threads.execute(() -> server.accept(handler));
    return server;
  }

  /** Its accept queue takes two connections; after that the kernel drops every SYN. */
  static PeerServer neverAccepting() throws IOException {
    return new PeerServer(1);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Connections so far. */
  long accepted() {
    return accepted.get();
  }

  /** Closes every open connection, as an idle timeout would; the FINs are out when it returns. */
  int closeConnections() throws IOException {
    int closed = 0;
    for (Socket socket : open) {
      // Close alone would leave the FIN to the thread that reads, some moments later.
      socket.shutdownOutput();
      socket.close();
      closed++;
    }
    return closed;
  }

  private void accept(Handler handler) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        open.add(socket);
        threads.execute(() -> serve(handler, socket));
      } catch (IOException failed) {
        if (!listener.isClosed()) {
          System.err.println("quickstart's servers: cannot accept: " + failed.getMessage());
        }
        return;
      }
    }
  }

  private void serve(Handler handler, Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      handler.handle(socket);
    } catch (IOException ended) {
      // The client went away, or closeConnections() was asked for.
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
