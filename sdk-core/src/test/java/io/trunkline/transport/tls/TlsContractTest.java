package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Background;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.Opened;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.testing.VirtualThreadsForTests;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** What the tests of TLS stand on; they run over both transports, and leave no descriptor open. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class TlsContractTest {
  static final Duration LONG = Duration.ofSeconds(10);

  private final Opened opened = new Opened();
  private Transport transport;

  /** The transport under TLS. */
  abstract Transport createTransport();

  @BeforeEach
  final void openTransport() throws Exception {
    VirtualThreadsForTests.warmUp();
    opened.countDescriptors();
    transport = closing(createTransport());
  }

  @AfterEach
  final void closeAllAndCountDescriptors() throws Exception {
    opened.closeAllAndCountDescriptors();
  }

  final <T extends AutoCloseable> T closing(T resource) {
    return opened.closing(resource);
  }

  final boolean isJni() {
    return transport.info().isNative();
  }

  // ---- servers ----

  final ScriptedServer echoing(String... protocols) throws IOException {
    return server(ScriptedServer::echo, protocols);
  }

  final ScriptedServer server(
      ScriptedServer.Script<javax.net.ssl.SSLSocket> script, String... protocols)
      throws IOException {
    return closing(
        ScriptedServer.tls(
            Certificates.server(Certificates.LOCALHOST),
            listener -> enable(listener, protocols),
            script));
  }

  static void enable(SSLServerSocket listener, String... protocols) {
    if (protocols.length > 0) {
      listener.setEnabledProtocols(protocols);
    }
  }

  // ---- clients ----

  static TlsSettings.Builder settings() {
    return TlsSettings.builder().sslContext(Certificates.client());
  }

  final TransportSocket connected(InetSocketAddress address) throws IOException {
    TransportSocket raw = closing(transport.open());
    raw.setEndpoint(Endpoint.tls("localhost", address.getPort()));
    raw.connect(address, 5_000);
    return raw;
  }

  final TlsLayer.Handshake handshake(TlsSettings.Builder settings, TransportSocket raw, String host)
      throws IOException {
    return new JsseTls(settings.build()).begin(raw, Endpoint.tls(host, raw.getPort()));
  }

  final TransportSocket secured(
      TlsSettings.Builder settings, InetSocketAddress address, String host) throws IOException {
    return closing(handshake(settings, connected(address), host).run(after(LONG)).orElseThrow());
  }

  final TransportSocket secured(TlsSettings.Builder settings, InetSocketAddress address)
      throws IOException {
    return secured(settings, address, "localhost");
  }

  final TransportSocket secured(InetSocketAddress address) throws IOException {
    return secured(settings(), address);
  }

  static Deadline after(Duration time) {
    return Deadline.after(Ticker.SYSTEM, time);
  }

  static void assertEchoes(TransportSocket socket) throws IOException {
    socket.write(new byte[] {1, 2, 3}, 0, 3);
    assertThat(socket.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
  }

  // ---- failures ----

  final ConnectionFailure handshakeFailure(
      TlsSettings.Builder settings, InetSocketAddress address, String host) throws IOException {
    TlsLayer.Handshake handshake = handshake(settings, connected(address), host);
    Throwable thrown = thrownBy(() -> handshake.run(after(LONG)));
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(failure.requestBytesSent()).isFalse();
    assertThat(failure.address()).contains(address);
    assertThat(failure.endpoint()).contains(Endpoint.tls(host, address.getPort()));
    return failure;
  }

  static Throwable thrownBy(Background.Action action) {
    return Background.thrownBy(action);
  }

  static ConnectionFailure assertKind(Throwable thrown, FailureKind kind, FailurePhase phase) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).as(thrown.getMessage()).isEqualTo(kind);
    assertThat(failure.phase()).as(thrown.getMessage()).isEqualTo(phase);
    return failure;
  }
}
