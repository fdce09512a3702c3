package io.trunkline.transport.jni;

/**
 * Options of a socket that has no descriptor yet, by their ids for native calls. Most sockets come
 * with a handful, so there is no map. Whoever has one guards it.
 */
final class KeptOptions {
  private final int[] values = new int[NativeCalls.OPTIONS];

  /** A bit for each id that is kept. */
  private int ids;

  void put(int id, int value) {
    values[id] = value;
    ids |= 1 << id;
  }

  boolean has(int id) {
    return (ids & 1 << id) != 0;
  }

  int get(int id) {
    return values[id];
  }

  /** The lowest id from this one on that is kept; -1 if there is none. */
  int next(int from) {
    int rest = ids & -1 << from;
    return rest == 0 ? -1 : Integer.numberOfTrailingZeros(rest);
  }
}
