package io.trunkline.observe;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What a piece of code logs, through slf4j-simple, which writes to System.err. */
public final class CapturedLog {
  private CapturedLog() {}

  /** What was logged while the action ran, by any thread. */
  public static String of(Runnable action) {
    PrintStream real = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      action.run();
    } finally {
      System.setErr(real);
    }
    return captured.toString(StandardCharsets.UTF_8);
  }
}
