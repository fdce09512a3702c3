package io.trunkline.config;

/**
 * How far an endpoint may use TCP Fast Open (RFC 7413): data in the SYN, which saves the round trip
 * of the handshake where the peer has given a cookie on an earlier connection.
 *
 * <p>What it risks: <b>the data in a SYN may be delivered to the application twice</b>, without
 * anybody having done wrong. A SYN that the network duplicates, or that is repeated after the
 * server has restarted, makes a second connection with the same first bytes (RFC 7413, sections 2.1
 * and 6.1). Nothing on this side can see or prevent that; so Fast Open is off unless asked for.
 */
public enum FastOpen {
  /** No data in a SYN. */
  OFF,

  /**
   * Only where TLS is spoken: the data is the ClientHello, and a repeated ClientHello does no harm,
   * for a TLS handshake that nobody goes on with changes nothing. On a plain endpoint it is as
   * {@link #OFF}.
   */
  TLS_ONLY,

  /**
   * On plain endpoints too. <b>A PROMISE OF THE CALLER: THE FIRST BYTES THAT ANYBODY WRITES ON ANY
   * NEW CONNECTION OF THE ENDPOINT MAY BE EXECUTED TWICE WITHOUT HARM.</b> It is not asked again
   * for each request. With reads it may be so; a payment, an INSERT or an INCR breaks it.
   *
   * <p>The connection is leased before its handshake; that happens in the first write, which may
   * then fail as a dial does. The client must speak first: a read before any write fails at once.
   * On a TLS endpoint it is as {@link #TLS_ONLY}.
   */
  IDEMPOTENT_DATA
}
