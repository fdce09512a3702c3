package io.trunkline.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** Sends nothing but its letter, and counts whatever else it gets. */
final class LetterServer implements AutoCloseable {
  private final ServerSocket listener =
      new ServerSocket(0, 1_000, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  private final AtomicLong foreign = new AtomicLong();
  private final byte letter;

  LetterServer(byte letter) throws IOException {
    this.letter = letter;
    daemon(this::acceptAll);
  }

  byte letter() {
    return letter;
  }

  long foreign() {
    return foreign.get();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "letter-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll() {
    try {
      for (; ; ) {
        Socket accepted = listener.accept();
        daemon(() -> speak(accepted));
        daemon(() -> listen(accepted));
      }
    } catch (IOException closed) {
      // The end of the server.
    }
  }

  private void speak(Socket socket) {
    byte[] bytes = new byte[5_000];
    Arrays.fill(bytes, letter);
    try {
      OutputStream out = socket.getOutputStream();
      for (; ; ) {
        out.write(bytes);
      }
    } catch (IOException gone) {
      // The client has closed.
    }
  }

  private void listen(Socket socket) {
    byte[] bytes = new byte[5_000];
    try (socket) {
      InputStream in = socket.getInputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        for (int i = 0; i < count; i++) {
          if (bytes[i] != letter) {
            foreign.incrementAndGet();
          }
        }
      }
    } catch (IOException gone) {
      // The client has closed.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
