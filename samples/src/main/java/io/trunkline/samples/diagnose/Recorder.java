package io.trunkline.samples.diagnose;

import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Keeps what a manager tells of its handshakes: the last one with each address. Thread-safe. */
final class Recorder implements ConnectionListener {
  private final SeenChain seen;
  private final Consumer<InetSocketAddress> started;
  private final Map<InetSocketAddress, Handshake> last = new ConcurrentHashMap<>();

  /**
   * @param started told of each address when its turn comes
   */
  Recorder(SeenChain seen, Consumer<InetSocketAddress> started) {
    this.seen = seen;
    this.started = started;
  }

  /**
   * How far a handshake came.
   *
   * @param connectMillis null if it did not connect
   * @param tcpInfo null on the jdk transport
   * @param tlsMillis how long the TLS handshake took, or until it failed; null if there was none
   * @param chain what the server showed
   */
  record Handshake(
      Double connectMillis, TcpInfo tcpInfo, Double tlsMillis, List<X509Certificate> chain) {
    static final Handshake NONE = new Handshake(null, null, null, List.of());

    Handshake withTls(long nanos, List<X509Certificate> shown) {
      return new Handshake(connectMillis, tcpInfo, nanos / 1e6, shown);
    }

    long synRetransmits() {
      return tcpInfo == null ? 0 : tcpInfo.totalRetransmits();
    }
  }

  Handshake with(InetSocketAddress address) {
    return last.getOrDefault(address, Handshake.NONE);
  }

  @Override
  public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
    last.put(address, Handshake.NONE);
    started.accept(address);
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> tcpInfo) {
    last.put(address, new Handshake(elapsedNanos / 1e6, tcpInfo.orElse(null), null, List.of()));
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    tlsEnded(address, elapsedNanos);
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    tlsEnded(address, elapsedNanos);
  }

  private void tlsEnded(InetSocketAddress address, long elapsedNanos) {
    List<X509Certificate> shown = seen.take();
    last.compute(
        address,
        (key, known) -> (known == null ? Handshake.NONE : known).withTls(elapsedNanos, shown));
  }
}
