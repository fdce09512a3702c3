package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.testing.Background;
import java.nio.channels.ClosedByInterruptException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an interrupt leaves behind. */
class InterruptibleWaitTest {
  @AfterEach
  void clearFlag() {
    Thread.interrupted();
  }

  /** As a thread does that clears its flag while another is still within Thread.interrupt. */
  @Test
  void aWaitThatAnInterruptEndedLeavesTheFlagSetEvenIfItWasClearedMeanwhile() {
    Thread waiting = Thread.currentThread();
    assertThatThrownBy(
            () ->
                new InterruptibleWait()
                    .run(
                        () -> {
                          Background.interruptFromElsewhere(waiting);
                          return Thread.interrupted();
                        }))
        .isInstanceOf(ClosedByInterruptException.class);
    assertThat(waiting.isInterrupted()).isTrue();
  }

  @Test
  void aWaitWithoutInterruptReturnsWhatItWaitedForAndLeavesTheFlagAlone() throws Exception {
    assertThat(new InterruptibleWait().<Integer>run(() -> 42)).isEqualTo(42);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
