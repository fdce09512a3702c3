package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.Opened;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What the contract tests stand on: a transport for each test, and after each the promise that no
 * descriptor is left open. {@link JniTransportContractTest} and {@link JdkTransportContractTest}
 * run every part of the contract over their transport.
 */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class TransportContractTest {
  private final Opened opened = new Opened();
  Transport transport;

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
  }

  final boolean isJni() {
    return transport.info().isNative();
  }

  /** Closes it after the test, the last one first. */
  final <T extends AutoCloseable> T closing(T resource) {
    return opened.closing(resource);
  }

  final TransportSocket open() throws IOException {
    return closing(transport.open());
  }

  final EchoServer echoServer() throws IOException {
    return closing(new EchoServer());
  }

  /** Connected to an echo server of its own. */
  final TransportSocket echoing() throws IOException {
    TransportSocket socket = open();
    socket.connect(echoServer().address(), 5_000);
    return socket;
  }

  final ConnectedPair pair() throws IOException {
    return closing(ConnectedPair.connect(open()));
  }

  /** A pair on which writes soon have to wait. */
  final ConnectedPair narrowPair() throws IOException {
    return closing(ConnectedPair.narrow(open()));
  }

  static Throwable thrownBy(Background.Action action) {
    return Background.thrownBy(action);
  }

  static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).as(thrown.getMessage()).isEqualTo(kind);
    return failure;
  }
}
