package io.trunkline.okhttp;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** HTTP/2 without TLS that answers each request with 204, and allows few streams at once. */
final class SmallHttp2Server implements AutoCloseable {
  private static final int PREFACE = 24;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int ACK = 1;
  private static final int END_STREAM_AND_HEADERS = 5;
  private static final int STATUS_204 = 0x89; // RFC 7541, appendix A

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int streams;
  private final int delayMillis;

  SmallHttp2Server(int streams, int delayMillis) throws IOException {
    this.streams = streams;
    this.delayMillis = delayMillis;
    daemon(this::accept);
  }

  String url() {
    return "http://localhost:" + listener.getLocalPort() + "/";
  }

  private interface Action {
    void run() throws Exception;
  }

  private static void daemon(Action action) {
    Thread thread =
        new Thread(
            () -> {
              try {
                action.run();
              } catch (Exception closed) {
                // The test has ended.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket socket = listener.accept();
      socket.setTcpNoDelay(true);
      connections.incrementAndGet();
      daemon(() -> serve(socket));
    }
  }

  private void serve(Socket socket) throws IOException {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      in.readFully(new byte[PREFACE]);
      frame(out, SETTINGS, 0, 0, 0, 3, 0, 0, 0, streams); // SETTINGS_MAX_CONCURRENT_STREAMS
      while (true) {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        if (type == SETTINGS && flags != ACK) {
          frame(out, SETTINGS, ACK, 0);
        } else if (type == HEADERS) {
          requests.incrementAndGet();
          daemon(
              () -> {
                Thread.sleep(delayMillis);
                frame(out, HEADERS, END_STREAM_AND_HEADERS, stream, STATUS_204);
              });
        } else if (type == PING && flags != ACK) {
          return;
        }
      }
    }
  }

  private static void frame(DataOutputStream out, int type, int flags, int stream, int... payload)
      throws IOException {
    byte[] frame = new byte[9 + payload.length];
    frame[2] = (byte) payload.length;
    frame[3] = (byte) type;
    frame[4] = (byte) flags;
    for (int i = 0; i < 4; i++) {
      frame[5 + i] = (byte) (stream >>> (24 - 8 * i));
    }
    for (int i = 0; i < payload.length; i++) {
      frame[9 + i] = (byte) payload[i];
    }
    synchronized (out) {
      out.write(frame);
      out.flush();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
