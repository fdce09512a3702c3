package io.trunkline.samples.quickstart;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** One request and its whole answer. */
interface Exchange {
  /** Sends the request, and reads the answer to its end. */
  void run(InputStream input, OutputStream output) throws IOException;

  /** Bytes that come back as they went. */
  static Exchange echo(int bytes) {
    byte[] request = new byte[bytes];
    byte[] answer = new byte[bytes];
    return (input, output) -> {
      output.write(request);
      if (input.readNBytes(answer, 0, bytes) < bytes) {
        throw new EOFException("the server closed in the middle of the answer");
      }
    };
  }

  /** An HTTP/1.1 GET whose answer names its Content-Length. */
  static Exchange httpGet(String host) {
    byte[] request =
        ("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    HttpAnswer answer = new HttpAnswer();
    return (input, output) -> {
      output.write(request);
      answer.read(input);
    };
  }

  /** Just enough of HTTP to know where an answer ends, and that it is one. */
  final class HttpAnswer {
    private static final String LENGTH = "content-length:";

    private final byte[] buffer = new byte[8_192];

    void read(InputStream input) throws IOException {
      int filled = 0;
      int head = -1;
      while (head < 0) {
        if (filled == buffer.length) {
          throw new IOException("the head of the answer is longer than " + filled + " bytes");
        }
        int count = input.read(buffer, filled, buffer.length - filled);
        if (count < 0) {
          throw new EOFException("the server closed in the middle of the answer");
        }
        int from = Math.max(0, filled - 3);
        filled += count;
        head = endOfHead(from, filled);
      }
      int missing = contentLength(head) - (filled - head);
      if (missing > 0) {
        input.skipNBytes(missing);
      }
    }

    private int endOfHead(int from, int to) {
      for (int i = from; i + 3 < to; i++) {
        if (buffer[i] == '\r'
            && buffer[i + 1] == '\n'
            && buffer[i + 2] == '\r'
            && buffer[i + 3] == '\n') {
          return i + 4;
        }
      }
      return -1;
    }

    private int contentLength(int head) throws IOException {
      String text = new String(buffer, 0, head, StandardCharsets.US_ASCII);
      if (!text.startsWith("HTTP/1.1 200 ")) {
        throw new IOException("not a good answer: " + text.lines().findFirst().orElse(""));
      }
      for (String line : text.lines().toList()) {
        if (line.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
          return Integer.parseInt(line.substring(LENGTH.length()).strip());
        }
      }
      throw new IOException("the answer has no Content-Length");
    }
  }
}
