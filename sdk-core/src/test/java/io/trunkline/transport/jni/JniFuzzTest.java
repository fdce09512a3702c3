package io.trunkline.transport.jni;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.NativeTools;
import io.trunkline.testing.Proof;
import io.trunkline.transport.TestTransports;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The native methods with arguments from nowhere, in JVMs of their own that must not die. */
class JniFuzzTest {
  private static final Duration SHORT = Duration.ofSeconds(2);

  @BeforeEach
  void needsTheLibrary() {
    TestTransports.jni().close();
  }

  private static void assertSurvives(ChildJvm child, long seed, Duration time) throws Exception {
    try (EchoServer server = new EchoServer()) {
      String said =
          child
              .limitSeconds(time.toSeconds() + 30)
              .run(
                  Long.toString(seed),
                  Long.toString(time.toMillis()),
                  Integer.toString(server.address().getPort()))
              .successful();
      assertThat(said)
          .as("seed %d", seed)
          .contains("fuzz ended: ")
          .doesNotContain("WARNING", "FATAL");
      System.out.println("[INFO] seed " + seed + ": " + said.strip());
    }
  }

  private static ChildJvm plain() {
    return ChildJvm.of(JniFuzzMain.class);
  }

  /** The JVM makes use of SIGSEGV itself, and does not give back its memory at the end. */
  private static ChildJvm sanitized() throws Exception {
    return plain()
        .after("export ASAN_OPTIONS=handle_segv=0:allow_user_segv_handler=1:detect_leaks=0")
        .preload(NativeTools.sanitizerRuntime())
        .option("-Djava.library.path=" + NativeTools.sanitizedFolder());
  }

  @Test
  void wildArgumentsYieldAnErrnoAndNeverACrash() throws Exception {
    assertSurvives(plain(), 1, SHORT);
  }

  @Test
  void checkedJniHasNothingToSayOfThem() throws Exception {
    assertSurvives(plain().option("-Xcheck:jni"), 2, SHORT);
  }

  @Test
  void sanitizersHaveNothingToSayOfThem() throws Exception {
    assertSurvives(sanitized(), 3, SHORT);
  }

  @Test
  @Tag("proof")
  void anySeedIsSurvivedUnderTheSanitizers() throws Exception {
    long seed = System.nanoTime();
    assertSurvives(sanitized(), seed, Proof.share(0.1));
  }
}
