package io.trunkline.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The connections of one endpoint, each in a slot of its own, and the search for an idle one.
 * Lock-free.
 *
 * <p>A thread first tries the slot where threads of its stripe found one last: the connection used
 * most recently, and as a rule in nobody's way. Else it looks through a bitmap, lowest slot first.
 * A set bit means «may be idle»: a lease leaves it set, and whoever finds it wrong clears it. So as
 * long as threads find their slots again, nobody writes to the bitmap; and as the search prefers
 * low slots, surplus connections stay idle and reach their idle timeout.
 *
 * <p>The arrays are plain ones behind handles: with many endpoints each object more on the way is a
 * cache miss more.
 */
final class Slots {
  private static final int STRIPES = 16;
  private static final int BITS = 6;

  private static final VarHandle SLOT =
      MethodHandles.arrayElementVarHandle(PooledConnection[].class);
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle LAST = MethodHandles.arrayElementVarHandle(int[].class);

  private final PooledConnection[] slots;
  private final long[] mayBeIdle;
  private final int[] lastFound = new int[STRIPES];

  Slots(int size) {
    slots = new PooledConnection[size];
    mayBeIdle = new long[(size + Long.SIZE - 1) / Long.SIZE];
  }

  int size() {
    return slots.length;
  }

  PooledConnection get(int slot) {
    return (PooledConnection) SLOT.getVolatile(slots, slot);
  }

  void put(PooledConnection connection) {
    SLOT.setVolatile(slots, connection.slot, connection);
  }

  /** Empties the slot of a closed connection. */
  void clear(PooledConnection connection) {
    SLOT.setVolatile(slots, connection.slot, null);
  }

  /** Moves an idle connection to leased, or finds none. */
  PooledConnection claim() {
    int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
    PooledConnection last =
        (PooledConnection) SLOT.getAcquire(slots, (int) LAST.getOpaque(lastFound, stripe));
    if (last != null && last.tryLease()) {
      return last;
    }
    return search(stripe);
  }

  private PooledConnection search(int stripe) {
    for (int word = 0; word < mayBeIdle.length; word++) {
      for (long bits = (long) WORD.getVolatile(mayBeIdle, word); bits != 0; bits &= bits - 1) {
        int slot = (word << BITS) + Long.numberOfTrailingZeros(bits);
        PooledConnection found = get(slot);
        if (found != null && found.tryLease()) {
          LAST.setOpaque(lastFound, stripe, slot);
          return found;
        }
        clearBit(slot);
        // A release between our look and the clearing saw the bit set and left it alone: look
        // again.
        found = get(slot);
        if (found != null && found.isIdle()) {
          setBit(slot);
          if (found.tryLease()) {
            LAST.setOpaque(lastFound, stripe, slot);
            return found;
          }
        }
      }
    }
    return null;
  }

  /** After the connection became idle: lets it be found. */
  void becameIdle(PooledConnection connection) {
    long bits = (long) WORD.getVolatile(mayBeIdle, connection.slot >> BITS);
    if ((bits & 1L << connection.slot) == 0) {
      setBit(connection.slot);
    }
  }

  private void setBit(int slot) {
    WORD.getAndBitwiseOr(mayBeIdle, slot >> BITS, 1L << slot);
  }

  private void clearBit(int slot) {
    WORD.getAndBitwiseAnd(mayBeIdle, slot >> BITS, ~(1L << slot));
  }
}
