package io.trunkline.limits;

/** What docs/architecture.md promises, in bytes and as ratio. */
final class Bounds {
  static final long CONNECTION_HEAP = 3_000;
  static final long ENDPOINT_HEAP = 8_000;
  static final long FORGOTTEN_HEAP = 100;
  static final long WAITER_HEAP = 1_500;

  /** A lease costs no more than so many times what it costs where there is little. */
  static final long AS_FAST = 4;

  /** What ten thousand callers that time out at once may be late besides. */
  static final long LATE_MILLIS = 500;

  private Bounds() {}
}
