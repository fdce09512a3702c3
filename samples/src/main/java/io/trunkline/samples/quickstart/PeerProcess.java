package io.trunkline.samples.quickstart;

import io.trunkline.net.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The second process, seen from the first. Servers in a process of their own share neither the JIT
 * nor the garbage of what is measured.
 */
final class PeerProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(15);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Pattern SPACES = Pattern.compile(" ");
  private static final String ENDED = "";

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final long[] ports;

  private PeerProcess(String mainClass, Duration limit) throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread reader = new Thread(this::readLines, "quickstart-peer-output");
    reader.setDaemon(true);
    reader.start();
    boolean started = false;
    try {
      ports = answer("ports", limit);
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  static PeerProcess start() throws IOException, InterruptedException {
    return start(PeerMain.class.getName(), START_LIMIT);
  }

  static PeerProcess start(String mainClass, Duration limit)
      throws IOException, InterruptedException {
    return new PeerProcess(mainClass, limit);
  }

  Endpoint echo() {
    return endpoint(0);
  }

  Endpoint http() {
    return endpoint(1);
  }

  /** Resets each connection in the middle of the first answer. */
  Endpoint resetting() {
    return endpoint(2);
  }

  /** An echo server whose connections {@link #closeIdle} closes. */
  Endpoint closing() {
    return endpoint(3);
  }

  /** Listens, and never accepts. */
  Endpoint neverAccepting() {
    return endpoint(4);
  }

  private Endpoint endpoint(int index) {
    return Endpoint.tcp(
        InetAddress.getLoopbackAddress().getHostAddress(), Math.toIntExact(ports[index]));
  }

  /** Handshakes that the echo server and the HTTP server have seen, in this order. */
  long[] accepted() throws IOException, InterruptedException {
    send("accepted");
    return answer("accepted", ANSWER_LIMIT);
  }

  /** Has the server close the connections of {@link #closing()}; says how many there were. */
  long closeIdle() throws IOException, InterruptedException {
    send("close-idle");
    return answer("closed", ANSWER_LIMIT)[0];
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  private void send(String command) throws IOException {
    OutputStream commands = process.getOutputStream();
    commands.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
    commands.flush();
  }

  private long[] answer(String word, Duration limit) throws IOException, InterruptedException {
    String line = lines.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw new IOException(
          "the second process, with the servers, did not answer within "
              + limit.toMillis()
              + " ms (waited for: "
              + word
              + ")");
    }
    if (line.equals(ENDED)) {
      throw new IOException(
          "the second process, with the servers, ended with exit code "
              + process.waitFor()
              + " (waited for: "
              + word
              + "); its own words, if any, are above");
    }
    List<String> words = SPACES.splitAsStream(line).toList();
    if (!words.get(0).equals(word)) {
      throw new IOException(
          "the second process, with the servers, said \"" + line + "\" instead of " + word);
    }
    return words.stream().skip(1).mapToLong(Long::parseLong).toArray();
  }

  private void readLines() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
      }
    } catch (IOException closed) {
      // By close(), or because the process died: both end the answers.
    }
    lines.add(ENDED);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
