package io.trunkline.samples.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** What the servers of the second process do with a connection. */
final class PeerHandlers {
  /** Of the body of each HTTP answer. */
  static final int BODY_BYTES = 1_024;

  private static final byte[] HTTP_ANSWER = httpAnswer();

  private PeerHandlers() {}

  /** Sends back what comes. */
  static void echo(Socket socket) throws IOException {
    InputStream input = socket.getInputStream();
    OutputStream output = socket.getOutputStream();
    byte[] buffer = new byte[4_096];
    for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
      output.write(buffer, 0, count);
    }
  }

  /** Answers each request head with 200 and keeps the connection: HTTP/1.1 with keep-alive. */
  static void http(Socket socket) throws IOException {
    InputStream input = socket.getInputStream();
    OutputStream output = socket.getOutputStream();
    byte[] buffer = new byte[4_096];
    int lineEnds = 0;
    for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
      for (int i = 0; i < count; i++) {
        if (buffer[i] == '\n') {
          lineEnds++;
        } else if (buffer[i] != '\r') {
          lineEnds = 0;
        }
        if (lineEnds == 2) {
          lineEnds = 0;
          output.write(HTTP_ANSWER);
        }
      }
    }
  }

  /** Sends half of the answer, then drops the connection with a RST. */
  static void reset(Socket socket) throws IOException {
    byte[] request = new byte[64];
    int count = socket.getInputStream().readNBytes(request, 0, request.length);
    socket.getOutputStream().write(request, 0, count / 2);
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static byte[] httpAnswer() {
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n";
    return (head + "x".repeat(BODY_BYTES)).getBytes(StandardCharsets.US_ASCII);
  }
}
