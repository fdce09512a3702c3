package io.trunkline.okhttp.real;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private final ServerSocket listener = new ServerSocket(0, 200);
  private final Map<List<Object>, Long> closedNanos = new ConcurrentHashMap<>();
  private final Collection<String> answered = new ConcurrentLinkedQueue<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  RandomlyClosingServer(int mostIdleMillis, boolean tls) throws IOException {
    this.mostIdleMillis = mostIdleMillis;
    this.tls = tls;
    daemon(this::acceptAll);
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "randomly-closing-server");
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

  private void serve(Socket accepted) {
    List<Object> name = name(accepted.getPort(), accepted.getLocalAddress());
    try (accepted;
        Socket socket = tls ? secured(accepted) : accepted) {
      accepted.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      socket.setSoTimeout(10_000); // the first request is on its way
      for (String request = request(in); !request.isEmpty(); request = request(in)) {
        answered.add(request.replaceAll("(?s).*X-Id: (\\S+).*", "$1"));
        socket.getOutputStream().write(ANSWER);
        socket.setSoTimeout(1 + ThreadLocalRandom.current().nextInt(mostIdleMillis));
      }
    } catch (SocketTimeoutException idle) {
      // Closed by now, and the FIN is with the peer: this is loopback.
      closedNanos.put(name, System.nanoTime());
    } catch (IOException gone) {
      // By the client.
    } finally {
      open.remove(accepted);
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

  /** The ids of the requests that it answered. */
  Collection<String> answered() {
    return answered;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
