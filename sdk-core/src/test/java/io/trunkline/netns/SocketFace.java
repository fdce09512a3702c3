package io.trunkline.netns;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;

/** HTTP/1.1 by hand, over connections that somebody else opens and keeps. */
abstract class SocketFace implements Face {
  private static final int BLOCK = 64 * 1_024;

  /** A connection for one exchange. */
  interface Connection {
    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    int localPort();

    /** It may serve again. */
    void keep();

    void close();
  }

  abstract Connection open(URI url) throws IOException;

  static String host(URI url) {
    return url.getHost().replace("[", "").replace("]", "");
  }

  static boolean isTls(URI url) {
    return url.getScheme().equals("https");
  }

  @Override
  public final int exchange(URI url, int bodyBytes) throws IOException {
    Connection connection = open(url);
    boolean done = false;
    try {
      send(connection.output(), url, bodyBytes);
      receive(connection.input());
      done = true;
      return connection.localPort();
    } finally {
      if (done) {
        connection.keep();
      } else {
        connection.close();
      }
    }
  }

  private static void send(OutputStream output, URI url, int bodyBytes) throws IOException {
    String head =
        (bodyBytes < 0 ? "GET " : "POST ")
            + url.getPath()
            + " HTTP/1.1\r\nHost: "
            + url.getAuthority()
            + (bodyBytes < 0 ? "" : "\r\nContent-Length: " + bodyBytes)
            + "\r\n\r\n";
    output.write(head.getBytes(US_ASCII));
    for (int left = bodyBytes; left > 0; left -= BLOCK) {
      output.write(new byte[Math.min(left, BLOCK)]);
    }
    output.flush();
  }

  /** An end in the middle is in good order for a socket; only HTTP knows that it is none. */
  private static void receive(InputStream input) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) next(input));
    }
    int at = head.indexOf("Content-Length: ") + "Content-Length: ".length();
    int length = Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)));
    for (int i = 0; i < length; i++) {
      next(input);
    }
  }

  private static int next(InputStream input) throws IOException {
    int value = input.read();
    if (value < 0) {
      throw new EOFException("the peer closed");
    }
    return value;
  }
}
