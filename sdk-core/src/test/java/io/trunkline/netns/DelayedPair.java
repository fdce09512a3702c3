package io.trunkline.netns;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.TestAbortedException;

/**
 * A client and a server namespace with a true round trip between them: two TUN devices, and a
 * process that holds each packet for half of it (src/test/c/delay-line.c). Addresses as in {@link
 * Lab}: the server's are {@link Lab#SERVER4}, {@link Lab#SECOND4} and {@link Lab#SERVER6}.
 *
 * <p>Where there can be no such line, the test that asks for one is skipped, with the reason.
 */
final class DelayedPair implements AutoCloseable {
  static final Path PROGRAM = Path.of("target", "c-test", "delay-line").toAbsolutePath();
  private static final int NOT_POSSIBLE = 77;

  /**
   * A server does not stand in line for a CPU behind the threads of its client. Where it may not be
   * a real-time process it does.
   */
  private static final List<String> AS_ANOTHER_MACHINE =
      List.of(
          "sh", "-c", "chrt -f 1 true 2>/dev/null && exec chrt -f 1 \"$@\"; exec \"$@\"", "server");

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Duration roundTrip;
  private final List<String> options;
  private final Thread hook = new Thread(this::remove, "remove-delayed-pair");
  private final List<Child> children = new ArrayList<>();
  private String client;
  private String server;
  private Process line;
  private BufferedReader lineOutput;

  private DelayedPair(Duration roundTrip, List<String> options) {
    this.roundTrip = roundTrip;
    this.options = options;
  }

  /**
   * A new pair.
   *
   * @param roundTrip what a SYN takes to be answered, to the microsecond
   * @param options more words for delay-line, such as "--loss", "1"
   * @throws TestAbortedException if this user or machine cannot have one
   */
  static DelayedPair open(Duration roundTrip, String... options) {
    requireProgram();
    DelayedPair pair = new DelayedPair(roundTrip, List.of(options));
    Runtime.getRuntime().addShutdownHook(pair.hook);
    try {
      pair.build();
      return pair;
    } catch (RuntimeException | IOException failed) {
      pair.close();
      if (failed instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new UncheckedIOException((IOException) failed);
    }
  }

  /** Skips the test, with the reason, where the build could not make the program. */
  static void requireProgram() {
    if (!Files.isExecutable(PROGRAM)) {
      throw new TestAbortedException(
          PROGRAM + " is not there: the build makes it where it makes the native library");
    }
  }

  private void build() throws IOException {
    // Two at a time have different names, and letters only.
    String number = Character.toString('a' + NUMBER.getAndIncrement() % 26);
    client = Namespaces.add("dc" + number);
    server = Namespaces.add("ds" + number);
    startLine();
    Namespaces.ip(
        client,
        """
        addr add 192.0.2.1/24 dev delay0
        addr add 2001:db8::1/64 dev delay0 nodad
        """);
    Namespaces.ip(
        server,
        """
        addr add 192.0.2.2/24 dev delay0
        addr add 192.0.2.3/24 dev delay0
        addr add 2001:db8::2/64 dev delay0 nodad
        """);
  }

  private void startLine() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PROGRAM.toString());
    command.add("--delay");
    command.add(Long.toString(TimeUnit.NANOSECONDS.toMicros(roundTrip.toNanos()) / 2));
    command.addAll(options);
    command.add(client);
    command.add(server);
    line = new ProcessBuilder(command).redirectErrorStream(true).start();
    lineOutput =
        new BufferedReader(new InputStreamReader(line.getInputStream(), StandardCharsets.UTF_8));
    String said = lineOutput.readLine();
    if ("ready".equals(said)) {
      return;
    }
    try {
      if (line.waitFor(3, TimeUnit.SECONDS) && line.exitValue() == NOT_POSSIBLE) {
        throw new TestAbortedException(said);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    throw new IllegalStateException("no line with a delay: " + said);
  }

  /**
   * Has the kernels of both sides use TCP Fast Open (net.ipv4.tcp_fastopen): the client if it is
   * asked to, the server on each socket that listens from now on, whoever opened it.
   */
  void allowFastOpen() {
    Namespaces.sysctl(client, "ipv4/tcp_fastopen", "1");
    Namespaces.sysctl(server, "ipv4/tcp_fastopen", Integer.toString(2 | 0x400));
  }

  Duration roundTrip() {
    return roundTrip;
  }

  /** The name of the client's namespace. */
  String client() {
    return client;
  }

  /** The name of the server's namespace. */
  String server() {
    return server;
  }

  /** Starts a JVM in the client's namespace; it ends with this pair. */
  Child inClient(Class<?> main, String... arguments) {
    return inClient(List.of(), main, arguments);
  }

  /** The same with more options for the JVM. */
  Child inClient(List<String> options, Class<?> main, String... arguments) {
    List<String> prefix = List.of("ip", "netns", "exec", client);
    return keep(Child.start(prefix, options, main, arguments));
  }

  /** Starts a JVM in the server's namespace, waits until it is ready; it ends with this pair. */
  Child inServer(Class<?> main, String... arguments) {
    List<String> prefix = new ArrayList<>(List.of("ip", "netns", "exec", server));
    prefix.addAll(AS_ANOTHER_MACHINE);
    Child child = keep(Child.start(prefix, main, arguments));
    child.awaitReady();
    return child;
  }

  private synchronized Child keep(Child child) {
    children.add(child);
    return child;
  }

  /** What the line has counted in each direction: packets passed, lost, how late it was. */
  String counts() {
    try {
      line.getOutputStream().write('\n');
      line.getOutputStream().flush();
      return lineOutput.readLine();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Takes the CPU from the line, as a busy machine may, until {@link #goOn}. */
  void pause() {
    Namespaces.run("kill", "-STOP", Long.toString(line.pid()));
  }

  void goOn() {
    Namespaces.run("kill", "-CONT", Long.toString(line.pid()));
  }

  @Override
  public void close() {
    remove();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  /** Processes first: a namespace lives as long as a process is in it. */
  private synchronized void remove() {
    children.forEach(Child::close);
    children.clear();
    if (line != null) {
      line.destroyForcibly(); // one that is paused hears nothing else
      line = null;
    }
    if (client != null) {
      Namespaces.remove(client);
    }
    if (server != null) {
      Namespaces.remove(server);
    }
  }
}
