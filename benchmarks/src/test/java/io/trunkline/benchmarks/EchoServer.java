package io.trunkline.benchmarks;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Speaks as src/main/c/echo_server.c does, so that the smoke test needs no compiler and no root.
 */
final class EchoServer implements Closeable {
  private final ServerSocket listener =
      new ServerSocket(0, 4_096, InetAddress.getLoopbackAddress());

  EchoServer() throws IOException {
    start(this::acceptAll);
  }

  int port() {
    return listener.getLocalPort();
  }

  private static void start(Runnable body) {
    Thread thread = new Thread(body, "echo-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listener.accept();
        start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private static void serve(Socket accepted) {
    try (Socket socket = accepted) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int mode = in.read();
      if (mode == Server.PLAIN) {
        in.transferTo(socket.getOutputStream());
      } else if (mode == Server.SYNC) {
        socket.getOutputStream().write('y');
      } else if (mode == Server.READY || mode == Server.WAIT || mode == Server.CROWD) {
        in.readInt();
        socket.getOutputStream().write('y');
        in.transferTo(socket.getOutputStream());
      }
    } catch (IOException clientGone) {
      // So is this thread.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
