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
                          interruptFromElsewhere(waiting);
                          return Thread.interrupted();
                        }))
        .isInstanceOf(ClosedByInterruptException.class);
    assertThat(waiting.isInterrupted()).isTrue();
  }

  private static void interruptFromElsewhere(Thread victim) {
    try {
      Background<Throwable> other = Background.start(() -> Background.thrownBy(victim::interrupt));
      while (!other.isDone()) {
        Thread.onSpinWait(); // a wait would be interrupted
      }
      assertThat(other.get()).isNull();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Test
  void aWaitWithoutInterruptReturnsWhatItWaitedForAndLeavesTheFlagAlone() throws Exception {
    assertThat(new InterruptibleWait().<Integer>run(() -> 42)).isEqualTo(42);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
