package io.trunkline.pool;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The connections of one endpoint, each in a slot of its own, and the search for an idle one.
 * Lock-free.
 *
 * <p>A thread first tries the slot where threads of its stripe found one last: the connection used
 * most recently, and as a rule in nobody's way. Else it looks through a bitmap, lowest slot first.
 * A set bit means «may be idle»: a lease leaves it set, and whoever finds it wrong clears it. So as
 * long as threads find their slots again, nobody writes to the bitmap; and as the search prefers
 * low slots, surplus connections stay idle and reach their idle timeout.
 */
final class Slots {
  private static final int STRIPES = 16;
  private static final int BITS = 6;

  private final AtomicReferenceArray<PooledConnection> slots;
  private final AtomicLongArray mayBeIdle;
  private final AtomicIntegerArray lastFound = new AtomicIntegerArray(STRIPES);

  Slots(int size) {
    slots = new AtomicReferenceArray<>(size);
    mayBeIdle = new AtomicLongArray((size + Long.SIZE - 1) / Long.SIZE);
  }

  int size() {
    return slots.length();
  }

  PooledConnection get(int slot) {
    return slots.get(slot);
  }

  void put(PooledConnection connection) {
    slots.set(connection.slot, connection);
  }

  /** Empties the slot of a closed connection. */
  void clear(PooledConnection connection) {
    slots.set(connection.slot, null);
  }

  /** Moves an idle connection to leased, or finds none. */
  PooledConnection claim() {
    int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
    PooledConnection last = slots.getAcquire(lastFound.getOpaque(stripe));
    if (last != null && last.tryLease()) {
      return last;
    }
    return search(stripe);
  }

  private PooledConnection search(int stripe) {
    for (int word = 0; word < mayBeIdle.length(); word++) {
      for (long bits = mayBeIdle.get(word); bits != 0; bits &= bits - 1) {
        int slot = (word << BITS) + Long.numberOfTrailingZeros(bits);
        PooledConnection found = slots.get(slot);
        if (found != null && found.tryLease()) {
          lastFound.setOpaque(stripe, slot);
          return found;
        }
        clearBit(slot);
        // A release between our look and the clearing saw the bit set and left it alone: look
        // again.
        found = slots.get(slot);
        if (found != null && found.isIdle()) {
          setBit(slot);
          if (found.tryLease()) {
            lastFound.setOpaque(stripe, slot);
            return found;
          }
        }
      }
    }
    return null;
  }

  /** After the connection became idle: lets it be found. */
  void becameIdle(PooledConnection connection) {
    if ((mayBeIdle.get(connection.slot >> BITS) & 1L << connection.slot) == 0) {
      setBit(connection.slot);
    }
  }

  private void setBit(int slot) {
    mayBeIdle.getAndAccumulate(slot >> BITS, 1L << slot, (bits, bit) -> bits | bit);
  }

  private void clearBit(int slot) {
    mayBeIdle.getAndAccumulate(slot >> BITS, 1L << slot, (bits, bit) -> bits & ~bit);
  }
}
