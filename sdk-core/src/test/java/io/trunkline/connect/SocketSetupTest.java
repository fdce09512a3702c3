package io.trunkline.connect;

import static io.trunkline.transport.TransportOptions.TCP_SYNCNT;
import static io.trunkline.transport.TransportOptions.TCP_USER_TIMEOUT;
import static java.net.StandardSocketOptions.IP_TOS;
import static java.net.StandardSocketOptions.SO_KEEPALIVE;
import static java.net.StandardSocketOptions.SO_RCVBUF;
import static java.net.StandardSocketOptions.SO_SNDBUF;
import static java.net.StandardSocketOptions.TCP_NODELAY;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.ScriptedSocket;
import io.trunkline.transport.SocketPreparation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which options a socket gets, and when. */
class SocketSetupTest {
  private static final List<SocketOption<?>> ALL =
      List.of(
          TCP_NODELAY,
          SO_KEEPALIVE,
          TCP_KEEPIDLE,
          TCP_KEEPINTERVAL,
          TCP_KEEPCOUNT,
          TCP_SYNCNT,
          SO_RCVBUF,
          SO_SNDBUF,
          IP_TOS,
          TCP_USER_TIMEOUT);

  private static final SocketSettings EVERYTHING =
      SocketSettings.builder()
          .readTimeout(Duration.ofNanos(1_000_001))
          .writeTimeout(Duration.ofMillis(7))
          .tcpNoDelay(true)
          .keepAlive(true)
          .keepAliveIdle(Duration.ofMillis(30_001))
          .keepAliveInterval(Duration.ofSeconds(5))
          .keepAliveCount(4)
          .userTimeout(Duration.ofSeconds(9))
          .receiveBufferBytes(70_000)
          .sendBufferBytes(80_000)
          .trafficClass(16)
          .build();

  private static final SocketSettings NOTHING =
      SocketSettings.builder()
          .tcpNoDelay(false)
          .keepAlive(false)
          .userTimeout(Duration.ZERO)
          .readTimeout(Duration.ZERO)
          .build();

  private final ScriptedDials dials = new ScriptedDials();

  private Connector connector(SocketSettings socket, Map<Endpoint, EndpointSettings> own)
      throws IOException {
    return new Connector(
        dials.transport,
        dials.time,
        dials,
        AddressGuard.ANY,
        dials,
        dials,
        dials.settings.build(),
        socket,
        own,
        anySettings -> dials);
  }

  private ScriptedSocket dialled(SocketSettings socket) throws IOException {
    return dialled(connector(socket, Map.of()));
  }

  private ScriptedSocket dialled(Connector connector) throws IOException {
    dials.resolvesTo(1);
    dials.connects(1, 10);
    Dial dial = connector.dial(ScriptedDials.PLAIN);
    assertThat(dial.run(dials.within(5))).isEmpty();
    assertThat(dials.transport.last().given())
        .as("it would shorten the handshake")
        .doesNotContainKey(TCP_USER_TIMEOUT);
    dials.run(dial);
    return dials.transport.last();
  }

  @Test
  void eachOptionOfTheSettingsIsSet() throws Exception {
    ALL.forEach(dials.transport::supports);
    dials.settings.synRetries(3);
    ScriptedSocket socket = dialled(EVERYTHING);
    assertThat(socket.given())
        .containsOnly(
            Map.entry(TCP_NODELAY, true),
            Map.entry(SO_KEEPALIVE, true),
            Map.entry(TCP_KEEPIDLE, 31),
            Map.entry(TCP_KEEPINTERVAL, 5),
            Map.entry(TCP_KEEPCOUNT, 4),
            Map.entry(TCP_SYNCNT, 3),
            Map.entry(SO_RCVBUF, 70_000),
            Map.entry(SO_SNDBUF, 80_000),
            Map.entry(IP_TOS, 16),
            Map.entry(TCP_USER_TIMEOUT, 9_000));
    assertThat(socket.getSoTimeout()).as("rounded up").isEqualTo(2);
    assertThat(socket.getWriteTimeout()).isEqualTo(7);
  }

  @Test
  void whatTheKernelDoesByItselfNeedsNoCall() throws Exception {
    ALL.forEach(dials.transport::supports);
    ScriptedSocket socket = dialled(NOTHING);
    assertThat(socket.given()).isEmpty();
    assertThat(socket.getSoTimeout()).isZero();
    assertThat(socket.isBound()).isFalse();
  }

  @Test
  void whatTheTransportDoesNotKnowIsLeftOut() throws Exception {
    dials.settings.synRetries(3);
    dials.transport.supports(TCP_NODELAY);
    assertThat(dialled(EVERYTHING).given()).containsOnlyKeys(TCP_NODELAY);
  }

  @Test
  void aSocketIsBoundToTheLocalAddressUnlessItsCallerHasChosenAnother() throws Exception {
    InetAddress local = ScriptedDials.address(77).getAddress();
    dials.settings.localAddress(local);
    Connector connector = connector(NOTHING, Map.of());
    assertThat(dialled(connector).getLocalSocketAddress())
        .isEqualTo(new InetSocketAddress(local, 0));
    SocketPreparation other = socket -> socket.bind(ScriptedDials.address(99));
    dials.run(connector.dial(ScriptedDials.PLAIN, Optional.empty(), Long.MAX_VALUE, other));
    assertThat(dials.transport.last().getLocalSocketAddress()).isEqualTo(ScriptedDials.address(99));
  }

  @Test
  void anEndpointWithSettingsOfItsOwnIsDialledByThem() throws Exception {
    ALL.forEach(dials.transport::supports);
    ConnectSettings ofAll = dials.settings.build();
    EndpointSettings its =
        EndpointSettings.builder(
                ScriptedDials.PLAIN,
                PoolSettings.builder().build(),
                ofAll,
                NOTHING,
                TlsSettings.builder().build())
            .build();
    Connector connector = connector(EVERYTHING, Map.of(ScriptedDials.PLAIN, its));
    assertThat(dialled(connector).given()).isEmpty();
    try (var sample = connector.openSample()) {
      assertThat(((ScriptedSocket) sample).given()).containsEntry(TCP_NODELAY, true);
    }
  }
}
