package io.trunkline.net;

/**
 * What became of TCP Fast Open (RFC 7413) on one connection, as the kernel reports it in TCP_INFO:
 * tcpi_options and tcpi_fastopen_client_fail of linux/tcp.h.
 */
public enum FastOpenOutcome {
  /** Fast Open was not asked for, or the SYN has not been answered yet. */
  NOT_USED,
  /** The peer acknowledged data that was sent in the SYN (TCPI_OPT_SYN_DATA). */
  ACCEPTED,
  /**
   * No cookie was cached for the address: an ordinary handshake that asked for one
   * (TFO_COOKIE_UNAVAILABLE).
   */
  NO_COOKIE,
  /**
   * The SYN was answered at once, its data was not acknowledged: the peer, which gave a cookie
   * once, does no Fast Open now. The data was sent again, so one retransmit is counted with nothing
   * lost (TFO_DATA_NOT_ACKED).
   */
  DATA_DROPPED,
  /**
   * The SYN went unanswered and was repeated, without data, which then had to be sent again: a
   * loss, or a box on the way that drops a SYN with data (TFO_SYN_RETRANSMITTED).
   */
  DATA_NOT_ACKNOWLEDGED
}
