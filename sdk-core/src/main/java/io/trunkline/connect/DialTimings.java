package io.trunkline.connect;

/**
 * How long the steps of a dial took that succeeded. A step that was not needed, or that did not
 * succeed, has 0; how long a failed one took, its failure tells.
 *
 * @param resolveNanos nanoseconds until the addresses were known
 * @param connectNanos nanoseconds of the TCP handshake with the address that won
 * @param tlsNanos nanoseconds of the TLS handshake with it
 */
public record DialTimings(long resolveNanos, long connectNanos, long tlsNanos) {}
