package io.trunkline;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.TlsIdentity;
import io.trunkline.transport.TransportOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A managed socket keeps the contract of java.net.Socket, before its connect and after it. */
abstract class ManagedSocketTest extends ManagedSocketFixture {
  private static final class OtherAddress extends SocketAddress {}

  private record Unknown(String name, Class<Integer> type) implements SocketOption<Integer> {}

  // ---- before and after the connect ----

  @Test
  void newSocketIsNeitherBoundNorConnectedNorClosed() throws Exception {
    Socket socket = open();
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
    assertThat(socket.toString()).contains("unconnected");
  }

  @Test
  void transferAndHalfCloseNeedAConnection() throws Exception {
    Socket socket = open();
    List<Background.Action> actions =
        List.of(
            socket::getInputStream,
            socket::getOutputStream,
            socket::shutdownInput,
            socket::shutdownOutput,
            () -> socket.sendUrgentData(1));
    for (Background.Action action : actions) {
      assertThat(thrownBy(action)).isInstanceOf(SocketException.class);
    }
    assertThat(socket.isClosed()).isFalse();
  }

  @Test
  void connectedSocketKnowsBothEnds() throws Exception {
    Socket socket = open();
    Socket peer = peerOf(socket);
    assertThat(socket.isConnected()).isTrue();
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.getInetAddress()).isEqualTo(peer.getLocalAddress());
    assertThat(socket.getPort()).isEqualTo(peer.getLocalPort());
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(peer.getLocalSocketAddress());
    assertThat(socket.getLocalAddress()).isEqualTo(peer.getInetAddress());
    assertThat(socket.getLocalPort()).isEqualTo(peer.getPort());
    assertThat(socket.getLocalSocketAddress()).isEqualTo(peer.getRemoteSocketAddress());
    assertThat(socket.toString()).contains("port=" + socket.getPort());
  }

  @Test
  void closedSocketRemembersWhatItWas() throws Exception {
    Socket socket = open();
    Socket peer = peerOf(socket);
    socket.close();
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isTrue();
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.getInetAddress()).isEqualTo(peer.getLocalAddress());
    assertThat(socket.getPort()).isEqualTo(peer.getLocalPort());
    assertThat(socket.getLocalPort()).isEqualTo(peer.getPort());
    assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
    assertThat(peer.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void closeBeforeConnectLeavesItUnconnected() throws Exception {
    Socket socket = open();
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.isBound()).isFalse();
    assertThat(socket.getLocalPort()).isEqualTo(-1);
    assertThatThrownBy(() -> socket.connect(new InetSocketAddress(loopback(), 1)))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void argumentsThatCannotBeAreRefusedAndLeaveTheSocketAsItWas() throws Exception {
    Socket socket = open();
    EchoServer server = echoServer();
    assertThatThrownBy(() -> socket.connect(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> socket.connect(server.address(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> socket.connect(new OtherAddress(), 10))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(socket.isClosed()).isFalse();
    socket.connect(server.address(), 5_000);
    assertEchoes(socket);
  }

  @Test
  void secondConnectIsRefusedAndTheConnectionLivesOn() throws Exception {
    Socket socket = echoing();
    SocketAddress other = echoServer().address();
    assertThatThrownBy(() -> socket.connect(other, 5_000)).isInstanceOf(SocketException.class);
    assertThat(socket.isClosed()).isFalse();
    assertEchoes(socket);
  }

  // ---- binding ----

  @Test
  void boundSocketConnectsFromThatAddress() throws Exception {
    Socket socket = open();
    InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 3});
    socket.bind(new InetSocketAddress(local, 0));
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.getLocalAddress()).isEqualTo(local);
    assertThat(socket.getLocalPort()).isZero();
    Socket peer = peerOf(socket);
    assertThat(peer.getInetAddress()).isEqualTo(local);
    assertThat(socket.getLocalPort()).isEqualTo(peer.getPort());
  }

  @Test
  void bindReplacesTheLocalAddressOfTheSettings() throws Exception {
    InetAddress ofSettings = InetAddress.getByAddress(new byte[] {127, 0, 0, 4});
    Socket unbound = open(builder().connect(c -> c.localAddress(ofSettings)));
    assertThat(peerOf(unbound).getInetAddress()).isEqualTo(ofSettings);
    Socket bound = open(builder().connect(c -> c.localAddress(ofSettings)));
    InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, 5});
    bound.bind(new InetSocketAddress(own, 0));
    assertThat(peerOf(bound).getInetAddress()).isEqualTo(own);
  }

  @Test
  void boundPortIsTheOneAskedFor() throws Exception {
    Socket socket = open();
    int port = closedPort();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(loopback(), port));
    assertThat(socket.getLocalPort()).isEqualTo(port);
    assertThat(socket.getLocalSocketAddress()).isEqualTo(new InetSocketAddress(loopback(), port));
    assertThat(peerOf(socket).getPort()).isEqualTo(port);
  }

  @Test
  void bindRefusesWhatSocketRefuses() throws Exception {
    Socket socket = open();
    EchoServer server = echoServer();
    assertThatThrownBy(() -> socket.bind(new OtherAddress()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> socket.bind(InetSocketAddress.createUnresolved("a.invalid", 0)))
        .isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> socket.bind(server.address())).isInstanceOf(SocketException.class);
    assertThat(socket.isBound()).isFalse();
    socket.bind(null);
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
    assertThatThrownBy(() -> socket.bind(null)).isInstanceOf(SocketException.class);
    Socket closed = open();
    closed.close();
    assertThatThrownBy(() -> closed.bind(null)).isInstanceOf(SocketException.class);
  }

  // ---- options ----

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void settersAreReadBack(boolean connected) throws Exception {
    Socket socket = connected ? echoing() : open();
    set(socket);
    assertSet(socket);
    for (boolean on : new boolean[] {true, false, true}) {
      socket.setTcpNoDelay(on);
      assertThat(socket.getTcpNoDelay()).isEqualTo(on);
      socket.setOOBInline(on);
      assertThat(socket.getOOBInline()).isEqualTo(on);
    }
    socket.setSoLinger(false, 99);
    assertThat(socket.getSoLinger()).isEqualTo(-1);
    socket.setPerformancePreferences(1, 2, 3);
  }

  @Test
  void whatWasSetBeforeConnectHoldsAfterIt() throws Exception {
    Socket socket = open();
    set(socket);
    socket.connect(echoServer().address(), 5_000);
    assertSet(socket);
    assertEchoes(socket);
  }

  private static void set(Socket socket) throws IOException {
    socket.setSoTimeout(4_321);
    socket.setTcpNoDelay(false);
    socket.setKeepAlive(false);
    socket.setReuseAddress(true);
    socket.setOOBInline(true);
    socket.setSoLinger(true, 3);
    socket.setSendBufferSize(30_000);
    socket.setTrafficClass(0x18);
    assertThat(socket.setOption(StandardSocketOptions.SO_RCVBUF, 40_000)).isSameAs(socket);
    if (socket.supportedOptions().contains(TransportOptions.TCP_USER_TIMEOUT)) {
      socket.setOption(TransportOptions.TCP_USER_TIMEOUT, 7_000);
    }
  }

  private static void assertSet(Socket socket) throws IOException {
    assertThat(socket.getSoTimeout()).isEqualTo(4_321);
    assertThat(socket.getTcpNoDelay()).isFalse();
    assertThat(socket.getKeepAlive()).isFalse();
    assertThat(socket.getReuseAddress()).isTrue();
    assertThat(socket.getOOBInline()).isTrue();
    assertThat(socket.getSoLinger()).isEqualTo(3);
    assertThat(socket.getSendBufferSize()).isEqualTo(30_000);
    assertThat(socket.getReceiveBufferSize()).isEqualTo(40_000);
    assertThat(socket.getTrafficClass()).isEqualTo(0x18);
    if (socket.supportedOptions().contains(TransportOptions.TCP_USER_TIMEOUT)) {
      assertThat(socket.getOption(TransportOptions.TCP_USER_TIMEOUT)).isEqualTo(7_000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void settingsOfTheManagerHoldButForTheReadLimit(boolean connected) throws Exception {
    Socket socket =
        open(builder().socket(s -> s.readTimeout(Duration.ofMillis(50)).trafficClass(8)));
    if (connected) {
      socket.connect(echoServer().address());
    }
    assertThat(socket.getTcpNoDelay()).isTrue();
    assertThat(socket.getKeepAlive()).isTrue();
    assertThat(socket.getTrafficClass()).isEqualTo(8);
    assertThat(socket.getSoTimeout()).as("as java.net.Socket has it").isZero();
  }

  @Test
  void whatIsSetWhileItConnectsHoldsAfterIt() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    Socket socket = open();
    Background<Throwable> connect =
        Background.failing(() -> socket.connect(backlog.address(), 10_000));
    socket.setSoTimeout(2_345);
    socket.setTrafficClass(0x10);
    assertThat(socket.getSoTimeout()).isEqualTo(2_345);
    assertThat(socket.isConnected()).isFalse();
    backlog.acceptAll();
    assertThat(connect.get()).isNull(); // the SYN is repeated after a second
    assertThat(socket.getSoTimeout()).isEqualTo(2_345);
    assertThat(socket.getTrafficClass()).isEqualTo(0x10);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void valuesThatCannotBeAreRefused(boolean connected) throws Exception {
    Socket socket = connected ? echoing() : open();
    Unknown unknown = new Unknown("NO_SUCH_OPTION", Integer.class);
    List<Background.Action> actions =
        List.of(
            () -> socket.setSoLinger(true, -1),
            () -> socket.setSendBufferSize(0),
            () -> socket.setReceiveBufferSize(0),
            () -> socket.setTrafficClass(256),
            () -> socket.setOption(StandardSocketOptions.SO_SNDBUF, -1));
    for (Background.Action action : actions) {
      assertThat(thrownBy(action)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(thrownBy(() -> socket.setSoTimeout(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("read timeout must not be negative: -1");
    assertThatThrownBy(() -> socket.setOption(unknown, 1))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> socket.getOption(unknown))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> socket.getOption(null)).isInstanceOf(NullPointerException.class);
    assertThat(socket.isClosed()).isFalse();
    if (!connected) {
      socket.connect(echoServer().address());
    }
    assertEchoes(socket);
  }

  @Test
  void valueThatTheKernelRefusesIsNotSwallowed() throws Exception {
    Socket socket = open();
    Background.Action use =
        () -> {
          socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 100_000);
          socket.connect(echoServer().address(), 5_000);
        };
    assertThat(thrownBy(use)).isInstanceOf(SocketException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyOptionOfAClosedSocketIsASocketException(boolean connected) throws Exception {
    Socket socket = connected ? echoing() : open();
    socket.close();
    List<Background.Action> actions =
        List.of(
            socket::getTcpNoDelay,
            () -> socket.setTcpNoDelay(true),
            socket::getKeepAlive,
            () -> socket.setKeepAlive(true),
            socket::getOOBInline,
            () -> socket.setOOBInline(true),
            socket::getReuseAddress,
            () -> socket.setReuseAddress(true),
            socket::getSoLinger,
            () -> socket.setSoLinger(true, 1),
            socket::getSendBufferSize,
            () -> socket.setSendBufferSize(1),
            socket::getReceiveBufferSize,
            () -> socket.setReceiveBufferSize(1),
            socket::getTrafficClass,
            () -> socket.setTrafficClass(1),
            socket::getSoTimeout,
            () -> socket.setSoTimeout(1),
            () -> socket.setOption(StandardSocketOptions.SO_RCVBUF, 1),
            () -> socket.getOption(StandardSocketOptions.SO_RCVBUF));
    for (int i = 0; i < actions.size(); i++) {
      assertThat(thrownBy(actions.get(i))).as("action %d", i).isInstanceOf(SocketException.class);
    }
  }

  // ---- transfer ----

  @Test
  void readLimitEndsAReadAndLeavesTheSocketUsable() throws Exception {
    Socket socket = open();
    socket.setSoTimeout(50);
    socket.connect(echoServer().address());
    Throwable late = thrownBy(() -> socket.getInputStream().read());
    assertThat(late).isInstanceOf(SocketTimeoutException.class);
    assertKind(late, FailureKind.READ_TIMED_OUT);
    socket.setSoTimeout(5_000);
    assertEchoes(socket);
  }

  @Test
  void eitherStreamClosesTheSocket() throws Exception {
    Socket first = open();
    Socket peer = peerOf(first);
    first.getInputStream().close();
    assertThat(first.isClosed()).isTrue();
    assertThat(peer.getInputStream().read()).isEqualTo(-1);
    Socket second = echoing();
    second.getOutputStream().close();
    assertThat(second.isClosed()).isTrue();
    assertThatThrownBy(second::getInputStream).isInstanceOf(SocketException.class);
  }

  @Test
  void halfCloseEndsOneDirectionOnly() throws Exception {
    Socket socket = echoing();
    socket.getOutputStream().write(7);
    socket.shutdownOutput();
    assertThat(socket.isOutputShutdown()).isTrue();
    assertThatThrownBy(socket::getOutputStream).isInstanceOf(SocketException.class);
    assertThat(socket.getInputStream().readAllBytes()).containsExactly(7);
    socket.shutdownInput();
    assertThat(socket.isInputShutdown()).isTrue();
  }

  @Test
  void closeWakesAReaderAndAWriter() throws Exception {
    Socket socket = open();
    socket.setSendBufferSize(16_384);
    peerOf(socket);
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    Background<Throwable> reader = Background.failing(in::read);
    Background<Throwable> writer = Background.failing(() -> out.write(new byte[20_000_000]));
    socket.close();
    assertKind(reader.get(5), FailureKind.CLOSED);
    assertKind(writer.get(5), FailureKind.CLOSED);
  }

  @Test
  void jsseSpeaksTlsOverIt() throws Exception {
    EchoServer server =
        closing(
            new EchoServer(TlsIdentity.context().getServerSocketFactory().createServerSocket(0)));
    Socket socket = open();
    socket.connect(new InetSocketAddress(loopback(), server.address().getPort()), 5_000);
    SSLSocket tls =
        (SSLSocket)
            TlsIdentity.context()
                .getSocketFactory()
                .createSocket(socket, "localhost", socket.getPort(), true);
    tls.setSoTimeout(5_000);
    tls.startHandshake();
    assertEchoes(tls);
    tls.close();
    assertThat(socket.isClosed()).isTrue();
  }

  /** Nobody but the streams knows the connection any more, and they must keep it alive. */
  @Test
  void streamKeepsItsConnectionAlive() throws Exception {
    EchoServer server = echoServer();
    Socket[] forgotten = {open()};
    forgotten[0].connect(server.address());
    InputStream in = forgotten[0].getInputStream();
    OutputStream out = forgotten[0].getOutputStream();
    forgotten[0] = null;
    for (int i = 0; i < 5; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(10);
    }
    out.write(9);
    Await.until("the echo is there", () -> in.available() == 1);
    assertThat(in.read()).isEqualTo(9);
  }
}
