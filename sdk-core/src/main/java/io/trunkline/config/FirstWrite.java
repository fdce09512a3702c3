package io.trunkline.config;

/**
 * What the owner of a new connection writes to it first. TCP Fast Open may send that with the SYN,
 * and a network may deliver it twice (RFC 7413, 2.1).
 */
public enum FirstWrite {
  /** It is not known, or must not be delivered twice, or the peer speaks first: no Fast Open. */
  UNKNOWN,

  /** The ClientHello of TLS, which does no harm if it comes twice. */
  TLS,

  /** Data that may be delivered twice. */
  IDEMPOTENT
}
