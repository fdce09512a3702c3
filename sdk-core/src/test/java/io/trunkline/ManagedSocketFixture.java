package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.Opened;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A manager for each test, and after it the promise that no descriptor is left open. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ManagedSocketFixture {
  private final Opened opened = new Opened();

  abstract TransportMode transport();

  @BeforeEach
  final void countDescriptors() {
    opened.countDescriptors();
  }

  @AfterEach
  final void closeAllAndCountDescriptors() throws Exception {
    opened.closeAllAndCountDescriptors();
  }

  final <T extends AutoCloseable> T closing(T resource) {
    return opened.closing(resource);
  }

  final ConnectionManager.Builder builder() {
    return ConnectionManager.builder().transport(transport());
  }

  final Socket open() throws IOException {
    return open(builder());
  }

  final Socket open(ConnectionManager.Builder settings) throws IOException {
    return closing(new TrunklineSocketFactory(closing(settings.build())).createSocket());
  }

  final EchoServer echoServer() throws IOException {
    return closing(new EchoServer());
  }

  /** Connected to an echo server of its own. */
  final Socket echoing() throws IOException {
    Socket socket = open();
    socket.connect(echoServer().address(), 5_000);
    return socket;
  }

  /** Connects the socket, and returns the other end. */
  final Socket peerOf(Socket socket) throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      socket.connect(listener.getLocalSocketAddress(), 5_000);
      Socket peer = closing(listener.accept());
      peer.setSoTimeout(10_000);
      return peer;
    }
  }

  static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  /** A port on which nobody listens. */
  static int closedPort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      return listener.getLocalPort();
    }
  }

  static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).as(thrown.getMessage()).isEqualTo(kind);
    return failure;
  }

  static void assertEchoes(Socket socket) throws IOException {
    socket.getOutputStream().write(new byte[] {1, 2, 3});
    assertThat(socket.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
  }
}
