package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.FullBacklog;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Every kind that the jni transport can be brought to without privileges, by its errno. */
class JniFailuresTest extends TransportContractTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("service.example", 4711);

  @Override
  Transport createTransport() {
    return TestTransports.jni();
  }

  private TransportSocket socket() throws IOException {
    TransportSocket socket = open();
    socket.setEndpoint(ENDPOINT);
    return socket;
  }

  private ConnectedPair connected() throws IOException {
    return closing(ConnectedPair.connect(socket()));
  }

  private ConnectedPair narrow() throws IOException {
    return closing(ConnectedPair.narrow(socket()));
  }

  private static InetAddress loopback() throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  /** What each failure has to say, whatever its kind. */
  private static ConnectionFailure assertFailure(
      Throwable thrown,
      Class<? extends IOException> javaType,
      FailureKind kind,
      FailurePhase phase,
      int errno,
      RetryAdvice advice) {
    assertThat(thrown).isInstanceOf(javaType);
    ConnectionFailure failure = assertKind(thrown, kind);
    assertThat(failure.phase()).isEqualTo(phase);
    assertThat(failure.errno()).as("errno").isEqualTo(errno);
    assertThat(failure.advice()).isEqualTo(advice);
    assertThat(failure.endpoint()).contains(ENDPOINT);
    assertThat(failure.address()).isPresent();
    assertThat(failure.elapsed()).isPositive();
    String address = failure.address().orElseThrow().getAddress().getHostAddress();
    assertThat(thrown.getMessage())
        .doesNotContain("\n")
        .contains("service.example:4711", address, kind.title(), kind.hint(), advice.words())
        .contains(Errno.name(errno))
        .containsPattern("after [0-9.]+ ms");
    return failure;
  }

  // ---- connecting ----

  @Test
  void refused() throws Exception {
    int port;
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      port = listener.getLocalPort();
    }
    for (int timeoutMillis : new int[] {0, 5_000}) {
      TransportSocket socket = socket();
      Throwable thrown =
          thrownBy(() -> socket.connect(new InetSocketAddress(loopback(), port), timeoutMillis));
      ConnectionFailure failure =
          assertFailure(
              thrown,
              ConnectException.class,
              FailureKind.REFUSED,
              FailurePhase.CONNECT,
              Errno.ECONNREFUSED,
              RetryAdvice.ANOTHER_ADDRESS);
      assertThat(failure.address()).contains(new InetSocketAddress(loopback(), port));
      assertThat(failure.requestBytesSent()).isFalse();
    }
  }

  @Test
  void refusedOnTheSocketThatAskedForAnOptionFirst() throws Exception {
    TransportSocket socket = socket();
    assertThat(socket.getSoLinger()).isEqualTo(-1); // makes a dual-stack descriptor
    int port;
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      port = listener.getLocalPort();
    }
    assertFailure(
        thrownBy(() -> socket.connect(new InetSocketAddress(loopback(), port), 5_000)),
        ConnectException.class,
        FailureKind.REFUSED,
        FailurePhase.CONNECT,
        Errno.ECONNREFUSED,
        RetryAdvice.ANOTHER_ADDRESS);
  }

  @Test
  void ownDeadlineWithUnansweredSyns() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = socket();
    Throwable thrown = thrownBy(() -> socket.connect(backlog.address(), 150));
    ConnectionFailure failure =
        assertFailure(
            thrown,
            SocketTimeoutException.class,
            FailureKind.TIMED_OUT,
            FailurePhase.CONNECT,
            Errno.NONE,
            RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
    assertThat(failure.unansweredSyns()).isEqualTo(1);
    assertThat(failure.elapsed()).isBetween(Duration.ofMillis(150), Duration.ofMillis(900));
    assertThat(thrown.getMessage()).contains("own deadline", "1 SYN unanswered");
  }

  @Test
  void kernelTimeoutByUserTimeoutCountsItsSyns() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = socket();
    socket.setOption(TransportOptions.TCP_USER_TIMEOUT, 1_200);
    Throwable thrown = thrownBy(() -> socket.connect(backlog.address(), 10_000));
    ConnectionFailure failure =
        assertFailure(
            thrown,
            SocketTimeoutException.class,
            FailureKind.TIMED_OUT,
            FailurePhase.CONNECT,
            Errno.ETIMEDOUT,
            RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
    assertThat(failure.elapsed()).isBetween(Duration.ofMillis(1_150), Duration.ofMillis(3_500));
    assertThat(failure.unansweredSyns()).isGreaterThanOrEqualTo(2);
    assertThat(thrown.getMessage()).contains("SYNs unanswered").doesNotContain("own deadline");
  }

  @Test
  void networkUnreachable() throws Exception {
    TransportSocket socket = socket();
    Throwable thrown = thrownBy(() -> socket.connect(new InetSocketAddress("224.0.0.1", 9), 5_000));
    assertFailure(
        thrown,
        NoRouteToHostException.class,
        FailureKind.NETWORK_UNREACHABLE,
        FailurePhase.CONNECT,
        Errno.ENETUNREACH,
        RetryAdvice.ANOTHER_ADDRESS);
  }

  @Test
  void bindToAForeignAddress() throws Exception {
    TransportSocket socket = socket();
    Throwable thrown = thrownBy(() -> socket.bind(new InetSocketAddress("192.0.2.77", 0)));
    assertThat(thrown).isInstanceOf(SocketException.class);
    ConnectionFailure failure = assertKind(thrown, FailureKind.ADDRESS_UNUSABLE);
    assertThat(failure.errno()).isEqualTo(Errno.EADDRNOTAVAIL);
    assertThat(failure.advice()).isEqualTo(RetryAdvice.ANOTHER_ADDRESS);
    assertThat(thrown.getMessage()).contains("192.0.2.77", "EADDRNOTAVAIL", "local address");
    assertThat(socket.isClosed()).isFalse();
  }

  @Test
  void bindToAPortInUse() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      TransportSocket socket = socket();
      Throwable thrown = thrownBy(() -> socket.bind(listener.getLocalSocketAddress()));
      ConnectionFailure failure = assertKind(thrown, FailureKind.ADDRESS_UNUSABLE);
      assertThat(failure.errno()).isEqualTo(Errno.EADDRINUSE);
    }
  }

  @Test
  void localPortInUseTowardsTheSamePeerIsALackOfPorts() throws Exception {
    InetSocketAddress local;
    try (ServerSocket free = new ServerSocket(0, 1, loopback())) {
      local = new InetSocketAddress(loopback(), free.getLocalPort());
    }
    TransportSocket firstSocket = socket();
    firstSocket.setReuseAddress(true);
    firstSocket.bind(local);
    ConnectedPair first = closing(ConnectedPair.connect(firstSocket));
    TransportSocket second = socket();
    second.setReuseAddress(true);
    second.bind(local);
    Throwable thrown = thrownBy(() -> second.connect(first.peer().getLocalSocketAddress(), 5_000));
    assertFailure(
        thrown,
        SocketException.class,
        FailureKind.LOCAL_PORTS_EXHAUSTED,
        FailurePhase.CONNECT,
        Errno.EADDRNOTAVAIL,
        RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
  }

  @Test
  void linkLocalAddressWithoutScope() throws Exception {
    boolean ipv6 =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(Inet6Address.class::isInstance);
    Assumptions.assumeTrue(ipv6, "this host has no IPv6");
    TransportSocket socket = socket();
    byte[] raw = new byte[16];
    raw[0] = (byte) 0xfe;
    raw[1] = (byte) 0x80;
    raw[15] = 1;
    Throwable thrown =
        thrownBy(
            () -> socket.connect(new InetSocketAddress(InetAddress.getByAddress(raw), 9), 5_000));
    assertFailure(
        thrown,
        SocketException.class,
        FailureKind.ADDRESS_UNUSABLE,
        FailurePhase.CONNECT,
        Errno.EINVAL,
        RetryAdvice.ANOTHER_ADDRESS);
  }

  @Test
  void unresolvedNameIsAResolutionFailure() throws Exception {
    TransportSocket socket = socket();
    Throwable thrown =
        thrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("x.invalid", 9), 10));
    assertThat(thrown).isInstanceOf(UnknownHostException.class).hasNoCause();
    ConnectionFailure failure = assertKind(thrown, FailureKind.RESOLUTION_FAILED);
    assertThat(failure.phase()).isEqualTo(FailurePhase.RESOLVE);
    assertThat(thrown.getMessage()).contains("service.example:4711").doesNotContain("\n");
  }

  // ---- established ----

  @Test
  void resetIsToldToEveryReaderNotOnlyToTheFirst() throws Exception {
    ConnectedPair pair = connected();
    pair.client().getOutputStream().write(1);
    pair.resetByPeer();
    InputStream in = pair.client().getInputStream();
    for (int i = 0; i < 3; i++) {
      Throwable thrown = thrownBy(in::read);
      ConnectionFailure failure =
          assertFailure(
              thrown,
              SocketException.class,
              FailureKind.RESET,
              FailurePhase.READ,
              Errno.ECONNRESET,
              RetryAdvice.NEW_CONNECTION_NOW);
      assertThat(failure.requestBytesSent()).isTrue();
    }
    assertThat(thrownBy(() -> pair.client().read(ByteBuffer.allocate(4))))
        .isInstanceOf(SocketException.class);
  }

  @Test
  void resetBeforeAnyRequestByteSaysThatNoneWasSent() throws Exception {
    ConnectedPair pair = connected();
    pair.resetByPeer();
    Throwable thrown = thrownBy(() -> pair.client().getInputStream().read());
    ConnectionFailure failure = assertKind(thrown, FailureKind.RESET);
    assertThat(failure.requestBytesSent()).isFalse();
    assertThat(thrown.getMessage()).doesNotContain("request bytes were sent");
  }

  @Test
  void resetFoundByAWriteIsRememberedForTheReader() throws Exception {
    ConnectedPair pair = connected();
    pair.resetByPeer();
    Await.until(
        "the reset is there",
        () -> pair.client().checkIdle(System.nanoTime()) == IdleState.PEER_CLOSED);
    Throwable write = thrownBy(() -> pair.client().getOutputStream().write(1));
    ConnectionFailure failure =
        assertFailure(
            write,
            SocketException.class,
            FailureKind.RESET,
            FailurePhase.WRITE,
            Errno.ECONNRESET,
            RetryAdvice.NEW_CONNECTION_NOW);
    assertThat(failure.requestBytesSent()).isFalse();
    for (int i = 0; i < 2; i++) {
      assertKind(thrownBy(() -> pair.client().getInputStream().read()), FailureKind.RESET);
    }
  }

  @Test
  void writeAfterThePeerClosedFails() throws Exception {
    ConnectedPair pair = connected();
    pair.peer().close();
    assertThat(pair.client().getInputStream().read()).isEqualTo(-1);
    List<Throwable> thrown = new ArrayList<>();
    Await.until(
        "a write fails",
        () -> {
          Throwable failed = thrownBy(() -> pair.client().getOutputStream().write(1));
          if (failed != null) {
            thrown.add(failed);
          }
          return failed != null;
        });
    assertFailure(
        thrown.get(0),
        SocketException.class,
        FailureKind.PEER_CLOSED,
        FailurePhase.WRITE,
        Errno.EPIPE,
        RetryAdvice.NEW_CONNECTION_NOW);
  }

  @Test
  void kernelTimeoutOfAnEstablishedConnectionIsFatal() throws Exception {
    ConnectedPair pair = narrow();
    pair.client().setOption(TransportOptions.TCP_USER_TIMEOUT, 500);
    // The peer's window stays shut: its zero-window probes count towards the user timeout.
    Throwable thrown = thrownBy(() -> pair.client().getOutputStream().write(new byte[8_000_000]));
    assertThat(thrown).isNotInstanceOf(SocketTimeoutException.class);
    assertFailure(
        thrown,
        SocketException.class,
        FailureKind.TIMED_OUT,
        FailurePhase.WRITE,
        Errno.ETIMEDOUT,
        RetryAdvice.NEW_CONNECTION_NOW);
  }

  @Test
  void readLimit() throws Exception {
    ConnectedPair pair = connected();
    pair.client().getOutputStream().write(1);
    pair.client().setSoTimeout(20);
    Throwable thrown = thrownBy(() -> pair.client().getInputStream().read());
    ConnectionFailure failure =
        assertFailure(
            thrown,
            SocketTimeoutException.class,
            FailureKind.READ_TIMED_OUT,
            FailurePhase.READ,
            Errno.NONE,
            RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
    assertThat(failure.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    assertThat(failure.requestBytesSent()).isTrue();
    assertThat(failure.unansweredSyns()).isEqualTo(FailureDetails.UNKNOWN);
    assertThat(((InterruptedIOException) thrown).bytesTransferred).isZero();
  }

  @Test
  void writeLimitTellsHowMuchWentAndLeavesTheSocketUsable() throws Exception {
    ConnectedPair pair = narrow();
    TransportSocket socket = pair.client();
    socket.setWriteTimeout(120);
    byte[] bytes = new byte[8_000_000];
    Throwable thrown = thrownBy(() -> socket.getOutputStream().write(bytes));
    assertFailure(
        thrown,
        SocketTimeoutException.class,
        FailureKind.WRITE_TIMED_OUT,
        FailurePhase.WRITE,
        Errno.NONE,
        RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
    int taken = ((InterruptedIOException) thrown).bytesTransferred;
    assertThat((long) taken).isPositive().isEqualTo(socket.bytesWritten());
    assertThat(socket.isClosed()).isFalse();
    assertThat(pair.peer().getInputStream().readNBytes(taken)).hasSize(taken);
    socket.getOutputStream().write(7);
    assertThat(pair.peer().getInputStream().read()).isEqualTo(7);
  }

  /** More than one piece of 128 KiB goes before the limit passes. */
  @Test
  void writeLimitCountsTheBytesOfEveryPiece() throws Exception {
    ConnectedPair pair = connected();
    TransportSocket socket = pair.client();
    socket.setSendBufferSize(400_000);
    socket.setWriteTimeout(120);
    Throwable thrown = thrownBy(() -> socket.getOutputStream().write(new byte[50_000_000]));
    assertKind(thrown, FailureKind.WRITE_TIMED_OUT);
    assertThat(socket.bytesWritten()).isGreaterThan(128 * 1024);
    assertThat((long) ((InterruptedIOException) thrown).bytesTransferred)
        .isEqualTo(socket.bytesWritten());
  }

  @Test
  void writeLimitLeavesTheBufferAtTheFirstByteThatDidNotGo() throws Exception {
    for (boolean direct : new boolean[] {false, true}) {
      ConnectedPair pair = narrow();
      pair.client().setWriteTimeout(50);
      ByteBuffer source =
          direct ? ByteBuffer.allocateDirect(8_000_000) : ByteBuffer.allocate(8_000_000);
      source.position(100);
      assertKind(thrownBy(() -> pair.client().write(source)), FailureKind.WRITE_TIMED_OUT);
      assertThat((long) source.position()).isEqualTo(100 + pair.client().bytesWritten());
    }
  }

  @Test
  void writerThatWaitedForAnotherOneMovesOnlyItsOwnBuffer() throws Exception {
    ConnectedPair pair = narrow();
    TransportSocket socket = pair.client();
    socket.setWriteTimeout(2_000);
    ByteBuffer first = ByteBuffer.allocateDirect(8_000_000);
    ByteBuffer second = ByteBuffer.allocateDirect(8_000_000);
    Background<Throwable> one = Background.failing(() -> socket.write(first));
    Background<Throwable> two = Background.failing(() -> socket.write(second));
    assertKind(one.get(), FailureKind.WRITE_TIMED_OUT);
    assertKind(two.get(), FailureKind.WRITE_TIMED_OUT);
    assertThat((long) first.position() + second.position()).isEqualTo(socket.bytesWritten());
  }

  @Test
  void ownCloseIsNotTheFaultOfThePeer() throws Exception {
    ConnectedPair pair = connected();
    InputStream in = pair.client().getInputStream();
    pair.client().close();
    Throwable thrown = thrownBy(in::read);
    assertThat(thrown).isInstanceOf(SocketException.class);
    ConnectionFailure failure = assertKind(thrown, FailureKind.CLOSED);
    assertThat(failure.advice()).isEqualTo(RetryAdvice.NEVER);
    assertThat(failure.errno()).isZero();
    assertThat(thrown.getMessage()).contains("service.example:4711").doesNotContain("\n");
  }

  // ---- descriptors ----

  @Test
  void usedUpDescriptors() throws Exception {
    String said = ChildJvm.of(DescriptorsUsedUp.class).after("ulimit -n 64").run().successful();
    assertThat(said.lines().filter(line -> line.startsWith("kind=")).findFirst())
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .contains("kind=DESCRIPTORS_EXHAUSTED", "errno=24", "phase=CONNECT")
                    .contains("advice=SAME_ADDRESS_AFTER_BACKOFF", "type=java.net.SocketException")
                    .contains("127.0.0.1:9", "EMFILE", "ulimit -n")
                    .containsPattern("after [0-9.]+ ms"));
    assertThat(said).contains("usable again");
  }

  /** Opens sockets until there is no descriptor left, and says how that ended. */
  static final class DescriptorsUsedUp {
    private DescriptorsUsedUp() {}

    public static void main(String[] arguments) throws Exception {
      List<TransportSocket> sockets = new ArrayList<>();
      try (Transport transport = TestTransports.jni()) {
        InetSocketAddress discard = new InetSocketAddress("127.0.0.1", 9);
        TransportSocket warmUp = transport.open();
        thrownBy(() -> warmUp.connect(discard, 100)); // loads the classes, which are files too
        for (int i = 0; i < 100; i++) {
          TransportSocket socket = transport.open();
          try {
            socket.startConnect(discard);
          } catch (IOException failed) {
            ConnectionFailure failure = (ConnectionFailure) failed;
            if (failure.kind() != FailureKind.REFUSED) {
              say(failed, failure);
              break;
            }
            socket.getSoLinger();
          }
          sockets.add(socket);
        }
        for (TransportSocket socket : sockets) {
          socket.close();
        }
        TransportSocket again = transport.open();
        Throwable refused = thrownBy(() -> again.connect(discard, 1_000));
        if (assertKind(refused, FailureKind.REFUSED) != null) {
          System.out.println("usable again");
        }
      }
    }

    private static void say(IOException failed, ConnectionFailure failure) {
      System.out.println(
          "kind="
              + failure.kind()
              + " errno="
              + failure.errno()
              + " phase="
              + failure.phase()
              + " advice="
              + failure.advice()
              + " type="
              + failed.getClass().getSuperclass().getName()
              + " "
              + failed.getMessage());
    }
  }
}
