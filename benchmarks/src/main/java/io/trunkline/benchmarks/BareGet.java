package io.trunkline.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The least that asks nginx for its 1 KiB over a connection that somebody else has opened. */
final class BareGet {
  private static final byte[] LENGTH = "\r\nContent-Length: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final byte[] request;
  private final byte[] buffer = new byte[8192];

  /**
   * @param keepAlive whether the server is to leave the connection open
   */
  BareGet(String host, boolean keepAlive) {
    String head =
        "GET / HTTP/1.1\r\nHost: " + host + (keepAlive ? "" : "\r\nConnection: close") + "\r\n\r\n";
    request = head.getBytes(StandardCharsets.US_ASCII);
  }

  /** Sends the request, reads the whole answer. */
  void run(InputStream in, OutputStream out) throws IOException {
    out.write(request, 0, request.length);
    int filled = 0;
    int end = -1;
    while (end < 0) {
      filled += read(in, filled);
      end = indexOf(END_OF_HEAD, filled);
    }
    int whole = end + END_OF_HEAD.length + length(end);
    while (filled < whole) {
      filled += read(in, filled);
    }
    if (filled != whole || buffer[9] != '2') {
      throw new IOException(
          "unexpected answer: " + new String(buffer, 0, filled, StandardCharsets.US_ASCII));
    }
  }

  private int read(InputStream in, int filled) throws IOException {
    int count = in.read(buffer, filled, buffer.length - filled);
    if (count <= 0) {
      throw new EOFException("the answer is incomplete, or longer than expected");
    }
    return count;
  }

  private int length(int endOfHead) throws IOException {
    int at = indexOf(LENGTH, endOfHead);
    if (at < 0) {
      throw new IOException("an answer without Content-Length");
    }
    int length = 0;
    for (int i = at + LENGTH.length; buffer[i] >= '0' && buffer[i] <= '9'; i++) {
      length = length * 10 + buffer[i] - '0';
    }
    return length;
  }

  private int indexOf(byte[] wanted, int filled) {
    for (int i = 0; i <= filled - wanted.length; i++) {
      int matched = 0;
      while (matched < wanted.length && buffer[i + matched] == wanted[matched]) {
        matched++;
      }
      if (matched == wanted.length) {
        return i;
      }
    }
    return -1;
  }
}
