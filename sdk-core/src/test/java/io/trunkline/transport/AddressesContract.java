package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** IPv4, IPv6 and what lies between. */
abstract class AddressesContract extends TransportContractTest {
  private EchoServer serverOn(InetAddress address) {
    try {
      return closing(new EchoServer(address));
    } catch (IOException none) {
      return Assumptions.abort("this host cannot listen on " + address + ": " + none.getMessage());
    }
  }

  @Test
  void ipv4() throws Exception {
    EchoServer server = serverOn(InetAddress.getByName("127.0.0.1"));
    TransportSocket socket = open();
    socket.connect(server.address(), 5_000);
    LifecycleContract.assertEchoes(socket);
    assertThat(socket.getInetAddress()).isInstanceOf(Inet4Address.class);
    assertThat(socket.getLocalAddress()).isInstanceOf(Inet4Address.class);
  }

  @Test
  void ipv6() throws Exception {
    EchoServer server = serverOn(InetAddress.getByName("::1"));
    TransportSocket socket = open();
    socket.connect(server.address(), 5_000);
    LifecycleContract.assertEchoes(socket);
    assertThat(socket.getInetAddress()).isEqualTo(InetAddress.getByName("::1"));
    assertThat(socket.getLocalAddress()).isEqualTo(InetAddress.getByName("::1"));
    assertThat(socket.getLocalPort()).isPositive();
  }

  @Test
  void ipv6SocketBoundToAnIpv6Address() throws Exception {
    EchoServer server = serverOn(InetAddress.getByName("::1"));
    TransportSocket socket = open();
    socket.bind(new InetSocketAddress(InetAddress.getByName("::1"), 0));
    socket.setTrafficClass(0x10);
    socket.connect(server.address(), 5_000);
    LifecycleContract.assertEchoes(socket);
  }

  /** Asking for an option makes a descriptor before the family is known. */
  @Test
  void dualStackSocketShowsItsIpv4ConnectionAsIpv4() throws Exception {
    EchoServer server = serverOn(InetAddress.getByName("127.0.0.1"));
    TransportSocket socket = open();
    assertThat(socket.getSoLinger()).isEqualTo(-1);
    socket.connect(server.address(), 5_000);
    LifecycleContract.assertEchoes(socket);
    assertThat(socket.getInetAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
    assertThat(socket.getLocalAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
    socket.setTrafficClass(0x10);
    assertThat(socket.getTrafficClass()).isEqualTo(0x10);
  }

  @Test
  void ipv4ClientOfADualStackListener() throws Exception {
    EchoServer server;
    try {
      server = closing(new EchoServer(new ServerSocket(0, 10, InetAddress.getByName("::"))));
    } catch (IOException none) {
      server = Assumptions.abort("no IPv6 here: " + none.getMessage());
    }
    int port = server.address().getPort();
    for (String address : new String[] {"127.0.0.1", "::ffff:127.0.0.1"}) {
      TransportSocket socket = open();
      socket.connect(new InetSocketAddress(address, port), 5_000);
      LifecycleContract.assertEchoes(socket);
      assertThat(socket.getLocalAddress().getHostAddress()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void linkLocalAddressWithItsScope() throws Exception {
    Inet6Address linkLocal =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress())
            .map(Inet6Address.class::cast)
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(linkLocal != null, "no interface has a link-local IPv6 address");
    EchoServer server = serverOn(linkLocal);
    TransportSocket socket = open();
    socket.connect(new InetSocketAddress(linkLocal, server.address().getPort()), 5_000);
    LifecycleContract.assertEchoes(socket);
    assertThat(Optional.of(socket.getLocalAddress()))
        .containsInstanceOf(Inet6Address.class)
        .map(address -> ((Inet6Address) address).getScopeId())
        .contains(linkLocal.getScopeId());
    TransportSocket bound = open();
    bound.bind(new InetSocketAddress(linkLocal, 0));
    bound.connect(new InetSocketAddress(linkLocal, server.address().getPort()), 5_000);
    LifecycleContract.assertEchoes(bound);
  }
}
