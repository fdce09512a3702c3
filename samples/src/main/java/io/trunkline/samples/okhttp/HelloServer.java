package io.trunkline.samples.okhttp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Answers each request with "hello" over HTTP/1.1, and closes connections when it is told to. */
final class HelloServer implements AutoCloseable {
  private static final byte[] HELLO =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
          .getBytes(StandardCharsets.US_ASCII);
  private static final String LENGTH = "content-length:";

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  HelloServer() throws IOException {
    daemon(this::acceptAll);
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "hello-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll() {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        open.add(socket);
        daemon(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The show is over.
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      socket.setTcpNoDelay(true);
      while (readRequest(in)) {
        socket.getOutputStream().write(HELLO);
      }
    } catch (IOException gone) {
      // By the client, or by closeIdle.
    } finally {
      open.remove(socket);
    }
  }

  /** False at the end. */
  private static boolean readRequest(BufferedReader in) throws IOException {
    int body = 0;
    String line = in.readLine();
    while (line != null && !line.isEmpty()) {
      if (line.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
        body = Integer.parseInt(line.substring(LENGTH.length()).strip());
      }
      line = in.readLine();
    }
    while (line != null && body > 0 && in.read() >= 0) {
      body--;
    }
    return line != null;
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort() + "/";
  }

  /** Of a port that is free again. */
  static String urlOfNobody() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + free.getLocalPort() + "/";
    }
  }

  /** As after an idle timeout, or with a restart. */
  void closeIdle() throws IOException {
    for (Socket each : open) {
      each.close();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closeIdle();
  }
}
