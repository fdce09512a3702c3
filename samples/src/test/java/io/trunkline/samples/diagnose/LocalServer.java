package io.trunkline.samples.diagnose;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;

/** A server on 127.0.0.1 that serves one connection after another in a thread of its own. */
final class LocalServer implements AutoCloseable {
  /** What is done with one connection; it is closed afterwards. */
  interface Service {
    void serve(Socket socket) throws IOException;
  }

  /** Waits until the client closes. */
  static final Service SILENT = socket -> socket.getInputStream().transferTo(sink());

  static final Service CLOSING = socket -> {};

  static final Service GREETING =
      socket -> {
        write(socket, "220 \033[31mready\r\nsecond line\r\n");
        SILENT.serve(socket);
      };

  static final Service HTTP =
      socket -> {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          int each = socket.getInputStream().read();
          if (each < 0) {
            return; // the first look sends no request
          }
          head.append((char) each);
        }
        boolean good =
            head.toString().startsWith("GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:");
        write(socket, "HTTP/1.1 " + (good ? "204 No Content" : "400 Bad") + "\r\n\r\n");
      };

  private final ServerSocket listener;
  private final Thread thread;

  LocalServer(ServerSocket listener, Service service) {
    this.listener = listener;
    thread = new Thread(() -> accept(service), "local-server");
    thread.setDaemon(true);
    thread.start();
  }

  static LocalServer tcp(Service service) throws IOException {
    return new LocalServer(new ServerSocket(0, 50, address()), service);
  }

  static LocalServer tls(SSLContext context, Service service) throws IOException {
    return new LocalServer(
        context.getServerSocketFactory().createServerSocket(0, 50, address()), service);
  }

  static InetAddress address() throws IOException {
    return InetAddress.getByName("127.0.0.1");
  }

  String target() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept(Service service) {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        service.serve(socket);
      } catch (IOException ended) {
        // The client went, or did not like the certificate, or the test is over.
      }
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static OutputStream sink() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public void close() throws Exception {
    listener.close();
    thread.join(5_000);
  }
}
