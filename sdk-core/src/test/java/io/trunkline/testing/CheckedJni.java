package io.trunkline.testing;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Has child JVMs checked by {@code -Xcheck:jni} where this one is, and finds in their output what
 * that says of native methods of ours. It says it on standard output: a line, and below it the
 * frames, of which the first is the native method. It has something to say of the JDK as well.
 *
 * <p>For the output of one JVM, line by line, on one thread.
 */
public final class CheckedJni {
  private static final String OPTION = "-Xcheck:jni";
  private static final Pattern WARNING =
      Pattern.compile("(WARNING|FATAL ERROR) in native method|WARNING: JNI");
  private static final Pattern FRAME = Pattern.compile("^\\s+(at|-) ");

  /** The warning whose frames are to come, or empty. */
  private String warning = "";

  private boolean inFrames;
  private String ours = "";

  /** The option where this JVM has it. */
  public static List<String> options() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(OPTION::equals)
        .toList();
  }

  /**
   * Looks through all that a JVM said.
   *
   * @throws AssertionError with the output if something was said of a method of ours
   */
  static void lookThrough(String output) {
    CheckedJni check = new CheckedJni();
    output.lines().forEach(check::takes);
    if (!check.ours.isEmpty()) {
      throw new AssertionError(OPTION + ": " + check.ours + "\n\nin:\n" + output);
    }
  }

  /** Whether the next line is of a warning, so that the program did not write it. */
  public boolean takes(String line) {
    if (WARNING.matcher(line).find()) {
      warning = line;
      inFrames = true;
      return true;
    }
    inFrames &= FRAME.matcher(line).find();
    if (inFrames && !warning.isEmpty()) {
      if (line.strip().startsWith("at io.trunkline.")) {
        ours += warning + "\n" + line + "\n";
      }
      warning = ""; // the frames below the first are of its callers
    }
    return inFrames;
  }

  /**
   * Looks at the lines so far.
   *
   * @throws AssertionError if something was said of a method of ours
   */
  public void throwIfOurs() {
    if (!ours.isEmpty()) {
      throw new AssertionError(OPTION + ": " + ours);
    }
  }
}
