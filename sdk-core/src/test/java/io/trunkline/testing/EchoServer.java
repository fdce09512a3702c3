package io.trunkline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Sends back what it gets, on a thread for each connection; half closes when its peer does. */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1_024;

  private final ServerSocket listener;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  public EchoServer() throws IOException {
    this(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  public EchoServer(InetAddress address) throws IOException {
    this(new ServerSocket(0, BACKLOG, address));
  }

  /** Takes over the listener, which may be one for TLS. */
  public EchoServer(ServerSocket listener) {
    this.listener = listener;
    daemon(this::acceptAll, "echo-accept");
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private void acceptAll() {
    try {
      for (; ; ) {
        Socket accepted = listener.accept();
        connections.add(accepted);
        daemon(() -> echo(accepted), "echo");
      }
    } catch (IOException closed) {
      // The end of the server.
    }
  }

  private void echo(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] bytes = new byte[64 * 1024];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
        out.flush();
      }
    } catch (IOException gone) {
      // The peer has what it wanted.
    } finally {
      connections.remove(socket);
    }
  }

  private static void daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }
}
