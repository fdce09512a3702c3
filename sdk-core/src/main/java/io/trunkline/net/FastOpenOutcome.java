package io.trunkline.net;

/**
 * What became of TCP Fast Open (RFC 7413) on one connection, as the kernel reports it in TCP_INFO.
 */
public enum FastOpenOutcome {
  /** Fast Open was not asked for, or the peer took the data in the SYN (see {@link #ACCEPTED}). */
  NOT_USED,
  /** The peer acknowledged data that was sent in the SYN. */
  ACCEPTED,
  /** No cookie was cached for the address: an ordinary handshake that asked for one. */
  NO_COOKIE,
  /** The data in the SYN was dropped and had to be sent again. */
  DATA_DROPPED,
  /** The SYN was answered, its data was not acknowledged. */
  DATA_NOT_ACKNOWLEDGED
}
