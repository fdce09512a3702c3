package io.trunkline.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** The other side: servers on fixed ports, until standard input ends. */
public final class PeerMain {
  /** Echo servers on every address, one for each test that treats its connection badly. */
  static final int FIRST_ECHO = 7000;

  static final int LAST_ECHO = 7029;

  /** Listens, but nobody hears its answers. */
  static final int UNHEARD = 5101;

  /** Listens only on the second address. */
  static final int ON_SECOND = 7102;

  /** Listens only on the first address. */
  static final int ON_FIRST = 7101;

  /** Listens on every address; what comes to the first one is lost on the way. */
  static final int FIRST_IS_SILENT = 5301;

  /** The same with the second address. */
  static final int SECOND_IS_SILENT = 5302;

  /** Its accept queue is full and stays so. */
  static final int FULL = 7200;

  /** Takes connections and never reads. */
  static final int SINK = 7300;

  private static final int FULL_BACKLOG = 1;

  private PeerMain() {}

  public static void main(String[] args) throws IOException {
    for (int port = FIRST_ECHO; port <= LAST_ECHO; port++) {
      serve(new ServerSocket(port), true);
    }
    serve(new ServerSocket(UNHEARD), true);
    serve(new ServerSocket(SINK), false);
    serve(new ServerSocket(FIRST_IS_SILENT), true);
    serve(new ServerSocket(SECOND_IS_SILENT), true);
    serve(new ServerSocket(ON_FIRST, 50, InetAddress.getByName(Lab.SERVER4)), true);
    serve(new ServerSocket(ON_SECOND, 50, InetAddress.getByName(Lab.SECOND4)), true);
    List<Socket> kept = new ArrayList<>();
    ServerSocket full = new ServerSocket(FULL, FULL_BACKLOG);
    // The kernel takes one more than the backlog (sk_acceptq_is_full).
    for (int i = 0; i <= FULL_BACKLOG; i++) {
      Socket filler = new Socket();
      filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), FULL), 2_000);
      kept.add(filler);
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Until the end.
    }
    full.close();
    System.exit(kept.isEmpty() ? 1 : 0);
  }

  private static void serve(ServerSocket listener, boolean echo) {
    daemon(
        () -> {
          for (; ; ) {
            Socket socket = listener.accept();
            if (echo) {
              daemon(() -> echo(socket));
            } else {
              KEPT.add(socket);
            }
          }
        });
  }

  private static final List<Socket> KEPT = new ArrayList<>();

  private static void echo(Socket socket) throws IOException {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException ended) {
                // The tests break connections; that is no news here.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
