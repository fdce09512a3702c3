package io.trunkline.spring;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** Echoes on loopback, plain or with TLS, and counts its connections. */
public final class LoopbackServer implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  private LoopbackServer(ServerSocket listener) {
    this.listener = listener;
    daemon(this::accept);
  }

  public static LoopbackServer plain() throws IOException {
    return new LoopbackServer(new ServerSocket(0, 64, loopback()));
  }

  static LoopbackServer tls(SSLContext context) throws IOException {
    return new LoopbackServer(
        context.getServerSocketFactory().createServerSocket(0, 64, loopback()));
  }

  /** A port that nobody listens on, but that nobody else is given while the result is open. */
  public static Socket reservedPort() throws IOException {
    Socket bound = new Socket();
    bound.bind(new java.net.InetSocketAddress(loopback(), 0));
    return bound;
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "loopback-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        open.add(socket);
        accepted.incrementAndGet();
        daemon(() -> echo(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException ended) {
      // By the client or by the test.
    } finally {
      open.remove(socket);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** How many connections came. */
  public int accepted() {
    return accepted.get();
  }

  /** How many are open. */
  public int open() {
    return open.size();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
