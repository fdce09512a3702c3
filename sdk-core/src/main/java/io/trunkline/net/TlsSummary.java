package io.trunkline.net;

/**
 * What was agreed in a TLS handshake.
 *
 * @param protocol such as {@code TLSv1.3}
 * @param cipherSuite such as {@code TLS_AES_128_GCM_SHA256}
 */
public record TlsSummary(String protocol, String cipherSuite) {}
