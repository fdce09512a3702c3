package io.trunkline.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A listener whose accept queue is full: the kernel drops every further SYN. */
final class FullBacklog implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> queued = new ArrayList<>();

  FullBacklog(InetAddress address, int port) throws IOException {
    listener = new ServerSocket(port, 1, address);
    boolean hasRoom = true;
    while (hasRoom) {
      Socket filling = new Socket();
      queued.add(filling);
      hasRoom = connects(filling);
    }
  }

  private boolean connects(Socket filling) throws IOException {
    try {
      filling.connect(new InetSocketAddress(listener.getInetAddress(), port()), 200);
      return true;
    } catch (SocketTimeoutException full) {
      return false;
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket each : queued) {
      each.close();
    }
  }
}
