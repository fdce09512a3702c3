package io.trunkline.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * One pooled connection at one moment.
 *
 * @param local this side's address
 * @param remote the peer's address
 * @param leased whether a caller holds it
 * @param age time since it was dialled
 * @param idle time since it was released last, zero while leased
 * @param uses how often it was leased
 * @param tls what was agreed in the TLS handshake; empty on plain TCP
 * @param tcpInfo what the kernel says of it; empty on the jdk transport, or if it was closed
 *     meanwhile
 */
public record ConnectionSnapshot(
    InetSocketAddress local,
    InetSocketAddress remote,
    boolean leased,
    Duration age,
    Duration idle,
    long uses,
    Optional<TlsSummary> tls,
    Optional<TcpInfo> tcpInfo) {}
