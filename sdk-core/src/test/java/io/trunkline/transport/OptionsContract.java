package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.testing.Background;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options, before there is a connection and on one. */
abstract class OptionsContract extends TransportContractTest {
  private static final Map<String, Integer> SAMPLES =
      Map.of(
          "SO_LINGER", 7,
          "SO_RCVBUF", 40_960,
          "SO_SNDBUF", 40_960,
          "IP_TOS", 0x10,
          "TCP_KEEPIDLE", 33,
          "TCP_KEEPINTERVAL", 5,
          "TCP_KEEPCOUNT", 3,
          "TCP_USER_TIMEOUT", 5_000,
          "TCP_SYNCNT", 3);

  /** Not kept by the kernel (tcp(7)), not settable at all, or not after a connect. */
  private static final Set<String> SPECIAL =
      Set.of("TCP_QUICKACK", "SO_INCOMING_NAPI_ID", "TCP_FASTOPEN_CONNECT");

  private record Unknown(String name, Class<Integer> type) implements SocketOption<Integer> {}

  private TransportSocket socket(boolean connected) throws IOException {
    return connected ? pair().client() : open();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void settersAreReadBack(boolean connected) throws Exception {
    TransportSocket socket = socket(connected);
    for (boolean on : new boolean[] {true, false, true}) {
      socket.setTcpNoDelay(on);
      assertThat(socket.getTcpNoDelay()).isEqualTo(on);
      socket.setKeepAlive(on);
      assertThat(socket.getKeepAlive()).isEqualTo(on);
      socket.setOOBInline(on);
      assertThat(socket.getOOBInline()).isEqualTo(on);
      socket.setReuseAddress(on);
      assertThat(socket.getReuseAddress()).isEqualTo(on);
    }
    socket.setSoLinger(true, 3);
    assertThat(socket.getSoLinger()).isEqualTo(3);
    socket.setSoLinger(true, 1_000_000);
    assertThat(socket.getSoLinger()).isEqualTo(65_535);
    socket.setSoLinger(false, 99);
    assertThat(socket.getSoLinger()).isEqualTo(-1);
    socket.setSendBufferSize(30_000);
    assertThat(socket.getSendBufferSize()).isEqualTo(30_000);
    socket.setReceiveBufferSize(30_000);
    assertThat(socket.getReceiveBufferSize()).isEqualTo(30_000);
    socket.setTrafficClass(0x18);
    assertThat(socket.getTrafficClass()).isEqualTo(0x18);
    socket.setSoTimeout(4_321);
    assertThat(socket.getSoTimeout()).isEqualTo(4_321);
    socket.setSoTimeout(0);
    assertThat(socket.getSoTimeout()).isZero();
    socket.setWriteTimeout(1_234);
    assertThat(socket.getWriteTimeout()).isEqualTo(1_234);
    socket.setPerformancePreferences(1, 2, 3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void defaultsCanBeRead(boolean connected) throws Exception {
    TransportSocket socket = socket(connected);
    assertThat(socket.getSoLinger()).isEqualTo(-1);
    assertThat(socket.getSoTimeout()).isZero();
    assertThat(socket.getWriteTimeout()).isZero();
    assertThat(socket.getKeepAlive()).isFalse();
    assertThat(socket.getOOBInline()).isFalse();
    assertThat(socket.getSendBufferSize()).isPositive();
    assertThat(socket.getReceiveBufferSize()).isPositive();
    assertThat(socket.getTrafficClass()).isZero();
    for (SocketOption<?> option : socket.supportedOptions()) {
      assertThat(socket.getOption(option)).as(option.name()).isInstanceOf(option.type());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everySupportedOptionIsReadBack(boolean connected) throws Exception {
    for (SocketOption<?> option : open().supportedOptions()) {
      if (!SPECIAL.contains(option.name())) {
        assertReadBack(socket(connected), option);
      }
    }
  }

  @Test
  void everySupportedOptionSetBeforeConnectHoldsAfterIt() throws Exception {
    for (SocketOption<?> option : open().supportedOptions()) {
      if (!SPECIAL.contains(option.name())) {
        TransportSocket socket = open();
        Object value = setSample(socket, option);
        closing(ConnectedPair.connect(socket));
        assertThat(socket.getOption(option)).as(option.name()).isEqualTo(value);
      }
    }
  }

  private static <T> void assertReadBack(TransportSocket socket, SocketOption<T> option)
      throws IOException {
    T value = setSample(socket, option);
    assertThat(socket.getOption(option)).as(option.name()).isEqualTo(value);
  }

  private static <T> T setSample(TransportSocket socket, SocketOption<T> option)
      throws IOException {
    Object sample = option.type() == Boolean.class ? Boolean.TRUE : SAMPLES.get(option.name());
    assertThat(sample).as("a sample for %s", option.name()).isNotNull();
    T value = option.type().cast(sample);
    assertThat(socket.setOption(option, value)).isSameAs(socket);
    return value;
  }

  @Test
  void quickAckCanBeAskedForOnAConnection() throws Exception {
    TransportSocket socket = pair().client();
    if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
      socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isTrue();
    }
  }

  @Test
  void supportedOptionsIncludeThoseOfEverySocket() throws Exception {
    assertThat(open().supportedOptions())
        .contains(
            StandardSocketOptions.TCP_NODELAY,
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.IP_TOS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void unknownOptionsAndMissingOnesAreRefused(boolean connected) throws Exception {
    TransportSocket socket = socket(connected);
    Unknown unknown = new Unknown("NO_SUCH_OPTION", Integer.class);
    assertThatThrownBy(() -> socket.setOption(unknown, 1))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("NO_SUCH_OPTION");
    assertThatThrownBy(() -> socket.getOption(unknown))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> socket.setOption(null, 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> socket.getOption(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.SO_RCVBUF, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void valuesThatCannotBeAreRefused(boolean connected) throws Exception {
    TransportSocket socket = socket(connected);
    List<Background.Action> actions =
        List.of(
            () -> socket.setSoLinger(true, -1),
            () -> socket.setSendBufferSize(0),
            () -> socket.setSendBufferSize(-1),
            () -> socket.setReceiveBufferSize(0),
            () -> socket.setReceiveBufferSize(-1),
            () -> socket.setTrafficClass(-1),
            () -> socket.setTrafficClass(256),
            () -> socket.setOption(StandardSocketOptions.SO_SNDBUF, -1),
            () -> socket.setOption(StandardSocketOptions.IP_TOS, 256));
    for (Background.Action action : actions) {
      assertThat(thrownBy(action)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(thrownBy(() -> socket.setSoTimeout(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("read timeout must not be negative: -1");
    assertThat(thrownBy(() -> socket.setWriteTimeout(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("write timeout must not be negative: -1");
    assertThat(socket.getSoTimeout()).isZero();
    assertThat(socket.getWriteTimeout()).isZero();
    assertThat(socket.isClosed()).isFalse();
  }

  /** The kernel says so only once it is asked, which may be as late as the connect. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void valueThatTheKernelRefusesIsNotSwallowed(boolean connected) throws Exception {
    TransportSocket socket = socket(connected);
    if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPCOUNT)) {
      Background.Action use =
          () -> {
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 100_000);
            socket.connect(echoServer().address(), 5_000);
            throw new AssertionError("swallowed: " + socket.getOption(keepCount()));
          };
      assertThat(thrownBy(use)).isInstanceOf(SocketException.class);
    }
  }

  private static SocketOption<Integer> keepCount() {
    return ExtendedSocketOptions.TCP_KEEPCOUNT;
  }

  @Test
  void everyOptionOfAClosedSocketIsASocketException() throws Exception {
    TransportSocket neverConnected = open();
    neverConnected.close();
    assertEveryOptionThrows(neverConnected);
    TransportSocket connected = pair().client();
    connected.close();
    assertEveryOptionThrows(connected);
  }

  private static void assertEveryOptionThrows(TransportSocket socket) {
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
            () -> socket.setSoLinger(false, 1),
            socket::getSendBufferSize,
            () -> socket.setSendBufferSize(1),
            socket::getReceiveBufferSize,
            () -> socket.setReceiveBufferSize(1),
            socket::getTrafficClass,
            () -> socket.setTrafficClass(1),
            socket::getSoTimeout,
            () -> socket.setSoTimeout(1),
            () -> socket.setWriteTimeout(1),
            () -> socket.setOption(StandardSocketOptions.SO_RCVBUF, 1),
            () -> socket.getOption(StandardSocketOptions.SO_RCVBUF));
    for (int i = 0; i < actions.size(); i++) {
      assertThat(thrownBy(actions.get(i))).as("action %d", i).isInstanceOf(SocketException.class);
    }
  }
}
