package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The states of a socket, from new over bound and connected to closed. */
abstract class LifecycleContract extends TransportContractTest {
  private static final InetSocketAddress UNRESOLVED =
      InetSocketAddress.createUnresolved("no-such-host.invalid", 80);

  private static final class OtherAddress extends SocketAddress {
    private static final long serialVersionUID = 1;
  }

  private static InetAddress loopback() throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static int closedPort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, loopback())) {
      return listener.getLocalPort();
    }
  }

  // ---- new ----

  @Test
  void newSocketIsNeitherBoundNorConnectedNorClosed() throws Exception {
    TransportSocket socket = open();
    assertThat(socket.isBound()).isFalse();
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.isInputShutdown()).isFalse();
    assertThat(socket.isOutputShutdown()).isFalse();
    assertThat(socket.getInetAddress()).isNull();
    assertThat(socket.getPort()).isZero();
    assertThat(socket.getRemoteSocketAddress()).isNull();
    assertThat(socket.getLocalPort()).isEqualTo(-1);
    assertThat(socket.getLocalSocketAddress()).isNull();
    assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
    assertThat(socket.getChannel()).isNull();
    assertThat(socket.endpoint()).isEmpty();
    assertThat(socket.bytesWritten()).isZero();
    assertThat(socket.hasReadEnd()).isFalse();
    assertThat(socket.tcpInfo()).isEmpty();
    assertThat(socket.toString()).contains("unconnected");
  }

  @Test
  void transferAndHalfCloseNeedAConnection() throws Exception {
    TransportSocket socket = open();
    List<Background.Action> actions =
        List.of(
            socket::getInputStream,
            socket::getOutputStream,
            socket::shutdownInput,
            socket::shutdownOutput,
            () -> socket.read(ByteBuffer.allocate(1)),
            () -> socket.write(ByteBuffer.allocate(1)),
            () -> socket.sendUrgentData(1));
    for (Background.Action action : actions) {
      assertThat(thrownBy(action)).isInstanceOf(SocketException.class);
    }
    assertThat(socket.isClosed()).isFalse();
  }

  @Test
  void transferNeedsAConnectionAlsoWhereADescriptorExists() throws Exception {
    TransportSocket socket = open();
    socket.bind(new InetSocketAddress(loopback(), 0));
    assertThatThrownBy(() -> socket.read(ByteBuffer.allocate(1)))
        .isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> socket.write(ByteBuffer.allocate(1)))
        .isInstanceOf(SocketException.class);
  }

  // ---- connecting ----

  @Test
  void connectedSocketKnowsBothEnds() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    assertThat(socket.isConnected()).isTrue();
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.getInetAddress()).isEqualTo(pair.peer().getLocalAddress());
    assertThat(socket.getPort()).isEqualTo(pair.peer().getLocalPort());
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(pair.peer().getLocalSocketAddress());
    assertThat(socket.getLocalAddress()).isEqualTo(pair.peer().getInetAddress());
    assertThat(socket.getLocalPort()).isEqualTo(pair.peer().getPort());
    assertThat(socket.getLocalSocketAddress()).isEqualTo(pair.peer().getRemoteSocketAddress());
    assertThat(socket.getChannel()).isNull();
    assertThat(socket.toString()).contains("port=" + socket.getPort());
  }

  @Test
  void argumentsThatCannotBeAreRefusedAndLeaveTheSocketAsItWas() throws Exception {
    TransportSocket socket = open();
    EchoServer server = echoServer();
    assertThatThrownBy(() -> socket.connect(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> socket.connect(null, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> socket.connect(server.address(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> socket.connect(new OtherAddress(), 10))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(socket.isClosed()).isFalse();
    socket.connect(server.address(), 5_000);
    assertThat(socket.isConnected()).isTrue();
  }

  @Test
  void connectTimeoutZeroIsNoLimit() throws Exception {
    TransportSocket socket = open();
    socket.connect(echoServer().address(), 0);
    assertThat(socket.isConnected()).isTrue();
  }

  @Test
  void connectWithoutLimitWaitsForALateAnswer() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = open();
    Background<Throwable> connect = Background.failing(() -> socket.connect(backlog.address(), 0));
    backlog.acceptAll();
    assertThat(connect.get()).isNull(); // the SYN is repeated after a second
    assertThat(socket.isConnected()).isTrue();
  }

  @Test
  void connectThatIsNotAnsweredEndsAtItsLimitAndClosesTheSocket() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = open();
    long start = System.nanoTime();
    Throwable thrown = thrownBy(() -> socket.connect(backlog.address(), 150));
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
    assertKind(thrown, FailureKind.TIMED_OUT);
    assertThat(taken).isBetween(Duration.ofMillis(149), Duration.ofMillis(900));
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
  }

  @Test
  void refusedConnectClosesTheSocket() throws Exception {
    TransportSocket socket = open();
    InetSocketAddress nobody = new InetSocketAddress(loopback(), closedPort());
    Throwable thrown = thrownBy(() -> socket.connect(nobody, 5_000));
    assertThat(thrown).isInstanceOf(ConnectException.class);
    assertKind(thrown, FailureKind.REFUSED);
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThatThrownBy(() -> socket.connect(nobody, 5_000)).isInstanceOf(SocketException.class);
  }

  @Test
  void unresolvedAddressIsAnUnknownHostAndClosesTheSocket() throws Exception {
    TransportSocket socket = open();
    Throwable thrown = thrownBy(() -> socket.connect(UNRESOLVED, 5_000));
    assertThat(thrown)
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("no-such-host.invalid");
    assertKind(thrown, FailureKind.RESOLUTION_FAILED);
    assertThat(socket.isClosed()).isTrue();
  }

  @Test
  void secondConnectIsRefusedAndTheConnectionLivesOn() throws Exception {
    TransportSocket socket = echoing();
    SocketAddress other = echoServer().address();
    assertThatThrownBy(() -> socket.connect(other, 5_000)).isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> socket.connect(UNRESOLVED, 5_000)).isInstanceOf(SocketException.class);
    assertThat(socket.isClosed()).isFalse();
    assertEchoes(socket);
  }

  @Test
  void closedSocketDoesNotConnect() throws Exception {
    TransportSocket socket = open();
    socket.close();
    SocketAddress address = echoServer().address();
    assertThatThrownBy(() -> socket.connect(address, 5_000)).isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> socket.connect(address)).isInstanceOf(SocketException.class);
    assertThat(socket.isConnected()).isFalse();
  }

  @Test
  void connectInTwoStepsMayBeFinishedByAnotherThread() throws Exception {
    EchoServer server = echoServer();
    TransportSocket socket = open();
    boolean connected = socket.startConnect(server.address());
    if (!connected) {
      long limit = TimeUnit.SECONDS.toNanos(5);
      assertThat(Background.start(() -> socket.finishConnect(limit)).get()).isTrue();
    }
    assertEchoes(socket);
  }

  @Test
  void finishConnectMayBeCalledAgainAfterItsLimit() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = open();
    assertThat(socket.startConnect(backlog.address())).isFalse();
    assertThat(socket.finishConnect(TimeUnit.MILLISECONDS.toNanos(50))).isFalse();
    assertThat(socket.finishConnect(TimeUnit.MILLISECONDS.toNanos(50))).isFalse();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.isConnected()).isFalse();
    backlog.acceptAll();
    assertThat(socket.finishConnect(TimeUnit.SECONDS.toNanos(10))).isTrue();
    assertThat(socket.isConnected()).isTrue();
  }

  @Test
  void optionsAndBindingSurviveARepeatedFinish() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = open();
    socket.setKeepAlive(true);
    socket.setSoTimeout(1_234);
    socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), 0));
    assertThat(socket.startConnect(backlog.address())).isFalse();
    assertThat(socket.finishConnect(TimeUnit.MILLISECONDS.toNanos(20))).isFalse();
    backlog.acceptAll();
    assertThat(socket.finishConnect(TimeUnit.SECONDS.toNanos(10))).isTrue();
    assertThat(socket.getKeepAlive()).isTrue();
    assertThat(socket.getSoTimeout()).isEqualTo(1_234);
    assertThat(socket.getLocalAddress().getHostAddress()).isEqualTo("127.0.0.2");
  }

  // ---- binding ----

  @Test
  void boundSocketConnectsFromThatAddress() throws Exception {
    TransportSocket socket = open();
    InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 3});
    socket.bind(new InetSocketAddress(local, 0));
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.getLocalAddress()).isEqualTo(local);
    ConnectedPair pair = closing(ConnectedPair.connect(socket));
    assertThat(pair.peer().getInetAddress()).isEqualTo(local);
    assertThat(socket.getLocalAddress()).isEqualTo(local);
    assertThat(socket.getLocalPort()).isEqualTo(pair.peer().getPort());
  }

  @Test
  void boundPortIsTheOneAskedFor() throws Exception {
    TransportSocket socket = open();
    int port = closedPort();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(loopback(), port));
    assertThat(socket.getLocalPort()).isEqualTo(port);
    ConnectedPair pair = closing(ConnectedPair.connect(socket));
    assertThat(pair.peer().getPort()).isEqualTo(port);
  }

  @Test
  void bindWithoutAnAddressLeavesTheChoiceToTheSystem() throws Exception {
    TransportSocket socket = open();
    socket.bind(null);
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
    ConnectedPair pair = closing(ConnectedPair.connect(socket));
    assertThat(socket.getLocalPort()).isEqualTo(pair.peer().getPort());
    assertThat(socket.getLocalAddress()).isEqualTo(loopback());
  }

  @Test
  void bindRefusesWhatSocketRefuses() throws Exception {
    TransportSocket socket = open();
    assertThatThrownBy(() -> socket.bind(new OtherAddress()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> socket.bind(UNRESOLVED)).isInstanceOf(SocketException.class);
    assertThat(socket.isBound()).isFalse();
    socket.bind(new InetSocketAddress(loopback(), 0));
    assertThatThrownBy(() -> socket.bind(new InetSocketAddress(loopback(), 0)))
        .isInstanceOf(SocketException.class);
    TransportSocket connected = echoing();
    assertThatThrownBy(() -> connected.bind(null)).isInstanceOf(SocketException.class);
    TransportSocket closed = open();
    closed.close();
    assertThatThrownBy(() -> closed.bind(null)).isInstanceOf(SocketException.class);
  }

  @Test
  void portInUseCannotBeBound() throws Exception {
    EchoServer server = echoServer();
    TransportSocket socket = open();
    Throwable thrown = thrownBy(() -> socket.bind(server.address()));
    assertThat(thrown).isInstanceOf(SocketException.class);
    assertThat(socket.isBound()).isFalse();
    socket.bind(null); // still usable
    assertThat(socket.isBound()).isTrue();
  }

  // ---- closing ----

  @Test
  void closedSocketRemembersWhatItWas() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    socket.close();
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isTrue();
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.getInetAddress()).isEqualTo(pair.peer().getLocalAddress());
    assertThat(socket.getPort()).isEqualTo(pair.peer().getLocalPort());
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(pair.peer().getLocalSocketAddress());
    assertThat(socket.getLocalPort()).isEqualTo(pair.peer().getPort());
    assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
    assertThat(socket.tcpInfo()).isEmpty();
    assertThat(socket.toString()).isNotEmpty();
  }

  @Test
  void closeBeforeConnectLeavesItUnconnected() throws Exception {
    TransportSocket socket = open();
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.isBound()).isFalse();
    assertThat(socket.getLocalPort()).isEqualTo(-1);
    assertThat(socket.getLocalSocketAddress()).isNull();
  }

  @Test
  void everyTransferAfterCloseIsASocketException() throws Exception {
    TransportSocket socket = pair().client();
    var in = socket.getInputStream();
    var out = socket.getOutputStream();
    socket.close();
    List<Background.Action> actions =
        List.of(
            socket::getInputStream,
            socket::getOutputStream,
            socket::shutdownInput,
            socket::shutdownOutput,
            in::read,
            () -> in.read(new byte[3]),
            () -> out.write(1),
            () -> out.write(new byte[3]),
            () -> socket.read(ByteBuffer.allocate(3)),
            () -> socket.write(ByteBuffer.allocate(3)),
            () -> socket.read(ByteBuffer.allocateDirect(3)),
            () -> socket.write(ByteBuffer.allocateDirect(3)),
            () -> socket.sendUrgentData(1));
    for (Background.Action action : actions) {
      assertThat(thrownBy(action)).isInstanceOf(SocketException.class);
    }
    assertThatThrownBy(in::available).isInstanceOf(IOException.class);
    assertKind(thrownBy(in::read), FailureKind.CLOSED);
    assertKind(thrownBy(() -> out.write(1)), FailureKind.CLOSED);
    assertKind(thrownBy(socket::getInputStream), FailureKind.CLOSED);
    assertKind(thrownBy(socket::getOutputStream), FailureKind.CLOSED);
  }

  @Test
  void closingEitherStreamClosesTheSocket() throws Exception {
    ConnectedPair first = pair();
    first.client().getInputStream().close();
    assertThat(first.client().isClosed()).isTrue();
    assertThat(first.peer().getInputStream().read()).isEqualTo(-1);
    ConnectedPair second = pair();
    second.client().getOutputStream().close();
    assertThat(second.client().isClosed()).isTrue();
    assertThat(second.peer().getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void bytesWrittenBeforeCloseArrive() throws Exception {
    ConnectedPair pair = pair();
    pair.client().getOutputStream().write(new byte[100_000]);
    pair.client().close();
    assertThat(pair.peer().getInputStream().readAllBytes()).hasSize(100_000);
  }

  @Test
  void lingerZeroResetsTheConnection() throws Exception {
    ConnectedPair pair = pair();
    pair.client().setSoLinger(true, 0);
    pair.client().close();
    assertThatThrownBy(() -> pair.peer().getInputStream().read())
        .isInstanceOf(SocketException.class);
  }

  static void assertEchoes(TransportSocket socket) throws IOException {
    socket.getOutputStream().write(new byte[] {1, 2, 3});
    assertThat(socket.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
  }
}
