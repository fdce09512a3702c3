package io.trunkline;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.CarelessTrust;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.testing.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The twin for TLS, over each transport. */
abstract class TrunklineSSLSocketFactoryTest extends ManagedSocketFixture {
  private TrunklineSSLSocketFactory factory;
  private int port;

  @BeforeEach
  void startServer() throws Exception {
    factory = new TrunklineSSLSocketFactory(closing(builder().build()), TlsIdentity.context());
    EchoServer server =
        new EchoServer(
            TlsIdentity.context().getServerSocketFactory().createServerSocket(0, 50, loopback()));
    port = closing(server).address().getPort();
  }

  private SSLSocket tls(Socket socket) throws Exception {
    closing(socket);
    socket.setSoTimeout(5_000);
    return (SSLSocket) socket;
  }

  /** An address of this host, under a name that is not in the certificate. */
  private static InetAddress otherName() throws Exception {
    return InetAddress.getByAddress("db.example", loopback().getAddress());
  }

  @Test
  void socketsOfEveryKindSpeakTls() throws Exception {
    InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 6});
    Socket plain = closing(new Socket(loopback(), port));
    Socket unconnected = factory.createSocket();
    unconnected.connect(InetSocketAddress.createUnresolved("localhost", port), 5_000);
    for (Socket socket :
        new Socket[] {
          factory.createSocket("localhost", port),
          factory.createSocket((String) null, port),
          factory.createSocket("localhost", port, local, 0),
          factory.createSocket(loopback(), port),
          factory.createSocket(loopback(), port, local, 0),
          factory.createSocket(plain, "localhost", port, true),
          unconnected
        }) {
      SSLSocket tls = tls(socket);
      assertEchoes(tls);
      assertThat(tls.getSession().getProtocol()).startsWith("TLS");
      assertThat(tls.getSSLParameters().getEndpointIdentificationAlgorithm()).isEqualTo("HTTPS");
    }
    assertThat(factory.getDefaultCipherSuites()).isNotEmpty();
    assertThat(factory.getSupportedCipherSuites()).contains(factory.getDefaultCipherSuites());
  }

  @Test
  void nameThatTheCertificateDoesNotHaveIsRefused() throws Exception {
    Socket unconnected = factory.createSocket();
    unconnected.connect(new InetSocketAddress(otherName(), port), 5_000);
    Socket plain = closing(new Socket(loopback(), port));
    for (Socket socket :
        new Socket[] {
          factory.createSocket(otherName(), port),
          factory.createSocket(plain, "db.example", port, true),
          unconnected
        }) {
      SSLSocket tls = tls(socket);
      assertThat(thrownBy(tls::startHandshake)).isInstanceOf(SSLHandshakeException.class);
    }
  }

  @Test
  void certificateThatIsExpiredOrSelfSignedIsRefused() throws Exception {
    ConnectionManager manager = closing(builder().build());
    assertRefused(manager, Certificates.expired(), FailureKind.CERTIFICATE_EXPIRED);
    assertRefused(manager, Certificates.selfSigned(), FailureKind.CERTIFICATE_UNTRUSTED);
  }

  /** However it is connected; the server gets no byte of the user. */
  private void assertRefused(
      ConnectionManager manager, HeldCertificate certificate, FailureKind kind) throws Exception {
    TrunklineSSLSocketFactory trusting =
        new TrunklineSSLSocketFactory(manager, Certificates.client());
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    ScriptedServer server =
        closing(
            ScriptedServer.tls(
                Certificates.server(certificate),
                socket -> got.add(socket.getInputStream().read())));
    int there = server.address().getPort();
    Socket unconnected = trusting.createSocket();
    unconnected.connect(InetSocketAddress.createUnresolved("localhost", there), 5_000);
    Socket plain = closing(new TrunklineSocketFactory(manager).createSocket("localhost", there));
    for (Socket socket :
        new Socket[] {
          trusting.createSocket("localhost", there),
          trusting.createSocket(plain, "localhost", there, true),
          unconnected
        }) {
      SSLSocket tls = tls(socket);
      Throwable thrown = thrownBy(() -> tls.getOutputStream().write(1));
      assertThat(thrown).isInstanceOf(SSLHandshakeException.class);
      assertThat(Failures.find(thrown).orElseThrow().kind()).isEqualTo(kind);
    }
    assertThat(got).isEmpty();
  }

  /** JSSE leaves the name to such a trust manager; no byte passes before it is checked. */
  @Test
  void nameIsCheckedWhereTheTrustManagerIsCareless() throws Exception {
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    ScriptedServer server =
        closing(
            ScriptedServer.tls(
                Certificates.server(Certificates.signed("localhost")),
                socket -> {
                  try {
                    got.add(socket.getInputStream().read());
                  } catch (IOException ended) {
                    got.add(-1);
                  }
                }));
    TrunklineSSLSocketFactory careless =
        new TrunklineSSLSocketFactory(closing(builder().build()), CarelessTrust.context());
    for (SocketUse use :
        new SocketUse[] {
          SSLSocket::startHandshake,
          socket -> socket.getOutputStream().write(1),
          socket -> socket.getOutputStream().write(new byte[] {1}),
          socket -> socket.getInputStream().read(),
          socket -> socket.getInputStream().skip(1),
          socket -> {
            assertThat(socket.getSession().isValid()).isFalse();
            socket.getInputStream().readAllBytes();
          }
        }) {
      int number = server.address().getPort();
      SSLSocket unconnected = tls(careless.createSocket());
      unconnected.connect(InetSocketAddress.createUnresolved("localhost", number), 5_000);
      for (SSLSocket socket :
          List.of(tls(careless.createSocket("localhost", number)), unconnected)) {
        assertThat(thrownBy(() -> use.with(socket))).isInstanceOf(IOException.class);
        assertThat(socket.isClosed()).isTrue();
        assertThat(thrownBy(() -> socket.getOutputStream().write(1)))
            .isInstanceOf(IOException.class);
        assertThat(got.poll(5, TimeUnit.SECONDS)).as("what the server got").isEqualTo(-1);
      }
    }
  }

  @FunctionalInterface
  private interface SocketUse {
    void with(SSLSocket socket) throws Exception;
  }

  /** Whoever takes the check out of the parameters has it out. */
  @Test
  void nameIsNotCheckedWhereTheLibraryDoesNotWantIt() throws Exception {
    TrunklineSSLSocketFactory careless =
        new TrunklineSSLSocketFactory(closing(builder().build()), CarelessTrust.context());
    SSLSocket socket = tls(careless.createSocket(otherName(), port));
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("");
    socket.setSSLParameters(parameters);
    assertEchoes(socket);
  }

  /** JSSE would answer a second handshake with new keys, or not at all. */
  @Test
  void manyThreadsAtOnceMakeOneHandshake() throws Exception {
    for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
      SSLSocket socket = tls(factory.createSocket("localhost", port));
      socket.setEnabledProtocols(new String[] {protocol});
      AtomicInteger handshakes = new AtomicInteger();
      socket.addHandshakeCompletedListener(event -> handshakes.incrementAndGet());
      List<Background<Boolean>> askers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        askers.add(Background.start(() -> socket.getSession().isValid()));
      }
      assertEchoes(socket);
      for (Background<Boolean> asker : askers) {
        assertThat(asker.get()).isTrue();
      }
      assertEchoes(socket);
      Await.until("the listener is told", () -> handshakes.get() > 0);
      assertThat(handshakes).hasValue(1);
    }
  }

  @Test
  void theReadLimitHoldsHoweverItWasSet() throws Exception {
    ScriptedServer silent =
        closing(
            ScriptedServer.tls(
                TlsIdentity.context(),
                socket -> {
                  socket.startHandshake();
                  socket.getInputStream().read();
                }));
    for (LimitSetting setting :
        new LimitSetting[] {
          SSLSocket::setSoTimeout,
          (socket, millis) -> {
            socket.setSoTimeout(millis);
            socket.startHandshake();
          },
          (socket, millis) -> {
            socket.startHandshake();
            socket.setSoTimeout(millis);
          }
        }) {
      int millis = 300;
      while (!holds(setting, millis, silent)) {
        assertThat(millis).as("milliseconds that a TLS handshake took").isLessThan(8_000);
        millis *= 3;
      }
    }
  }

  @FunctionalInterface
  private interface LimitSetting {
    void set(SSLSocket socket, int millis) throws Exception;
  }

  /**
   * The limit that was set before the TLS handshake is for that, too.
   *
   * @return false if the machine was too busy for it, so that nothing was read
   */
  private boolean holds(LimitSetting setting, int millis, ScriptedServer silent) throws Exception {
    SSLSocket socket = tls(factory.createSocket("localhost", silent.address().getPort())); // 5 s
    long[] start = {0};
    Throwable thrown =
        thrownBy(
            () -> {
              setting.set(socket, millis);
              start[0] = System.nanoTime();
              socket.getInputStream().read();
            });
    Duration taken = Duration.ofNanos(System.nanoTime() - start[0]);
    if (thrown instanceof ConnectionFailure failure
        && failure.kind() == FailureKind.TIMED_OUT
        && failure.phase() == FailurePhase.TLS_HANDSHAKE) {
      return false;
    }
    assertKind(thrown, FailureKind.READ_TIMED_OUT);
    assertThat(taken)
        .isBetween(Duration.ofMillis(millis - 10), Duration.ofMillis(2L * millis + 1_500));
    assertThat(socket.getSoTimeout()).isEqualTo(millis);
    return true;
  }

  @Test
  void failureToConnectIsTheManagers() throws Exception {
    int nobody = closedPort();
    Throwable refused = thrownBy(() -> factory.createSocket("localhost", nobody));
    assertKind(refused, FailureKind.REFUSED);
    SSLSocket later = tls(factory.createSocket());
    Throwable alsoRefused =
        thrownBy(() -> later.connect(new InetSocketAddress(loopback(), nobody)));
    assertKind(alsoRefused, FailureKind.REFUSED);
    assertThat(later.isClosed()).isTrue();
    assertThat(later.isConnected()).isFalse();
  }

  // ---- the socket that connects later ----

  @Test
  void unconnectedSocketIsAnSslSocketThatNobodyHasConnected() throws Exception {
    SSLSocket socket = tls(factory.createSocket());
    assertThat(socket.isConnected()).isFalse();
    assertThat(socket.isBound()).isFalse();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.getInetAddress()).isNull();
    assertThat(socket.getPort()).isZero();
    assertThat(thrownBy(socket::getInputStream)).isInstanceOf(SocketException.class);
    assertThat(thrownBy(socket::startHandshake)).isInstanceOf(SocketException.class);
    assertThat(socket.toString()).contains("unconnected");
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(thrownBy(() -> socket.connect(new InetSocketAddress(loopback(), port))))
        .isInstanceOf(SocketException.class);
  }

  @Test
  void whatIsSetBeforeTheConnectHoldsAfterIt() throws Exception {
    SSLSocket socket = tls(factory.createSocket());
    AtomicInteger handshakes = new AtomicInteger();
    socket.addHandshakeCompletedListener(event -> handshakes.incrementAndGet());
    socket.setSoTimeout(4_321);
    socket.setTcpNoDelay(false);
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"echo"});
    socket.setSSLParameters(parameters);
    socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 7}), 0));
    socket.connect(InetSocketAddress.createUnresolved("localhost", port), 5_000);
    assertEchoes(socket);
    assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    assertThat(socket.getSSLParameters().getApplicationProtocols()).containsExactly("echo");
    assertThat(socket.getApplicationProtocol()).as("the server has no ALPN").isEmpty();
    assertThat(socket.getSoTimeout()).isEqualTo(4_321);
    assertThat(socket.getTcpNoDelay()).isFalse();
    assertThat(socket.getLocalAddress().getHostAddress()).isEqualTo("127.0.0.7");
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(new InetSocketAddress(loopback(), port));
    Await.until("the listener is told", () -> handshakes.get() == 1);
    assertThat(thrownBy(() -> socket.connect(new InetSocketAddress(loopback(), port))))
        .isInstanceOf(SocketException.class);
    assertEchoes(socket);
    socket.close();
    assertThat(socket.isClosed()).isTrue();
  }

  @Test
  void closeEndsItsConnect() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    SSLSocket socket = tls(factory.createSocket());
    Background<Throwable> connect =
        Background.failing(() -> socket.connect(backlog.address(), 10_000));
    socket.close();
    assertKind(connect.get(5), FailureKind.CLOSED);
    assertThat(socket.isClosed()).isTrue();
  }

  /** It wants an unconnected socket, and would dial by itself if it got none. */
  @Test
  void httpsUrlConnectionDialsThroughTheManager() throws Exception {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(loopback(), 0), 10);
    server.setHttpsConfigurator(new HttpsConfigurator(TlsIdentity.context()));
    server.createContext(
        "/",
        exchange -> {
          List<String> from = List.of(exchange.getRemoteAddress().getAddress().getHostAddress());
          exchange.sendResponseHeaders(200, from.get(0).length());
          exchange.getResponseBody().write(from.get(0).getBytes());
          exchange.close();
        });
    server.start();
    closing(() -> server.stop(0));
    InetAddress tellTale = InetAddress.getByAddress(new byte[] {127, 0, 0, 8});
    ConnectionManager manager = closing(builder().connect(c -> c.localAddress(tellTale)).build());
    URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/");
    HttpsURLConnection connection = (HttpsURLConnection) uri.toURL().openConnection();
    connection.setSSLSocketFactory(new TrunklineSSLSocketFactory(manager, TlsIdentity.context()));
    connection.setConnectTimeout(5_000);
    connection.setReadTimeout(5_000);
    connection.setRequestProperty("Connection", "close");
    assertThat(connection.getInputStream().readAllBytes()).asString().isEqualTo("127.0.0.8");
    connection.disconnect();
  }
}
