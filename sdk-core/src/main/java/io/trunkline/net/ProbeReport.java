package io.trunkline.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What handshakes with each address of an endpoint showed.
 *
 * @param endpoint who was tried
 * @param resolveTime how long its name took to resolve; about zero if the answer was known
 * @param addresses each address, in the order in which a dial would try them
 */
public record ProbeReport(Endpoint endpoint, Duration resolveTime, List<Address> addresses) {
  /**
   * One address.
   *
   * @param address which
   * @param connectTime how long the TCP handshake took; empty if it failed
   * @param tlsTime how long the TLS handshake took; empty if it failed, or the endpoint does not
   *     speak TLS
   * @param tlsProtocol such as {@code TLSv1.3}
   * @param tcpInfo what the kernel says of the connection; empty on the jdk transport, or if there
   *     was none
   * @param failure why it failed; it implements {@code io.trunkline.failure.ConnectionFailure}
   */
  public record Address(
      InetSocketAddress address,
      Optional<Duration> connectTime,
      Optional<Duration> tlsTime,
      Optional<String> tlsProtocol,
      Optional<TcpInfo> tcpInfo,
      Optional<IOException> failure) {}

  /** Whether one address at least took all handshakes. */
  public boolean answered() {
    return addresses.stream().anyMatch(each -> each.failure().isEmpty());
  }
}
