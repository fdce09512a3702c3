package io.trunkline;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Echoes each byte on loopback, counts its connections, and ends them when told. */
final class EchoServer implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private volatile String greeting = "";

  EchoServer() throws IOException {
    listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  /** What it says first on each new connection. */
  EchoServer greetingWith(String text) {
    greeting = text;
    return this;
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "echo-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        open.add(socket);
        mostOpen.accumulateAndGet(open.size(), Math::max);
        daemon(() -> echo(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void echo(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write(greeting.getBytes(US_ASCII));
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[4096];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        socket.getOutputStream().write(buffer, 0, count);
      }
    } catch (IOException ended) {
      // By the client or by the test.
    } finally {
      open.remove(socket);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  Endpoint endpoint() {
    return Endpoint.tcp("127.0.0.1", port());
  }

  int accepted() {
    return accepted.get();
  }

  int open() {
    return open.size();
  }

  /** The most connections that were open at once. */
  int mostOpen() {
    return mostOpen.get();
  }

  /** Says something on every open connection without being asked. */
  void sayOnAll(String text) throws IOException {
    for (Socket each : open) {
      each.getOutputStream().write(text.getBytes(US_ASCII));
    }
  }

  /** Closes every open connection in good order. */
  void closeAll() throws IOException {
    for (Socket each : open) {
      each.close();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closeAll();
  }
}
