package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.TlsIdentity;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;

/** The socket factory, over each transport. */
abstract class TrunklineSocketFactoryTest extends ManagedSocketFixture {
  private TrunklineSocketFactory factory() {
    return new TrunklineSocketFactory(closing(builder().build()));
  }

  @Test
  void socketsOfEveryKindAreConnected() throws Exception {
    SocketFactory factory = factory();
    int port = echoServer().address().getPort();
    InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 6});
    for (Socket socket :
        new Socket[] {
          closing(factory.createSocket("localhost", port)),
          closing(factory.createSocket("127.0.0.1", port)),
          closing(factory.createSocket((String) null, port)),
          closing(factory.createSocket(loopback(), port)),
        }) {
      assertThat(socket).isInstanceOf(ManagedSocket.class);
      assertThat(socket.getPort()).isEqualTo(port);
      assertEchoes(socket);
    }
    int localPort = closedPort();
    for (Socket socket :
        new Socket[] {
          closing(factory.createSocket("127.0.0.1", port, local, 0)),
          closing(factory.createSocket(loopback(), port, local, localPort)),
        }) {
      assertThat(socket.getLocalAddress()).isEqualTo(local);
      assertEchoes(socket);
    }
  }

  @Test
  void failuresAreThoseOfJavaNetWithTheReason() throws Exception {
    SocketFactory factory = factory();
    int nobody = closedPort();
    assertThatThrownBy(() -> factory.createSocket("localhost", nobody))
        .isInstanceOf(ConnectException.class)
        .satisfies(thrown -> assertKind(thrown, FailureKind.REFUSED));
    assertThatThrownBy(() -> factory.createSocket("no-such-host.invalid", 80))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(() -> factory.createSocket("localhost", 65_536))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> factory.createSocket((InetAddress) null, 80))
        .isInstanceOf(NullPointerException.class);
    InetAddress notOfThisHost = InetAddress.getByName("192.0.2.1");
    Throwable unbound =
        Background.thrownBy(() -> factory.createSocket("localhost", nobody, notOfThisHost, 0));
    assertThat(Failures.find(unbound)).isPresent();
    assertKind(unbound, FailureKind.ADDRESS_UNUSABLE);
  }

  /** Also those that give an address, and so have nothing to be looked up. */
  @Test
  void noWayToSayWhereToPassesTheAddressPolicy() throws Exception {
    ConnectionManager manager =
        closing(builder().addressPolicy(AddressPolicy.publicOnly()).build());
    ServerSocket server = closing(new ServerSocket(0, 50, loopback()));
    server.setSoTimeout(50);
    int port = server.getLocalPort();
    for (SocketFactory factory :
        List.of(
            new TrunklineSocketFactory(manager),
            new TrunklineSSLSocketFactory(manager, TlsIdentity.context()))) {
      for (Callable<Socket> way :
          List.<Callable<Socket>>of(
              () -> factory.createSocket("127.1", port),
              () -> factory.createSocket("localhost", port),
              () -> factory.createSocket((String) null, port),
              () -> factory.createSocket("127.0.0.1", port, loopback(), 0),
              () -> factory.createSocket(loopback(), port),
              () -> factory.createSocket(loopback(), port, loopback(), 0),
              () -> connectedLater(factory, new InetSocketAddress(loopback(), port)),
              () -> connectedLater(factory, InetSocketAddress.createUnresolved("127.1", port)))) {
        assertKind(Background.thrownBy(way::call), FailureKind.DENIED_BY_POLICY);
      }
    }
    assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
  }

  private Socket connectedLater(SocketFactory factory, InetSocketAddress address)
      throws IOException {
    Socket socket = closing(factory.createSocket());
    socket.connect(address, 5_000);
    return socket;
  }

  @Test
  void factoriesOfOneManagerAreEqual() throws Exception {
    ConnectionManager one = closing(builder().build());
    ConnectionManager other = closing(builder().build());
    assertThat(new TrunklineSocketFactory(one))
        .isEqualTo(new TrunklineSocketFactory(one))
        .hasSameHashCodeAs(new TrunklineSocketFactory(one))
        .isNotEqualTo(new TrunklineSocketFactory(other))
        .hasToString("TrunklineSocketFactory[" + one.transport().name() + "]");
    SSLContext context = SSLContext.getDefault();
    assertThat(new TrunklineSSLSocketFactory(one, context))
        .isEqualTo(new TrunklineSSLSocketFactory(one))
        .hasSameHashCodeAs(new TrunklineSSLSocketFactory(one))
        .isNotEqualTo(new TrunklineSSLSocketFactory(other))
        .isNotEqualTo(new TrunklineSSLSocketFactory(one, SSLContext.getInstance("TLS")));
  }

  /** Leads to one address at a time, and may tell when it is another one. */
  private static final class Moving implements EndpointResolver {
    private final Set<Runnable> subscribers = ConcurrentHashMap.newKeySet();
    private volatile Optional<String> ip = Optional.empty();

    @Override
    public List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException {
      String now = ip.orElseThrow(() -> new UnknownHostException("the name server is down"));
      return List.of(new InetSocketAddress(now, endpoint.port()));
    }

    @Override
    public Runnable onChange(Endpoint endpoint, Runnable changed) {
      subscribers.add(changed);
      return () -> subscribers.remove(changed);
    }

    void announce() {
      subscribers.forEach(Runnable::run);
    }
  }

  /** What was connected before stays with its library, which alone can close it. */
  @Test
  void theNextConnectGoesWhereTheNameLeadsByThen() throws Exception {
    Moving name = new Moving();
    ConnectionManager manager =
        closing(builder().resolver(name).resolve(r -> r.ttl(Duration.ofSeconds(1))).build());
    InetAddress any = InetAddress.getByName("0.0.0.0");
    List<Callable<Socket>> ways = new ArrayList<>();
    EchoServer plain = closing(new EchoServer(any));
    SocketFactory factory = new TrunklineSocketFactory(manager);
    ways.add(() -> factory.createSocket("localhost", plain.address().getPort()));
    SSLContext context = TlsIdentity.context();
    EchoServer tls =
        closing(new EchoServer(context.getServerSocketFactory().createServerSocket(0, 50, any)));
    SocketFactory tlsFactory = new TrunklineSSLSocketFactory(manager, context);
    ways.add(() -> tlsFactory.createSocket("localhost", tls.address().getPort()));
    List<Socket> before = new ArrayList<>();

    name.ip = Optional.of("127.0.0.1");
    for (Callable<Socket> way : ways) {
      before.add(connectedTo("127.0.0.1", way));
    }
    name.ip = Optional.of("127.0.0.2");
    name.announce();
    for (Callable<Socket> way : ways) {
      connectedTo("127.0.0.2", way);
    }
    name.ip = Optional.of("127.0.0.3");
    Thread.sleep(1_050); // the TTL
    for (Callable<Socket> way : ways) {
      connectedTo("127.0.0.3", way);
    }
    name.ip = Optional.empty();
    Thread.sleep(1_050);
    for (Callable<Socket> way : ways) {
      connectedTo("127.0.0.3", way); // the last that was known
    }
    for (Socket each : before) {
      assertEchoes(each);
    }
  }

  private Socket connectedTo(String ip, Callable<Socket> way) throws Exception {
    Socket socket = closing(way.call());
    socket.setSoTimeout(5_000);
    assertThat(socket.getInetAddress().getHostAddress()).isEqualTo(ip);
    assertEchoes(socket);
    return socket;
  }

  @Test
  void nullsAreRefused() {
    assertThatThrownBy(() -> new TrunklineSocketFactory(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("manager");
    assertThatThrownBy(() -> new TrunklineSSLSocketFactory(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("manager");
    ConnectionManager manager = closing(builder().build());
    assertThatThrownBy(() -> new TrunklineSSLSocketFactory(manager, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("context");
  }

  /** As drivers do it that have but a name: constructor or getDefault(), all over one manager. */
  @Test
  void classNameIsEnough() throws Exception {
    Class<?> type = Class.forName("io.trunkline.TrunklineSocketFactory");
    SocketFactory made = (SocketFactory) type.getConstructor().newInstance();
    Object asked = type.getMethod("getDefault").invoke(null);
    assertThat(asked).isEqualTo(made).isEqualTo(TrunklineSocketFactory.getDefault());
    try (Socket socket = made.createSocket("127.0.0.1", echoServer().address().getPort())) {
      assertEchoes(socket);
    }
    Class<?> tls = Class.forName("io.trunkline.TrunklineSSLSocketFactory");
    assertThat(tls.getConstructor().newInstance())
        .isInstanceOf(SSLSocketFactory.class)
        .isEqualTo(tls.getMethod("getDefault").invoke(null));
  }

  @Test
  void subclassGivesADriverItsOwnManager() throws Exception {
    OfTheApplication.manager = closing(builder().build());
    SocketFactory made = OfTheApplication.class.getConstructor().newInstance();
    assertThat(made).isEqualTo(new TrunklineSocketFactory(OfTheApplication.manager));
    assertEchoes(closing(made.createSocket("127.0.0.1", echoServer().address().getPort())));
  }

  /** What docs/clients.md shows. */
  public static final class OfTheApplication extends TrunklineSocketFactory {
    private static ConnectionManager manager;

    public OfTheApplication() {
      super(manager);
    }
  }
}
