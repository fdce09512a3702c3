package io.trunkline.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a main class on the JDK and class path of the test, in a process of its own; under {@code
 * -Xcheck:jni} if the test is.
 */
public final class ChildJvm {

  private final Class<?> main;
  private final List<String> options = new ArrayList<>();
  private String classPath = System.getProperty("java.class.path");
  private String shellPrefix = "";
  private long limitSeconds = 40;

  private ChildJvm(Class<?> main) {
    this.main = main;
  }

  public static ChildJvm of(Class<?> main) {
    return new ChildJvm(main);
  }

  public ChildJvm option(String option) {
    options.add(option);
    return this;
  }

  /** What it runs counts as covered by the tests. */
  public ChildJvm measured() {
    options.addAll(Coverage.options());
    return this;
  }

  public ChildJvm classPath(String value) {
    classPath = value;
    return this;
  }

  /** How long it may run, if not 40 seconds. */
  public ChildJvm limitSeconds(long value) {
    limitSeconds = value;
    return this;
  }

  /** A library to load before all others, as {@code LD_PRELOAD} does. */
  public ChildJvm preload(Path library) {
    return after("export LD_PRELOAD='" + library + "'");
  }

  /** A shell command to run before it in the same process, such as {@code ulimit -n 64}. */
  public ChildJvm after(String command) {
    shellPrefix += command + " && ";
    return this;
  }

  /**
   * Waits for its end, with a bound, and returns what it said.
   *
   * @throws AssertionError if it does not end, or used JNI wrongly
   */
  public Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", shellPrefix + "exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
    command.addAll(CheckedJni.options());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("child-jvm-", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(new File("/dev/null"))
              .start();
      boolean ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor(limitSeconds, TimeUnit.SECONDS);
      }
      String said = Files.readString(output, StandardCharsets.UTF_8);
      if (!ended) {
        throw new AssertionError("still running after " + limitSeconds + " s:\n" + said);
      }
      CheckedJni.lookThrough(said);
      return new Result(process.exitValue(), said);
    } catch (IOException cannotStart) {
      throw new IllegalStateException(cannotStart);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /**
   * How it ended.
   *
   * @param exitCode 0 if its main method returned
   * @param output standard output and error
   */
  public record Result(int exitCode, String output) {
    /** The output of one that ended well; an AssertionError with the output otherwise. */
    public String successful() {
      if (exitCode != 0) {
        throw new AssertionError("exit code " + exitCode + ":\n" + output);
      }
      return output;
    }
  }
}
