package io.trunkline.testing;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * What a test has opened, and the promise that it is all: when it is closed, as many descriptors
 * are open as before.
 */
public final class Opened {
  private final Deque<AutoCloseable> toClose = new ConcurrentLinkedDeque<>();
  private long descriptorsBefore;

  /** Before anything is opened. */
  public void countDescriptors() {
    descriptorsBefore = Descriptors.canCount() ? Descriptors.open() : 0;
  }

  /** To be closed after the test, the last one first. */
  public <T extends AutoCloseable> T closing(T resource) {
    toClose.push(resource);
    return resource;
  }

  public void closeAllAndCountDescriptors() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
    if (Descriptors.canCount()) {
      Descriptors.awaitCount(descriptorsBefore);
    }
  }
}
