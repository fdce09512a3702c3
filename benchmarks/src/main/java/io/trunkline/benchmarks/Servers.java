package io.trunkline.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An echo server and an nginx, each a process of its own, in one network namespace. */
final class Servers implements AutoCloseable {
  static final String LOOPBACK = "127.0.0.1";

  private final Process echo;
  private final Nginx nginx;
  private final Place place;

  /**
   * Starts them.
   *
   * @param prefix of their commands, such as taskset
   * @param programs where the echo server is
   * @param address what they listen on
   * @param trust the key store beside which there are certificate.pem and key.pem
   */
  Servers(List<String> prefix, Path programs, String address, Path trust)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(programs.resolve("echo_server").toString());
    command.add(address);
    // It ends when its standard input does, if only by our end.
    echo = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      int port = readPort();
      nginx = Nginx.start(prefix, address, trust.getParent());
      place = new Place(address, port, nginx.port(), nginx.tlsPort(), trust);
    } catch (IOException | InterruptedException failed) {
      endEcho();
      throw failed;
    }
  }

  private int readPort() throws IOException {
    String line =
        new BufferedReader(new InputStreamReader(echo.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    if (line == null) {
      throw new IOException("the echo server did not start");
    }
    return Integer.parseInt(line);
  }

  Place place() {
    return place;
  }

  private void endEcho() throws IOException, InterruptedException {
    echo.getOutputStream().close();
    if (!echo.waitFor(5, TimeUnit.SECONDS)) {
      echo.destroyForcibly();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      endEcho();
    } finally {
      nginx.close();
    }
  }
}
