package io.trunkline;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Balance;
import io.trunkline.config.TransportMode;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses come and go while connections to them are leased and idle. */
class WithdrawalTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("replicas.svc", 1);
  private static final String ONE = "127.0.0.1";
  private static final String TWO = "127.0.0.2";

  /** Accepts in the kernel only, on every address of the loopback. */
  private ServerSocket server;

  private int port;
  private Endpoint endpoint = ENDPOINT;
  private ConnectionManager manager;
  private final Replicas replicas = new Replicas();

  /** A lease that nobody holds is found by the collector, and its connection ends. */
  private final List<Lease> held = new ArrayList<>();

  private final class Replicas implements EndpointResolver {
    private final Set<Runnable> subscribers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile List<String> ips = List.of();

    @Override
    public List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException {
      asked.incrementAndGet();
      List<String> now = ips;
      if (now.isEmpty()) {
        throw new UnknownHostException("the name server is down");
      }
      return now.stream().map(ip -> new InetSocketAddress(ip, port)).toList();
    }

    @Override
    public Runnable onChange(Endpoint endpoint, Runnable changed) {
      subscribers.add(changed);
      return () -> subscribers.remove(changed);
    }

    void become(String... now) {
      ips = Arrays.asList(now);
      subscribers.forEach(Runnable::run);
    }
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 200, InetAddress.getByName("0.0.0.0"));
    port = server.getLocalPort();
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    server.close();
    assertThat(replicas.subscribers).isEmpty();
  }

  private void start(UnaryOperator<ConnectionManager.Builder> change) {
    manager = change.apply(ConnectionManager.builder().resolver(replicas)).build();
  }

  private List<Lease> leases(int count) throws IOException {
    List<Lease> leases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leases.add(manager.acquire(endpoint));
    }
    held.addAll(leases);
    return leases;
  }

  private static String ip(Lease lease) {
    return ((InetSocketAddress) lease.socket().getRemoteSocketAddress())
        .getAddress()
        .getHostAddress();
  }

  /** How many connections go to which address. */
  private Map<String, Long> connections() {
    return manager.snapshot().endpoint(endpoint).orElseThrow().connections().stream()
        .map(ConnectionSnapshot::remote)
        .collect(groupingBy(remote -> remote.getAddress().getHostAddress(), counting()));
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void connectionsToAWithdrawnAddressEndIdleOnesAtOnceLeasedOnesAtRelease(TransportMode transport)
      throws Exception {
    assertWithdrawn(transport);
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"AUTO", "JDK"})
  void soDoThoseOverTls(TransportMode transport) throws Exception {
    endpoint = Endpoint.tls("localhost", 1);
    try (EchoServer tls =
        new EchoServer(
            TlsIdentity.context()
                .getServerSocketFactory()
                .createServerSocket(0, 200, InetAddress.getByName("0.0.0.0")))) {
      port = tls.address().getPort();
      assertWithdrawn(transport);
    }
  }

  private void assertWithdrawn(TransportMode transport) throws Exception {
    List<String> drained = new CopyOnWriteArrayList<>();
    start(
        b ->
            b.transport(transport)
                .tls(t -> t.sslContext(TlsIdentity.context()))
                .listener(
                    new ConnectionListener() {
                      @Override
                      public void drained(Endpoint its, Optional<InetSocketAddress> withdrawn) {
                        drained.add(withdrawn.orElseThrow().getAddress().getHostAddress());
                      }
                    }));
    replicas.become(ONE, TWO);
    List<Lease> leases = leases(6);
    assertThat(connections()).isEqualTo(Map.of(ONE, 3L, TWO, 3L));
    Lease kept = leases.stream().filter(each -> ip(each).equals(TWO)).findFirst().orElseThrow();
    leases.remove(kept);
    for (Lease each : leases) {
      each.release();
    }

    replicas.become(ONE);

    Await.until("idle ones end", () -> connections().equals(Map.of(ONE, 3L, TWO, 1L)));
    assertThat(drained).containsExactly(TWO);
    assertThat(kept.socket().isClosed()).isFalse();
    kept.release();
    assertThat(connections()).isEqualTo(Map.of(ONE, 3L));
    assertThat(leases(5)).allSatisfy(lease -> assertThat(ip(lease)).isEqualTo(ONE));
  }

  @Test
  void aWithdrawalIsNoticedWithoutDialAndWithoutCallback() throws Exception {
    start(b -> b.resolve(r -> r.ttl(Duration.ofSeconds(1))));
    replicas.become(ONE, TWO);
    for (Lease each : leases(2)) {
      each.release();
    }
    replicas.ips = List.of(TWO);
    Await.until("looked up in time", () -> connections().equals(Map.of(TWO, 1L)));
  }

  @Test
  void aNameServerThatIsDownWithdrawsNothingAndKeepsNobodyFromDialling() throws Exception {
    start(b -> b.resolve(r -> r.ttl(Duration.ofSeconds(1))));
    replicas.become(ONE, TWO);
    for (Lease each : leases(2)) {
      each.release();
    }
    int before = replicas.asked.get();
    replicas.become();
    Await.until("it has failed twice", () -> replicas.asked.get() >= before + 2);
    assertThat(connections()).isEqualTo(Map.of(ONE, 1L, TWO, 1L));
    assertThat(leases(4).stream().map(WithdrawalTest::ip).collect(Collectors.toSet()))
        .as("two of them dialled")
        .containsExactlyInAnyOrder(ONE, TWO);
  }

  @Test
  void leastLoadedFillsUpTheAddressThatCameBack() throws Exception {
    start(b -> b.resolve(r -> r.balance(Balance.LEAST_LOADED)));
    replicas.become(ONE);
    leases(3);
    int before = replicas.asked.get();
    replicas.become(ONE, TWO);
    Await.until("it is known", () -> replicas.asked.get() > before);
    Await.until(
        "it is used",
        () -> manager.snapshot().endpoint(endpoint).orElseThrow().addresses().size() == 2);
    leases(3);
    assertThat(connections()).isEqualTo(Map.of(ONE, 3L, TWO, 3L));
    leases(4);
    assertThat(connections()).isEqualTo(Map.of(ONE, 5L, TWO, 5L));
  }
}
