package io.trunkline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A listener whose accept queue is full: the kernel drops every further SYN. */
public final class FullBacklog implements AutoCloseable {
  private static final int MOST = 16;
  private static final long ANSWERED_WITHIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final ServerSocket listener;
  private final List<SocketChannel> queued = new ArrayList<>();

  public FullBacklog() throws Exception {
    this(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  public FullBacklog(InetAddress address) throws Exception {
    listener = new ServerSocket(0, 1, address);
    while (fill()) {
      if (queued.size() > MOST) {
        throw new IllegalStateException("the accept queue takes more than " + MOST);
      }
    }
  }

  /** Whether there was room for one more. */
  private boolean fill() throws Exception {
    SocketChannel channel = SocketChannel.open();
    queued.add(channel);
    channel.configureBlocking(false);
    channel.connect(address());
    long start = System.nanoTime();
    while (!channel.finishConnect()) {
      if (System.nanoTime() - start > ANSWERED_WITHIN_NANOS) {
        channel.close();
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return true;
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Makes room, so that the next repeated SYN is answered. */
  public void acceptAll() throws IOException {
    for (SocketChannel channel : queued) {
      if (channel.isOpen()) {
        listener.accept().close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : queued) {
      channel.close();
    }
    listener.close();
  }
}
