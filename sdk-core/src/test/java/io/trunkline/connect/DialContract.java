package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Opened;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What the tests of dials stand on: servers on loopback addresses of their own, so that events tell
 * them apart, and after each test the promise that no descriptor is left, and that each attempt
 * that began has one end.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class DialContract {
  static final Endpoint ENDPOINT = Endpoint.tcp("service.example", 4711);
  static final Endpoint TLS_ENDPOINT = Endpoint.tls("service.example", 4711);
  static final Duration LONG = Duration.ofSeconds(20);

  private final Opened opened = new Opened();
  private int lastHost = 1;
  Transport transport;
  final Recorder recorder = new Recorder();
  Book book;

  // What a test may change before it makes its connector.
  Duration timeout = Duration.ofSeconds(5);
  Duration attemptDelay = Duration.ofMillis(100);
  AddressGuard guard = AddressGuard.ANY;
  TlsLayer tls = TlsLayer.REFUSING;

  /** The transport under test. */
  abstract Transport createTransport();

  @BeforeEach
  final void openTransport() {
    opened.countDescriptors();
    transport = closing(createTransport());
  }

  @AfterEach
  final void closeAllAndCountDescriptors() throws Exception {
    opened.closeAllAndCountDescriptors();
    recorder.assertEachStartHasOneEnd();
  }

  final <T extends AutoCloseable> T closing(T resource) {
    return opened.closing(resource);
  }

  // ---- servers ----

  private InetAddress freshHost() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) ++lastHost});
  }

  /** Takes connections into its queue, and never accepts them. */
  final ServerSocket listener() throws IOException {
    return closing(new ServerSocket(0, 50, freshHost()));
  }

  static InetSocketAddress addressOf(ServerSocket listener) {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  final InetSocketAddress good() throws IOException {
    return addressOf(listener());
  }

  final InetSocketAddress refusing() throws IOException {
    try (ServerSocket gone = new ServerSocket(0, 1, freshHost())) {
      return addressOf(gone);
    }
  }

  /** Its accept queue is full: it answers no SYN until that changes. */
  final FullBacklog silent() throws Exception {
    return closing(new FullBacklog(freshHost()));
  }

  // ---- dials ----

  final Connector connector(InetSocketAddress... addresses) throws IOException {
    return connector(transport, Arrays.asList(addresses));
  }

  /** Null for addresses that are never known. */
  final Connector connector(Transport on, List<InetSocketAddress> addresses) throws IOException {
    book = new Book(addresses);
    Connector connector =
        new Connector(
            on,
            Ticker.SYSTEM,
            book,
            guard,
            tls,
            recorder,
            ConnectSettings.builder().timeout(timeout).attemptDelay(attemptDelay).build(),
            SocketSettings.builder().build());
    opened.<AutoCloseable>closing(connector::close);
    return connector;
  }

  /** Runs a dial to its end. */
  final TransportSocket run(Dial dial) throws IOException {
    return closing(dial.run(dial.deadline()).orElseThrow());
  }

  static Deadline in(Duration time) {
    return Deadline.after(Ticker.SYSTEM, time);
  }

  static String host(InetSocketAddress address) {
    return address.getAddress().getHostAddress();
  }

  static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).as("%s", thrown).isEqualTo(kind);
    return failure;
  }
}
