package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.AddressDeniedException;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.testing.Background;
import io.trunkline.testing.Descriptors;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The attacker's view of the address policy: a server on this very host, and every way to it. */
class AddressPolicyDialTest {
  private ServerSocket server;
  private ConnectionManager manager;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("::"));
    server.setSoTimeout(50);
  }

  @AfterEach
  void close() throws IOException {
    if (manager != null) {
      manager.close();
    }
    server.close();
  }

  private void start(TransportMode transport, UnaryOperator<ConnectionManager.Builder> change) {
    manager =
        change
            .apply(
                ConnectionManager.builder()
                    .transport(transport)
                    .resolve(r -> r.ttl(Duration.ZERO).staleFor(Duration.ZERO)))
            .build();
  }

  private Endpoint endpoint(String host) {
    return Endpoint.tcp(host, server.getLocalPort());
  }

  /** Acquires, and checks that it was the policy that refused, before any socket was opened. */
  private ConnectionFailure refused(String host) throws Exception {
    long descriptors = Descriptors.canCount() ? Descriptors.open() : 0;
    Throwable thrown = Background.thrownBy(() -> manager.acquire(endpoint(host)));
    assertThat(thrown).as(host).isNotNull();
    ConnectionFailure failure = Failures.find(thrown).orElseThrow();
    assertThat(failure.kind()).as(host).isEqualTo(FailureKind.DENIED_BY_POLICY);
    if (Descriptors.canCount()) {
      assertThat(Descriptors.open())
          .as("descriptors, " + host)
          .isLessThanOrEqualTo(descriptors); // what was there may end just now
    }
    return failure;
  }

  private boolean somebodyConnected() throws IOException {
    try (Socket connected = server.accept()) {
      return connected != null;
    } catch (SocketTimeoutException nobody) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void noWayToWriteLoopbackPassesThePolicy(TransportMode transport) throws Exception {
    start(transport, b -> b.addressPolicy(AddressPolicy.publicOnly()));
    for (String host :
        List.of(
            "127.0.0.1",
            "127.9.8.7",
            "127.1",
            "127.0.1",
            "2130706433",
            "0.0.0.0",
            "0",
            "::",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
            "[::ffff:7f00:1]",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2001:0:1:2::80ff:fffe",
            "::1%lo",
            "::1%1",
            "fe80::1%1",
            "localhost")) {
      refused(host);
    }
    assertThat(somebodyConnected()).isFalse();
  }

  /**
   * The JDK reads some as decimal and refuses others; in no case is the policy asked for loopback.
   */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void octalAndHexadecimalNumbersLeadNowhereEither(TransportMode transport) throws Exception {
    Queue<InetAddress> asked = new ConcurrentLinkedQueue<>();
    start(
        transport,
        b ->
            b.addressPolicy(
                (endpoint, address) -> {
                  asked.add(address.getAddress());
                  return Optional.of("none may be dialled");
                }));
    refused("127.0.0.1");
    assertThat(asked)
        .as("the policy is asked")
        .isNotEmpty()
        .allMatch(InetAddress::isLoopbackAddress);
    asked.clear();
    for (String host : List.of("0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "017700000001")) {
      Throwable thrown = Background.thrownBy(() -> manager.acquire(endpoint(host)));
      assertThat(Failures.find(thrown).orElseThrow().kind())
          .as(host)
          .isIn(FailureKind.DENIED_BY_POLICY, FailureKind.RESOLUTION_FAILED);
    }
    assertThat(asked).noneMatch(InetAddress::isLoopbackAddress);
    assertThat(asked).noneMatch(InetAddress::isAnyLocalAddress);
    assertThat(somebodyConnected()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void aRefusalSaysWhichAddressAndWhichRule(TransportMode transport) throws Exception {
    start(transport, b -> b.addressPolicy(AddressPolicy.denyPrivate()));
    ConnectionFailure failure = refused("127.0.0.1");

    assertThat(failure).isInstanceOf(AddressDeniedException.class);
    assertThat(failure.phase()).isEqualTo(FailurePhase.CONNECT);
    assertThat(failure.advice()).isEqualTo(RetryAdvice.NEVER);
    assertThat(failure.endpoint()).contains(endpoint("127.0.0.1"));
    assertThat(failure.address())
        .contains(new InetSocketAddress("127.0.0.1", server.getLocalPort()));
    assertThat(failure.details().note())
        .hasValueSatisfying(
            note -> assertThat(note).contains("denyPrivate: 127.0.0.0/8 (loopback)"));
  }

  /** First an address that may be connected to, then, for the same name, one that may not. */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void aNameThatIsReboundToAPrivateAddressIsRefused(TransportMode transport) throws Exception {
    Queue<String> answers = new ArrayDeque<>(List.of("127.0.0.1", "127.0.0.2", "127.0.0.1"));
    EndpointResolver rebinding =
        endpoint -> List.of(new InetSocketAddress(answers.remove(), endpoint.port()));
    start(transport, b -> b.resolver(rebinding).addressPolicy(AddressPolicy.allow("127.0.0.1/32")));

    try (Lease first = manager.acquire(endpoint("evil.example"))) {
      assertThat(first.socket().isConnected()).isTrue();
    }
    assertThat(somebodyConnected()).isTrue();
    assertThat(refused("evil.example").address())
        .contains(new InetSocketAddress("127.0.0.2", server.getLocalPort()));
    assertThat(somebodyConnected()).isFalse();
    manager.acquire(endpoint("evil.example")).close();
    assertThat(somebodyConnected()).as("the policy remembers nothing").isTrue();
  }

  /**
   * A name whose addresses change with every look, asked for by many at once. The server tells by
   * its own end of a connection which address was dialled.
   */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void manyCallersOfANameThatIsReboundAllTheTimeNeverReachTheForbiddenAddress(
      TransportMode transport) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    EndpointResolver rebinding =
        endpoint -> {
          InetSocketAddress good = new InetSocketAddress("127.0.0.1", endpoint.port());
          InetSocketAddress bad = new InetSocketAddress("127.0.0.2", endpoint.port());
          return switch (asked.getAndIncrement() % 4) {
            case 0 -> List.of(good);
            case 1 -> List.of(bad);
            case 2 -> List.of(bad, good);
            default -> List.of(good, bad);
          };
        };
    start(
        transport,
        b ->
            b.resolver(rebinding)
                .circuitBreaker(c -> c.enabled(false))
                .addressPolicy(AddressPolicy.deny("127.0.0.2")));
    Background<Set<String>> reached = Background.start(this::addressesOfServer);
    List<Background<Integer>> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int caller = i;
      callers.add(Background.start(() -> acquireOften("evil" + caller % 2 + ".example")));
    }
    int connected = 0;
    for (Background<Integer> caller : callers) {
      connected += caller.get(30);
    }
    server.close();
    assertThat(connected).isPositive();
    assertThat(reached.get(5)).containsExactly("127.0.0.1");
  }

  /** The addresses of this host that somebody connected to, until the server is closed. */
  private Set<String> addressesOfServer() throws IOException {
    Set<String> addresses = new HashSet<>();
    while (true) {
      try (Socket connected = server.accept()) {
        addresses.add(connected.getLocalAddress().getHostAddress());
      } catch (SocketTimeoutException nobodyYet) {
        continue;
      } catch (SocketException closed) {
        return addresses;
      }
    }
  }

  /** How many connections there were; each failure must be the policy's. */
  private int acquireOften(String host) throws Exception {
    int connected = 0;
    for (int i = 0; i < 100; i++) {
      try (Lease lease = manager.acquire(endpoint(host))) {
        connected++;
      } catch (IOException refused) {
        assertThat(Failures.find(refused).orElseThrow().kind())
            .isEqualTo(FailureKind.DENIED_BY_POLICY);
      }
    }
    return connected;
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void aResolverCannotHideIpv4InIpv6(TransportMode transport) throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 127;
    mapped[15] = 1;
    InetAddress hidden = Inet6Address.getByAddress("hidden.example", mapped, 0);
    start(
        transport,
        b ->
            b.resolver(endpoint -> List.of(new InetSocketAddress(hidden, endpoint.port())))
                .addressPolicy(AddressPolicy.deny("127.0.0.0/8")));
    refused("hidden.example");
    assertThat(somebodyConnected()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void theNextAddressOfTheNameIsTriedInstead(TransportMode transport) throws Exception {
    start(
        transport,
        b ->
            b.resolver(
                    endpoint ->
                        List.of(
                            new InetSocketAddress("127.0.0.2", endpoint.port()),
                            new InetSocketAddress("127.0.0.1", endpoint.port())))
                .addressPolicy(AddressPolicy.deny("127.0.0.2")));
    for (int i = 0; i < 3; i++) {
      try (Lease lease = manager.acquire(endpoint("mixed.example"))) {
        assertThat(((InetSocketAddress) lease.socket().getRemoteSocketAddress()).getAddress())
            .isEqualTo(InetAddress.getByName("127.0.0.1"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void aDialOutsideThePoolIsGuardedToo(TransportMode transport) {
    start(transport, b -> b.addressPolicy(AddressPolicy.publicOnly()));
    Throwable thrown = Background.thrownBy(() -> manager.dial(endpoint("127.0.0.1")));
    assertThat(thrown).isInstanceOf(AddressDeniedException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void aPolicyThatFailsRefuses(TransportMode transport) throws Exception {
    start(
        transport,
        b ->
            b.addressPolicy(
                (endpoint, address) -> {
                  throw new IllegalStateException("no list");
                }));
    assertThat(refused("127.0.0.1").details().note())
        .contains("the address policy failed: java.lang.IllegalStateException");
    manager.close();
    start(transport, b -> b.addressPolicy((endpoint, address) -> null));
    refused("127.0.0.1");
    assertThat(somebodyConnected()).isFalse();
  }

  /**
   * Real numbers in a real connection, so that the tests above do not pass for want of a server.
   */
  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void withoutAPolicyTheSameWaysLeadToTheServer(TransportMode transport) throws Exception {
    start(transport, b -> b);
    for (String host : List.of("127.0.0.1", "127.1", "2130706433", "0.0.0.0", "[::ffff:7f00:1]")) {
      manager.acquire(endpoint(host)).close();
      assertThat(somebodyConnected()).as(host).isTrue();
    }
    Assumptions.assumeTrue(
        InetAddress.getByName("::1").isReachable(200), "no IPv6 on the loopback of this host");
    manager.acquire(endpoint("::1")).close();
    assertThat(somebodyConnected()).isTrue();
  }
}
