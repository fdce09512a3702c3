package io.trunkline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A real server as a child process, in a temporary directory of its own, on loopback. */
public final class ServerProcess implements AutoCloseable {
  private static final int LIMIT_SECONDS = 30;

  private final String name;
  private final Path directory;
  private final Path log;
  private Process process;

  public ServerProcess(String name) throws IOException {
    this.name = name;
    this.directory = Files.createTempDirectory("trunkline-" + name + "-");
    this.log = Files.createTempFile("trunkline-" + name + "-", ".log");
  }

  /** The path of a program; without it the test is skipped, and says how to get it. */
  public static Path program(String name, String debianPackage, List<Path> directories) {
    return directories.stream()
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(
            () ->
                Assumptions.abort(
                    name + " is not installed (Debian: apt-get install " + debianPackage + ")"));
  }

  /** Where Debian puts programs; not all are in everybody's path. */
  public static List<Path> systemDirectories() {
    return List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/usr/local/bin"));
  }

  /** Nobody's when it was asked for. */
  public static int freePort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      return listener.getLocalPort();
    }
  }

  public static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  public Path directory() {
    return directory;
  }

  /** Runs a command to its end, with a bound. */
  public void run(List<String> command) throws Exception {
    Process started = launch(command);
    if (!started.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || started.exitValue() != 0) {
      started.destroyForcibly();
      throw new IllegalStateException(command + " failed:\n" + said());
    }
  }

  /** Starts the server and waits until it listens. */
  public void start(List<String> command, int... ports) throws Exception {
    process = launch(command);
    for (int port : ports) {
      awaitListening(port);
    }
  }

  private Process launch(List<String> command) throws IOException {
    return new ProcessBuilder(new ArrayList<>(command))
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .redirectInput(Path.of("/dev/null").toFile())
        .start();
  }

  private void awaitListening(int port) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IllegalStateException(name + " does not listen on " + port + ":\n" + said());
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Waits until its output holds a text: it may listen before it serves. */
  public void awaitSaying(String text) throws Exception {
    Await.until(
        name + " says: " + text, Duration.ofSeconds(LIMIT_SECONDS), () -> said().contains(text));
  }

  private static boolean listens(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(loopback(), port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private String said() {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /** Ends it with a signal, and waits until it has ended; the directory stays. */
  public void stop(String signal) throws Exception {
    if (process != null) {
      run(List.of("kill", "-s", signal, Long.toString(process.pid())));
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      }
      process = null;
    }
  }

  @Override
  public void close() throws Exception {
    stop("TERM");
    Files.deleteIfExists(log);
    try (Stream<Path> all = Files.walk(directory)) {
      all.sorted(Comparator.reverseOrder()).forEach(ServerProcess::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
