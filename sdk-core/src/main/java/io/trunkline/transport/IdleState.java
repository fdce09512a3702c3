package io.trunkline.transport;

/** What a look at an idle connection showed. */
public enum IdleState {
  /** Open, and nothing to read. */
  CLEAN,
  /** Open, with bytes that nobody asked for. */
  READABLE,
  /** The peer has closed or reset it. */
  PEER_CLOSED;
}
