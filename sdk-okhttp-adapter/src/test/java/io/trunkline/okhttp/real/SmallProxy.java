package io.trunkline.okhttp.real;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP proxy for a test: tunnels (CONNECT), and plain requests, one origin for each connection.
 * It asks for credentials if it is told to.
 */
final class SmallProxy implements AutoCloseable {
  private final ServerSocket listener =
      new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<String> requestLines = new CopyOnWriteArrayList<>();
  private final String credentials;
  private final Thread accepts;

  /**
   * @param credentials what has to be in Proxy-Authorization; null if nothing
   */
  SmallProxy(String credentials) throws IOException {
    this.credentials = credentials;
    accepts =
        daemon(
            () -> {
              for (; ; ) {
                Socket client = listener.accept();
                open.add(client);
                daemon(() -> serve(client));
              }
            });
  }

  private interface Work {
    void run() throws IOException;
  }

  private static Thread daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException over) {
                // By either side, or with the test.
              }
            },
            "small-proxy");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      client.setTcpNoDelay(true);
      String head = head(client.getInputStream());
      while (credentials != null && !head.contains("Proxy-Authorization: " + credentials)) {
        say(
            client,
            "HTTP/1.1 407 Proxy Authentication Required\r\n"
                + "Proxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n");
        head = head(client.getInputStream());
      }
      String line = head.substring(0, head.indexOf("\r\n"));
      requestLines.add(line);
      String target = line.split(" ")[1];
      boolean isTunnel = line.startsWith("CONNECT ");
      URI origin = URI.create(isTunnel ? "http://" + target : target);
      try (Socket server = new Socket(origin.getHost(), origin.getPort())) {
        server.setTcpNoDelay(true);
        open.add(server);
        if (isTunnel) {
          say(client, "HTTP/1.1 200 Connection established\r\n\r\n");
        } else {
          say(server, head);
        }
        daemon(() -> server.getInputStream().transferTo(client.getOutputStream()));
        client.getInputStream().transferTo(server.getOutputStream());
      }
    }
  }

  private static void say(Socket to, String text) throws IOException {
    OutputStream out = to.getOutputStream();
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Byte by byte, so that nothing of what comes after it is taken. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("closed");
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.US_ASCII);
  }

  Proxy proxy() {
    return new Proxy(
        Proxy.Type.HTTP, new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()));
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The first request line of each connection. */
  List<String> requestLines() {
    return requestLines;
  }

  /** Afterwards it refuses: the kernel listens for as long as a thread is in an accept. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      accepts.join(10_000);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    for (Socket each : open) {
      each.close();
    }
  }
}
