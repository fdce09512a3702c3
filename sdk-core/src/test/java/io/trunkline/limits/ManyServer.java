package io.trunkline.limits;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

/**
 * Echoes on any number of connections with one thread, on ten addresses of the loopback and the
 * same port of each. Whoever sends {@link #END_ALL} has it close all connections.
 */
final class ManyServer implements AutoCloseable {
  static final int ADDRESSES = 10;
  static final byte END_ALL = 'X';

  private static final int BACKLOG = 4_096;

  private final Selector selector = Selector.open();
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(4_096);
  private final Thread thread = new Thread(this::serve, "many-server");
  private final int port;

  ManyServer() throws IOException {
    int first = 0;
    for (int i = 0; i < ADDRESSES; i++) {
      ServerSocketChannel listener = ServerSocketChannel.open();
      listener.bind(new InetSocketAddress(address(i), first), BACKLOG);
      first = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
    }
    port = first;
    thread.setDaemon(true);
    thread.start();
  }

  static InetAddress address(int number) throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (1 + number)});
  }

  int port() {
    return port;
  }

  private void serve() {
    try {
      while (selector.isOpen()) {
        selector.select();
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
          SelectionKey key = keys.next();
          keys.remove();
          if (key.isValid() && key.isAcceptable()) {
            accept((ServerSocketChannel) key.channel());
          } else if (key.isValid()) {
            echo((SocketChannel) key.channel());
          }
        }
      }
    } catch (IOException | RuntimeException closed) {
      // The end of the server.
    }
  }

  private void accept(ServerSocketChannel listener) throws IOException {
    for (SocketChannel each = listener.accept(); each != null; each = listener.accept()) {
      each.configureBlocking(false);
      each.register(selector, SelectionKey.OP_READ);
    }
  }

  private void echo(SocketChannel channel) throws IOException {
    try {
      bytes.clear();
      int count = channel.read(bytes);
      if (count < 0) {
        channel.close();
      } else if (count > 0 && bytes.get(0) == END_ALL) {
        endAll();
      } else {
        channel.write(bytes.flip()); // a few bytes always fit
      }
    } catch (IOException gone) {
      channel.close();
    }
  }

  private void endAll() throws IOException {
    for (SelectionKey each : selector.keys()) {
      if (each.channel() instanceof SocketChannel connection) {
        connection.close();
      }
    }
  }

  @Override
  public void close() throws Exception {
    for (SelectionKey each : selector.keys()) {
      each.channel().close();
    }
    selector.close();
    thread.join(10_000);
  }
}
