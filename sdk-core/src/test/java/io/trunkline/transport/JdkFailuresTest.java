package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import io.trunkline.testing.FullBacklog;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What can be known of a failure where the JDK hides the errno. */
class JdkFailuresTest extends TransportContractTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("service.example", 4711);

  @Override
  Transport createTransport() {
    return TestTransports.jdk();
  }

  private TransportSocket socket() throws IOException {
    TransportSocket socket = open();
    socket.setEndpoint(ENDPOINT);
    return socket;
  }

  private static void assertFailure(
      Throwable thrown, Class<? extends IOException> type, FailureKind kind, FailurePhase phase) {
    assertThat(thrown).isInstanceOf(type);
    ConnectionFailure failure = assertKind(thrown, kind);
    assertThat(failure.phase()).isEqualTo(phase);
    assertThat(failure.errno()).isZero();
    assertThat(failure.unansweredSyns()).isEqualTo(FailureDetails.UNKNOWN);
    assertThat(failure.endpoint()).contains(ENDPOINT);
    assertThat(failure.address()).isPresent();
    assertThat(failure.elapsed()).isPositive();
    assertThat(thrown.getMessage())
        .doesNotContain("\n")
        .contains("service.example:4711", "127.0.0.1", kind.hint());
  }

  @Test
  void refused() throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket listener = new ServerSocket(0)) {
      nobody = new InetSocketAddress("127.0.0.1", listener.getLocalPort());
    }
    TransportSocket socket = socket();
    assertFailure(
        thrownBy(() -> socket.connect(nobody, 5_000)),
        ConnectException.class,
        FailureKind.REFUSED,
        FailurePhase.CONNECT);
  }

  @Test
  void ownDeadline() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = socket();
    assertFailure(
        thrownBy(() -> socket.connect(backlog.address(), 50)),
        SocketTimeoutException.class,
        FailureKind.TIMED_OUT,
        FailurePhase.CONNECT);
  }

  @Test
  void reset() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.connect(socket()));
    pair.resetByPeer();
    for (int i = 0; i < 2; i++) {
      assertFailure(
          thrownBy(() -> pair.client().getInputStream().read()),
          SocketException.class,
          FailureKind.RESET,
          FailurePhase.READ);
    }
  }

  @Test
  void readLimit() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.connect(socket()));
    pair.client().setSoTimeout(20);
    assertFailure(
        thrownBy(() -> pair.client().getInputStream().read()),
        SocketTimeoutException.class,
        FailureKind.READ_TIMED_OUT,
        FailurePhase.READ);
  }

  @Test
  void writeLimitClosesTheSocket() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.narrow(socket()));
    pair.client().setWriteTimeout(100);
    long start = System.nanoTime();
    Throwable thrown = thrownBy(() -> pair.client().getOutputStream().write(new byte[8_000_000]));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(2));
    assertFailure(
        thrown, SocketTimeoutException.class, FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE);
    assertThat(thrown.getMessage()).contains("the socket was closed");
    assertThat(pair.client().isClosed()).isTrue();
  }

  @Test
  void writeThatEndsInTimeIsNotDisturbedByItsLimitLater() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.connect(socket()));
    pair.client().setWriteTimeout(500);
    pair.client().getOutputStream().write(1);
    pair.client().setSoTimeout(1_000);
    assertKind(thrownBy(() -> pair.client().getInputStream().read()), FailureKind.READ_TIMED_OUT);
    assertThat(pair.client().isClosed()).isFalse();
  }

  @Test
  void tcpInfoIsNotThere() throws Exception {
    assertThat(pair().client().tcpInfo()).isEmpty();
  }

  @Test
  void onlyALongIdleConnectionIsLookedAt() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.connect(socket()));
    long now = System.nanoTime();
    long longAgo = now - Duration.ofSeconds(2).toNanos();
    assertThat(pair.client().checkIdle(longAgo)).isEqualTo(IdleState.CLEAN);
    pair.peer().getOutputStream().write(1);
    assertThat(pair.client().checkIdle(System.nanoTime())).isEqualTo(IdleState.CLEAN);
    Await.until("the byte is seen", () -> pair.client().checkIdle(longAgo) == IdleState.READABLE);
    assertThat(pair.client().getInputStream().read()).as("a look takes nothing").isEqualTo(1);
    pair.peer().close();
    Await.until("the end is seen", () -> pair.client().checkIdle(longAgo) == IdleState.PEER_CLOSED);
  }

  @Test
  void lookAtAnIdleConnectionLeavesItsReadLimit() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.connect(socket()));
    pair.client().setSoTimeout(777);
    long longAgo = System.nanoTime() - Duration.ofSeconds(2).toNanos();
    assertThat(pair.client().checkIdle(longAgo)).isEqualTo(IdleState.CLEAN);
    assertThat(pair.client().getSoTimeout()).isEqualTo(777);
    pair.client().close();
    assertThat(pair.client().checkIdle(longAgo)).isEqualTo(IdleState.PEER_CLOSED);
  }
}
