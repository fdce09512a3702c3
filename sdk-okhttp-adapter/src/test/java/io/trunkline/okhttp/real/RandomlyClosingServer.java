package io.trunkline.okhttp.real;

import io.trunkline.testing.IdleClosingServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLSocket;

/**
 * Answers each request whose body is {@link #BODY}, closes each idle connection at a random moment,
 * and remembers when it had closed which, and the requests that it answered.
 */
final class RandomlyClosingServer implements AutoCloseable {
  static final String BODY = "the end";

  private static final byte[] ANSWER =
      "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final int mostIdleMillis;
  private final boolean tls;
  private final Collection<String> answered = new ConcurrentLinkedQueue<>();
  private final IdleClosingServer server;

  RandomlyClosingServer(int mostIdleMillis, boolean tls) throws IOException {
    this.mostIdleMillis = mostIdleMillis;
    this.tls = tls;
    server = new IdleClosingServer(this::serve);
  }

  private void serve(Socket accepted) throws IOException {
    try (Socket socket = tls ? secured(accepted) : accepted) {
      InputStream in = socket.getInputStream();
      socket.setSoTimeout(10_000); // the first request is on its way
      for (String request = request(in); !request.isEmpty(); request = request(in)) {
        answered.add(request.replaceAll("(?s).*X-Id: (\\S+).*", "$1"));
        socket.getOutputStream().write(ANSWER);
        socket.setSoTimeout(1 + ThreadLocalRandom.current().nextInt(mostIdleMillis));
      }
    }
  }

  private static Socket secured(Socket accepted) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            ServerTls.SERVER
                .sslSocketFactory()
                .createSocket(accepted, "localhost", accepted.getPort(), true);
    socket.setUseClientMode(false);
    return socket;
  }

  /** Empty at the end. A request is in no hurry once its first bytes are there. */
  private static String request(InputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    byte[] bytes = new byte[4_096];
    while (!request.toString().endsWith(BODY)) {
      int count;
      try {
        count = in.read(bytes);
      } catch (SocketTimeoutException idle) {
        if (request.length() > 0) {
          continue;
        }
        throw idle;
      }
      if (count < 0) {
        return "";
      }
      request.append(new String(bytes, 0, count, StandardCharsets.US_ASCII));
    }
    return request.toString();
  }

  int port() {
    return server.port();
  }

  /** Whether the connection had been closed at that time. */
  boolean hadClosed(int clientPort, InetAddress here, long nanos) {
    return server.hadClosed(clientPort, here, nanos);
  }

  /** The ids of the requests that it answered. */
  Collection<String> answered() {
    return answered;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
