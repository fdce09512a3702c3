package io.trunkline.connect;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/**
 * A wait of a dial that an interrupt of the waiting thread ends: it closes the sockets, which wakes
 * the native wait. The JDK lets a channel be told of an interrupt, and nothing else; so this is
 * one. For one wait each.
 */
final class InterruptibleWait extends AbstractInterruptibleChannel {
  private final Attempt[] waitedFor;

  InterruptibleWait(Attempt... waitedFor) {
    this.waitedFor = waitedFor;
  }

  /** What waits. */
  @FunctionalInterface
  interface Wait<T> {
    T run() throws IOException;
  }

  /**
   * Runs the wait.
   *
   * @throws ClosedByInterruptException if the thread is or was interrupted; its flag is set
   */
  <T> T run(Wait<T> wait) throws IOException {
    begin();
    try {
      return wait.run();
    } finally {
      ended();
    }
  }

  private void ended() throws ClosedByInterruptException {
    try {
      end(true);
    } catch (ClosedByInterruptException interrupted) {
      // An interrupt first sets the flag, and then looks for a channel. If the thread clears the
      // flag in between, and goes on to this wait, it would be ended by an interrupt of before.
      Thread.currentThread().interrupt();
      throw interrupted;
    } catch (AsynchronousCloseException impossible) {
      throw new IllegalStateException(
          impossible); // it is told of no close but that of an interrupt
    }
  }

  /** Only the sockets: whoever waits for them tells how the attempts ended. */
  @Override
  protected void implCloseChannel() {
    for (Attempt each : waitedFor) {
      each.close();
    }
  }
}
