package io.trunkline.netns;

import io.trunkline.testing.CheckedJni;
import io.trunkline.testing.Coverage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM in a namespace that answers lines with lines, and ends when its standard input does, so
 * none outlives the tests.
 */
final class Child implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final CheckedJni jni = new CheckedJni();

  private Child(Process process) {
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static Child start(String namespace, Class<?> main, String... arguments) {
    return start(List.of("ip", "netns", "exec", namespace), main, arguments);
  }

  /** Starts the JVM with a command before it, which may be empty. */
  static Child start(List<String> prefix, Class<?> main, String... arguments) {
    return start(prefix, List.of(), main, arguments);
  }

  /** The same with more options for the JVM. */
  static Child start(
      List<String> prefix, List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path")));
    command.addAll(Coverage.options());
    command.addAll(CheckedJni.options());
    command.addAll(options);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    try {
      return new Child(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the first line of a child that says when it may be used. */
  void awaitReady() {
    String said = readLine();
    if (!"ready".equals(said)) {
      throw new IllegalStateException("the child did not start: " + said);
    }
  }

  void send(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The next answer; null at the end. What -Xcheck:jni says comes in between, and is none. */
  String readLine() {
    try {
      String line = answers.readLine();
      while (line != null && jni.takes(line)) {
        line = answers.readLine();
      }
      jni.throwIfOurs();
      return line;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  String ask(String line) {
    send(line);
    String answer = readLine();
    if (answer == null) {
      throw new IllegalStateException("the child ended at: " + line);
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(3, TimeUnit.SECONDS);
      }
      if (!CheckedJni.options().isEmpty()) {
        answers.lines().forEach(jni::takes); // what nobody has read
      }
    } catch (IOException | UncheckedIOException | InterruptedException ended) {
      process.destroyForcibly();
    }
    jni.throwIfOurs();
  }
}
