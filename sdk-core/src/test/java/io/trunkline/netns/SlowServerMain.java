package io.trunkline.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;

/**
 * A server with a short accept queue that takes its time: one connection, a pause, the next. What
 * it has accepted it echoes at once. Until standard input ends.
 *
 * <p>Arguments: port, backlog, pause in microseconds.
 */
public final class SlowServerMain {
  private static final int STACK_BYTES = 64 * 1024;

  private SlowServerMain() {}

  public static void main(String[] args) throws IOException {
    ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    long pauseNanos = Long.parseLong(args[2]) * 1_000;
    daemon(() -> accept(listener, pauseNanos));
    warmUp(listener.getLocalPort());
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Until the end.
    }
    System.exit(0);
  }

  /** Its slowness is to be the pause, not the loading of classes. */
  private static void warmUp(int port) throws IOException {
    for (int i = 0; i < 10; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.getOutputStream().write('?');
        if (socket.getInputStream().read() != '?') {
          throw new IOException("no echo");
        }
      }
    }
  }

  private static void accept(ServerSocket listener, long pauseNanos) {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        daemon(() -> echo(socket));
        LockSupport.parkNanos(pauseNanos);
      }
    } catch (IOException broken) {
      System.err.println("accept: " + broken);
      System.exit(1);
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[512];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    } catch (IOException gone) {
      // The client closes as it likes.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(null, work, "server", STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
  }
}
