package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread will bring about, and no longer than it may take. */
final class Eventually {
  private Eventually() {}

  static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
    eventually(what, Duration.ofSeconds(5), holds);
  }

  static void eventually(String what, Duration within, BooleanSupplier holds)
      throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    boolean held = holds.getAsBoolean();
    while (!held && System.nanoTime() < end) {
      Thread.sleep(2);
      held = holds.getAsBoolean();
    }
    assertThat(held).as(what).isTrue();
  }
}
