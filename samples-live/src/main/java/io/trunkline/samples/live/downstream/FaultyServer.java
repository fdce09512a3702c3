package io.trunkline.samples.live.downstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A small HTTP/1.1 server on loopback that keeps connections alive, and breaks for real when it is
 * told to: what its clients see comes from the kernel. Thread-safe.
 */
public final class FaultyServer implements AutoCloseable {
  private static final int BACKLOG = 16;
  private static final int MORE_THAN_THE_QUEUE_TAKES = 4 * BACKLOG;
  private static final int FULL_AFTER_MILLIS = 150;
  private static final int LONGEST_ACCEPT_MILLIS = 5_000;

  private final String name;
  private final InetSocketAddress address;
  private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();
  private final List<Socket> fillers = new ArrayList<>();
  // Held by whoever changes the behaviour; threads of connections only read.
  private final Object changing = new Object();

  private volatile Behaviour behaviour = Behaviour.WELL;
  private ServerSocket listener;
  private Thread accepting;

  /**
   * @param name what it calls itself in its answers
   */
  public FaultyServer(String name, int port) {
    this.name = name;
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Begins to listen. */
  public void open() throws IOException {
    synchronized (changing) {
      listen();
    }
  }

  /** How it behaves now. */
  public Behaviour behaviour() {
    return behaviour;
  }

  /** Behaves differently from now on; when this returns, it does. */
  public void behave(Behaviour next) throws IOException {
    synchronized (changing) {
      if (next == behaviour) {
        return;
      }
      empty();
      behaviour = next;
      switch (next) {
        case REFUSE -> {
          hangUp();
          closeAll();
        }
        case SILENT -> {
          listen();
          fill();
        }
        default -> listen();
      }
    }
  }

  /**
   * Closes the connections that wait for a request, as a server does after its idle timeout.
   *
   * @return how many
   */
  public int closeIdle() {
    int closed = 0;
    for (ServerConnection each : connections) {
      closed += each.closeIfIdle() ? 1 : 0;
    }
    return closed;
  }

  @Override
  public void close() throws IOException {
    synchronized (changing) {
      empty();
      hangUp();
      closeAll();
    }
  }

  private void listen() throws IOException {
    if (listener != null) {
      return;
    }
    ServerSocket opened = new ServerSocket();
    try {
      opened.setReuseAddress(true); // connections of before may be in TIME_WAIT
      opened.bind(address, BACKLOG);
    } catch (IOException failed) {
      opened.close();
      throw failed;
    }
    listener = opened;
    accepting = start("accept", () -> accept(opened));
  }

  /** The kernel listens for as long as a thread is in an accept. */
  private void hangUp() throws IOException {
    if (listener != null) {
      listener.close();
      listener = null;
      try {
        accepting.join(LONGEST_ACCEPT_MILLIS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void closeAll() {
    connections.forEach(ServerConnection::close);
  }

  /**
   * Connections of its own that nobody accepts: once they fill the queue, the kernel drops SYNs.
   */
  private void fill() throws IOException {
    while (fillers.size() < MORE_THAN_THE_QUEUE_TAKES) {
      Socket filler = new Socket();
      try {
        filler.connect(address, FULL_AFTER_MILLIS);
        fillers.add(filler);
      } catch (SocketTimeoutException full) {
        filler.close();
        return;
      }
    }
  }

  private void empty() throws IOException {
    for (Socket each : fillers) {
      each.close();
    }
    fillers.clear();
  }

  private void accept(ServerSocket from) {
    while (!from.isClosed()) {
      try {
        Socket socket = from.accept();
        while (behaviour == Behaviour.SILENT && !from.isClosed()) {
          Thread.sleep(10); // this one is accepted; those behind it are not
        }
        serve(socket);
      } catch (IOException closed) {
        // Told to stop; or one connection was gone before it was accepted.
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    ServerConnection connection = new ServerConnection(socket, name, () -> behaviour);
    connections.add(connection);
    start(
        "connection",
        () -> {
          try {
            connection.serve();
          } finally {
            connections.remove(connection);
          }
        });
    if (behaviour == Behaviour.REFUSE) {
      connection.close(); // it came in while all others were closed
    }
  }

  private Thread start(String what, Runnable task) {
    Thread thread = new Thread(task, name + " " + what);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
