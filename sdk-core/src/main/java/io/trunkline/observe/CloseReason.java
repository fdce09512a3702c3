package io.trunkline.observe;

/** Why a pooled connection ended. */
public enum CloseReason {
  /** It was idle for longer than the idle timeout. */
  IDLE_TIMEOUT("idle"),
  /** It reached its maximum age. */
  MAX_LIFETIME("age"),
  /** It has served its maximum number of leases. */
  MAX_USES("uses"),
  /** The peer closed or reset it while it was idle, or between two leases. */
  PEER_CLOSED("peer"),
  /** Bytes that nobody had asked for lay on it. */
  UNASKED_BYTES("dirty"),
  /** It gave way to another endpoint at the total cap. */
  MADE_ROOM("room"),
  /** Its endpoint was drained, or its address withdrawn. */
  DRAINED("drained"),
  /** Its lease was closed without release, or saw an error. */
  DISCARDED("discarded"),
  /** Its lease was never closed, and was found. */
  LEAKED("leaked"),
  /** The connection manager was closed. */
  MANAGER_CLOSED("shutdown");

  private final String tag;

  CloseReason(String tag) {
    this.tag = tag;
  }

  /** One word, for a meter tag. */
  public String tag() {
    return tag;
  }
}
