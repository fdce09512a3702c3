package io.trunkline.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What the build makes of the C code for tests: {@code make for-java}. Skips what is not there. */
public final class NativeTools {
  private static final Path BUILT = Path.of("target", "c-test").toAbsolutePath();

  private NativeTools() {}

  /** The library for {@link Faults}. */
  public static Path faults() {
    return existing(BUILT.resolve("libfaults.so"));
  }

  /** The folder of a native library with AddressSanitizer and UndefinedBehaviorSanitizer in it. */
  public static Path sanitizedFolder() {
    return existing(BUILT.resolve("sanitized"));
  }

  /** The run-time library of AddressSanitizer, which a JVM has to preload. */
  public static Path sanitizerRuntime() throws IOException {
    Process cc = new ProcessBuilder("cc", "-print-file-name=libasan.so").start();
    String said = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    Path library = Path.of(said);
    Assumptions.assumeTrue(library.isAbsolute(), "cc has no libasan");
    return library.toRealPath();
  }

  private static Path existing(Path path) {
    Assumptions.assumeTrue(
        Files.exists(path), "the build made no " + path + " (no sanitizers, or -Dnative=off)");
    return path;
  }
}
