package io.trunkline.okhttp;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Has idle connections give way where more are open than a cap allows. Thread-safe. */
final class Room {
  /** Held while connections are closed, which never blocks, so that no more go than have to. */
  private final ReentrantLock making = new ReentrantLock();

  /**
   * A connection that no call has.
   *
   * @param giveWay ends it, unless a call is about to get it; returns whether it has
   */
  record Idle(long sinceNanos, BooleanSupplier giveWay) {}

  /**
   * The one that is idle for longest goes first.
   *
   * @param tooMany how many more are open than may be; asked again after each that went
   * @return whether there are still too many, and one of them may be able to go soon
   */
  boolean make(IntSupplier tooMany, Supplier<Stream<Idle>> idle) {
    if (tooMany.getAsInt() <= 0) {
      return false;
    }
    boolean stayed = false;
    making.lock();
    try {
      long now = System.nanoTime();
      List<Idle> longestFirst =
          idle.get().sorted(Comparator.comparing((Idle each) -> each.sinceNanos() - now)).toList();
      for (Idle each : longestFirst) {
        if (tooMany.getAsInt() <= 0) {
          return false;
        }
        stayed |= !each.giveWay().getAsBoolean();
      }
    } finally {
      making.unlock();
    }
    return stayed;
  }
}
