package io.trunkline.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets system calls of libtrunkline.so fail, the JVM's own not: {@code src/test/c/fault.c}, which
 * the JVM has to have preloaded.
 */
public final class Faults {
  private Faults() {}

  /** Binds the methods to the library that was preloaded from there. */
  public static void load(Path library) {
    System.load(library.toAbsolutePath().toString());
  }

  /**
   * Lets some calls pass, then has some fail.
   *
   * @param call the only call that counts, null for all
   * @param error errno; 0 to count calls only
   * @param thisThreadOnly whether calls of other threads pass uncounted
   */
  public static native void arm(
      String call, int pass, int times, int error, boolean thisThreadOnly);

  /** From now on all pass; how many failed. */
  public static native int disarm();

  private static native String call(int index);

  /** The calls since it was armed, in order. */
  public static List<String> calls() {
    List<String> calls = new ArrayList<>();
    for (String call = call(0); call != null; call = call(calls.size())) {
      calls.add(call);
    }
    return calls;
  }
}
