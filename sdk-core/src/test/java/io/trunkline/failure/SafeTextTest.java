package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What of an exception may be written down. */
class SafeTextTest {
  private static final IOException OURS =
      Failures.exception(
          FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT).withNote("the note"));

  private static String printed(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void aFailureIsShownWithItsMessage() {
    assertThat(Failures.safeText(OURS)).isEqualTo(OURS.getMessage()).contains("the note");
  }

  /** Whatever led to it, and however telling that is. */
  @Test
  void aFailureIsShownWithItsOwnMessage() {
    FailureDetails closed = FailureDetails.of(FailureKind.CLOSED, FailurePhase.READ);
    assertThat(Failures.safeText(Failures.exception(closed, OURS))).isEqualTo(closed.message());
  }

  @Test
  void aFailureInAForeignExceptionIsShownInItsPlace() {
    assertThat(Failures.safeText(new IllegalStateException("s3cr3t", OURS)))
        .isEqualTo(OURS.getMessage());
  }

  @Test
  void ofAForeignExceptionTheClassIsShown() {
    assertThat(Failures.safeText(new IOException("s3cr3t"))).isEqualTo("java.io.IOException");
  }

  @Test
  void aStackTraceKeepsFramesCausesAndSuppressedAndOurOwnTexts() {
    IOException thrown = new IOException("s3cr3t", new IllegalStateException("s3cr3t", OURS));
    thrown.addSuppressed(new IllegalArgumentException("s3cr3t"));
    assertThat(printed(Failures.safeForLog(thrown)))
        .startsWith("java.io.IOException")
        .contains("SafeTextTest.aStackTraceKeepsFramesCausesAndSuppressedAndOurOwnTexts")
        .contains("Caused by: java.lang.IllegalStateException")
        .contains(
            "Caused by: " + ConnectRefusedException.class.getName() + ": " + OURS.getMessage())
        .contains("Suppressed: java.lang.IllegalArgumentException")
        .doesNotContain("s3cr3t");
  }

  @Test
  void causesInACircleEnd() {
    IOException one = new IOException("s3cr3t");
    one.initCause(new IOException("s3cr3t", one));
    one.addSuppressed(one.getCause());
    assertThat(printed(Failures.safeForLog(one))).contains("Caused by: ").doesNotContain("s3cr3t");
  }
}
