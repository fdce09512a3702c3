package io.trunkline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Does with each connection what a test says, on a thread for each; closes it after that. */
public final class ScriptedServer implements AutoCloseable {
  /** What is done with one connection. */
  @FunctionalInterface
  public interface Script<S extends Socket> {
    void play(S socket) throws Exception;
  }

  private final ServerSocket listener;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  private ScriptedServer(ServerSocket listener, Script<Socket> script) {
    this.listener = listener;
    daemon(() -> acceptAll(script));
  }

  public static ScriptedServer plain(Script<Socket> script) throws IOException {
    return on(new ServerSocket(0, 64, loopback()), script);
  }

  /** Takes over the listener. */
  public static ScriptedServer on(ServerSocket listener, Script<Socket> script) {
    return new ScriptedServer(listener, script);
  }

  /** A TLS server, whose handshake the script does, or its first read. */
  public static ScriptedServer tls(SSLContext context, Script<SSLSocket> script)
      throws IOException {
    return tls(context, listener -> {}, script);
  }

  public static ScriptedServer tls(SSLContext context, Setup setup, Script<SSLSocket> script)
      throws IOException {
    SSLServerSocket listener =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 64, loopback());
    setup.adapt(listener);
    return new ScriptedServer(listener, socket -> script.play((SSLSocket) socket));
  }

  /** Changes a listener before it accepts. */
  @FunctionalInterface
  public interface Setup {
    void adapt(SSLServerSocket listener);
  }

  /** Sends back what it gets. */
  public static void echo(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    byte[] bytes = new byte[64 * 1024];
    for (int count = socket.getInputStream().read(bytes);
        count >= 0;
        count = socket.getInputStream().read(bytes)) {
      socket.getOutputStream().write(bytes, 0, count);
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** How many connections came. */
  public int accepted() {
    return accepted.get();
  }

  private void acceptAll(Script<Socket> script) {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        connections.add(socket);
        daemon(() -> play(script, socket));
      }
    } catch (IOException closed) {
      // The end of the server.
    }
  }

  private void play(Script<Socket> script, Socket socket) {
    try (socket) {
      script.play(socket);
    } catch (Exception gone) {
      // The peer has what it wanted, or the script is about failing.
    } finally {
      connections.remove(socket);
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket connection : connections) {
      try {
        connection.setSoLinger(true, 0);
        connection.close();
      } catch (IOException closedMeanwhile) {
        // That was the goal.
      }
    }
  }
}
