package io.trunkline.limits;

/** What docs/architecture.md promises, in bytes and as ratio. */
final class Bounds {
  static final long CONNECTION_HEAP = 3_000;
  static final long ENDPOINT_HEAP = 8_000;
  static final long FORGOTTEN_HEAP = 150;
  static final long WAITER_HEAP = 1_500;

  /** A lease costs no more than so many times what it costs where there is little. */
  static final long AS_FAST = 4;

  /**
   * Ten thousand callers that time out at once are late by no more than so many times what they are
   * at the JDK's own Condition, and a second.
   */
  static final long AS_LATE = 8;

  static final long LATE_MILLIS = 1_000;

  private Bounds() {}
}
