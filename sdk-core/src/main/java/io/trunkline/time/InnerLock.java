package io.trunkline.time;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock of the library's inside, under which no callback is made: whoever makes one asserts {@link
 * #noneHeld}. Where assertions are off this is a plain {@link ReentrantLock}.
 */
public final class InnerLock extends ReentrantLock {
  /** How many locks of this class the thread holds; only touched where assertions are on. */
  private static final ThreadLocal<int[]> HELD = ThreadLocal.withInitial(() -> new int[1]);

  /** Whether this thread holds no lock of this class. For assertions: else it is always true. */
  public static boolean noneHeld() {
    return HELD.get()[0] == 0;
  }

  /** Always true, so that it can stand in an assertion. */
  private static boolean count(int change) {
    HELD.get()[0] += change;
    return true;
  }

  @Override
  public void lock() {
    super.lock();
    assert count(1);
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    super.lockInterruptibly();
    assert count(1);
  }

  @Override
  public boolean tryLock() {
    boolean locked = super.tryLock();
    assert !locked || count(1);
    return locked;
  }

  @Override
  public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
    boolean locked = super.tryLock(timeout, unit);
    assert !locked || count(1);
    return locked;
  }

  @Override
  public void unlock() {
    super.unlock();
    assert count(-1);
  }
}
