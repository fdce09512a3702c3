package io.trunkline.netns;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/1.1 server that does what the path of a request says, plain and over TLS, on ports of its
 * own for each test; and on some ports does not even come to a request.
 *
 * <pre>
 * /ok               answers
 * /late             answers after half a second
 * /silent           never answers
 * /rst  /fin        resets, or closes, instead of an answer
 * /rst-in-head      the same in the head of the answer
 * /rst-in-body  /fin-in-body
 * /cut              ends the TCP connection under TLS instead of an answer, without a goodbye
 * /rst-after  /half-close-after  /unasked-after     what comes 20 ms after the answer
 * </pre>
 *
 * <p>Arguments: key store, its password. The line {@code forget PORT} resets all connections of a
 * port.
 */
public final class HttpPeerMain {
  static final int PLAIN = 7400;
  static final int TLS = 7450;

  /** Ports of each of the two. */
  static final int COUNT = 30;

  /** What happens to a connection before a request. */
  enum Early {
    RST_AT_ACCEPT(7490),
    FIN_AT_ACCEPT(7491),
    RST_IN_TLS(7492),
    FIN_IN_TLS(7493),
    SILENT_IN_TLS(7494),
    DRIP_IN_TLS(7495);

    final int port;

    Early(int port) {
      this.port = port;
    }
  }

  private static final byte[] OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(US_ASCII);
  private static final byte[] HALF_HEAD = "HTTP/1.1 200 OK\r\nContent-Le".getBytes(US_ASCII);
  private static final byte[] HALF_BODY =
      "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it".getBytes(US_ASCII);

  /** A record of a handshake of 16,384 bytes, of which few ever come. */
  private static final byte[] RECORD = {22, 3, 3, 64, 0, 2, 0, 63, (byte) 252};

  private final SSLContext context;
  private final Map<Integer, Set<Socket>> open = new ConcurrentHashMap<>();

  private HttpPeerMain(SSLContext context) {
    this.context = context;
  }

  public static void main(String[] args) throws Exception {
    HttpPeerMain peer = new HttpPeerMain(TlsEchoMain.context(args[0], args[1].toCharArray()));
    for (int i = 0; i < COUNT; i++) {
      peer.listen(PLAIN + i, accepted -> peer.serve(accepted, accepted));
      peer.listen(TLS + i, accepted -> peer.serve(accepted, peer.secured(accepted)));
    }
    for (Early each : Early.values()) {
      peer.listen(each.port, accepted -> early(each, accepted));
    }
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      for (Socket each : peer.open.getOrDefault(Integer.valueOf(line.split(" ")[1]), Set.of())) {
        reset(each);
      }
      System.out.println("done");
    }
    System.exit(0);
  }

  private interface Work {
    void run(Socket accepted) throws IOException, InterruptedException;
  }

  /** The same server in this JVM, on any port of an address, until the listener is closed. */
  static ServerSocket listen(SSLContext context, InetAddress address, boolean tls)
      throws IOException {
    HttpPeerMain peer = new HttpPeerMain(context);
    ServerSocket listener = new ServerSocket(0, 200, address);
    peer.serve(listener, accepted -> peer.serve(accepted, tls ? peer.secured(accepted) : accepted));
    return listener;
  }

  private void listen(int port, Work work) throws IOException {
    serve(new ServerSocket(port, 200), work);
  }

  private void serve(ServerSocket listener, Work work) {
    Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    open.put(listener.getLocalPort(), sockets);
    daemon(
        () -> {
          for (; ; ) {
            Socket accepted = listener.accept();
            sockets.add(accepted);
            daemon(
                () -> {
                  try (accepted) {
                    work.run(accepted);
                  } finally {
                    sockets.remove(accepted);
                  }
                });
          }
        });
  }

  private SSLSocket secured(Socket accepted) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(accepted, "client", accepted.getPort(), true);
    socket.setUseClientMode(false);
    return socket;
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void early(Early what, Socket accepted) throws IOException, InterruptedException {
    switch (what) {
      case RST_AT_ACCEPT -> {
        Thread.sleep(20); // the client knows by then that it is connected
        reset(accepted);
      }
      case FIN_AT_ACCEPT -> {
        accepted.shutdownOutput();
        untilTheClientLeaves(accepted);
      }
      case RST_IN_TLS -> {
        hello(accepted);
        reset(accepted);
      }
      case FIN_IN_TLS -> hello(accepted);
      case SILENT_IN_TLS -> untilTheClientLeaves(accepted);
      case DRIP_IN_TLS -> {
        hello(accepted);
        accepted.getOutputStream().write(RECORD);
        drip(accepted.getOutputStream());
      }
    }
  }

  /** Takes the ClientHello: else a close would be a reset. */
  private static void hello(Socket accepted) throws IOException {
    accepted.getInputStream().read(new byte[8_192]);
  }

  private static void untilTheClientLeaves(Socket accepted) throws IOException {
    byte[] buffer = new byte[8_192];
    while (accepted.getInputStream().read(buffer) >= 0) {
      // Whatever it sends.
    }
  }

  private static void drip(OutputStream out) throws IOException, InterruptedException {
    for (; ; ) {
      out.write('x');
      out.flush();
      Thread.sleep(50);
    }
  }

  // ---- requests ----

  private void serve(Socket tcp, Socket socket) throws IOException, InterruptedException {
    tcp.setTcpNoDelay(true);
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    for (String head = head(in); !head.isEmpty(); head = head(in)) {
      in.skipNBytes(bodyLength(head));
      String path = head.split(" ")[1];
      switch (path) {
        case "/ok", "/rst-after", "/half-close-after", "/unasked-after" -> out.write(OK);
        case "/late" -> {
          Thread.sleep(500);
          out.write(OK);
        }
        case "/silent" -> untilTheClientLeaves(tcp);
        case "/rst-in-head" -> out.write(HALF_HEAD);
        case "/rst-in-body", "/fin-in-body" -> out.write(HALF_BODY);
        case "/rst", "/fin", "/cut" -> {
          // No answer.
        }
        default -> throw new IOException(path);
      }
      out.flush();
      if (!path.equals("/ok") && !path.equals("/late")) {
        then(path, tcp, socket);
        return;
      }
    }
  }

  private static void then(String path, Socket tcp, Socket socket)
      throws IOException, InterruptedException {
    Thread.sleep(20); // what was written is read first
    if (path.startsWith("/rst")) {
      reset(tcp);
    } else if (path.startsWith("/fin")) {
      socket.close();
    } else if (path.startsWith("/unasked")) {
      socket.getOutputStream().write("HTTP/1.1 408 Request Timeout\r\n".getBytes(US_ASCII));
      untilTheClientLeaves(tcp);
    } else {
      tcp.shutdownOutput();
      untilTheClientLeaves(tcp);
    }
  }

  /** Empty at the end. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static long bodyLength(String head) {
    int at = head.indexOf("Content-Length: ");
    int from = at + "Content-Length: ".length();
    return at < 0 ? 0 : Long.parseLong(head.substring(from, head.indexOf("\r\n", from)));
  }

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException | InterruptedException ended) {
                // The tests break connections; that is no news here.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
