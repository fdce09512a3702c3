package io.trunkline.samples.live.downstream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** One client's connection: requests without a body, one after the other. */
final class ServerConnection {
  private static final int SLOW_MILLIS = 700;
  private static final int HEAD_LIMIT = 16 * 1024;

  private final Socket socket;
  private final String name;
  private final Supplier<Behaviour> behaviour;
  private final AtomicBoolean idle = new AtomicBoolean(true);

  ServerConnection(Socket socket, String name, Supplier<Behaviour> behaviour) {
    this.socket = socket;
    this.name = name;
    this.behaviour = behaviour;
  }

  /** Until either side closes. */
  void serve() {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (long served = 1; readHead(in); served++) {
        if (!answer(in, out, served)) {
          return;
        }
        idle.set(true);
      }
    } catch (IOException gone) {
      // The client, or a button of the page, has closed it.
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether there is a request; what it asks for does not matter here. */
  private boolean readHead(InputStream in) throws IOException {
    int matched = 0;
    for (int size = 0; size < HEAD_LIMIT; size++) {
      int next = in.read();
      if (size == 0 && !(isMethod(next) && idle.compareAndSet(true, false))) {
        return false; // its end, or TLS, or it is closed as an idle one right now
      }
      if (next < 0) {
        return false;
      }
      boolean isEnd = next == (matched % 2 == 0 ? '\r' : '\n');
      matched = isEnd ? matched + 1 : next == '\r' ? 1 : 0;
      if (matched == 4) {
        return true;
      }
    }
    return false;
  }

  private static boolean isMethod(int first) {
    return first >= 'A' && first <= 'Z';
  }

  /** Whether another request may follow. */
  private boolean answer(InputStream in, OutputStream out, long served)
      throws IOException, InterruptedException {
    switch (behaviour.get()) {
      case RESET -> {
        socket.setSoLinger(true, 0); // close() sends a RST
        return false;
      }
      case SILENT -> {
        in.transferTo(OutputStream.nullOutputStream()); // until the client has had enough
        return false;
      }
      case SLOW -> Thread.sleep(SLOW_MILLIS);
      default -> Thread.sleep(ThreadLocalRandom.current().nextInt(2, 9));
    }
    out.write(response(served));
    out.flush();
    return true;
  }

  private byte[] response(long served) {
    String body = "{\"from\":\"%s\",\"requestOnThisConnection\":%d}".formatted(name, served);
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(body.length());
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether it was idle, and is closed now. */
  boolean closeIfIdle() {
    boolean wasIdle = idle.compareAndSet(true, false);
    if (wasIdle) {
      close();
    }
    return wasIdle;
  }

  void close() {
    try {
      socket.close();
    } catch (IOException nothingLeftToDo) {
      // It is closed as far as it can be.
    }
  }
}
