package io.trunkline.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends back what it gets, on a thread for each connection, which it closes when its peer half
 * closes; counts its connections, and ends them when told.
 */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1_024;
  private static final int LAST_READ_MILLIS = 100;
  private static final int LONGEST_ACCEPT_MILLIS = 10_000;

  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private final Thread accepts;
  private volatile String greeting = "";

  public EchoServer() throws IOException {
    this(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  public EchoServer(InetAddress address) throws IOException {
    this(new ServerSocket(0, BACKLOG, address));
  }

  /** Takes over the listener, which may be one for TLS. */
  public EchoServer(ServerSocket listener) {
    this.listener = listener;
    accepts = daemon(this::acceptAll, "echo-accept");
  }

  /** What it says first on each new connection. */
  public EchoServer greetingWith(String text) {
    greeting = text;
    return this;
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Of a server on 127.0.0.1, as it is by default. */
  public Endpoint endpoint() {
    return Endpoint.tcp("127.0.0.1", port());
  }

  /** How many connections came. */
  public int accepted() {
    return accepted.get();
  }

  /** How many are open. */
  public int open() {
    return open.size();
  }

  /** The most that were open at once. */
  public int mostOpen() {
    return mostOpen.get();
  }

  private void acceptAll() {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        open.add(socket);
        mostOpen.accumulateAndGet(open.size(), Math::max);
        daemon(() -> echo(socket), "echo");
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
      out.write(greeting.getBytes(US_ASCII));
      byte[] bytes = new byte[64 * 1024];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
        out.flush();
      }
    } catch (IOException gone) {
      // The peer has what it wanted.
    } finally {
      open.remove(socket);
    }
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Says something on every open connection without being asked. */
  public void sayOnAll(String text) throws IOException {
    for (Socket each : open) {
      each.getOutputStream().write(text.getBytes(US_ASCII));
    }
  }

  /** Closes every open connection in good order. */
  public void closeAll() throws IOException {
    for (Socket each : open) {
      limitReads(each);
      each.close();
    }
  }

  /** JSSE reads what it believes to be there before it closes, and another thread may have it. */
  private static void limitReads(Socket socket) {
    try {
      socket.setSoTimeout(LAST_READ_MILLIS);
    } catch (SocketException closedMeanwhile) {
      // That was the goal.
    }
  }

  /** Afterwards it refuses: the kernel listens for as long as a thread is in an accept. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      accepts.join(LONGEST_ACCEPT_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    closeAll();
  }
}
