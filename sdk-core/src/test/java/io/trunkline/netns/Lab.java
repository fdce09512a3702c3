package io.trunkline.netns;

import io.trunkline.config.TransportMode;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Two network namespaces of its own, joined by a veth pair: a client with a probe in it, and a
 * server with a peer, firewalls on both. All addresses are from the blocks for documentation (RFC
 * 5737, RFC 3849); no packet can leave, for nothing is joined to the machine's own network.
 *
 * <p>Servers listen where {@link PeerMain} says. What firewalls do is a matter of the port:
 *
 * <pre>
 * 5000       nobody listens
 * 5001-5019  the server's firewall rejects, each port in its own way
 * 5100       the server's firewall drops
 * 5101       the server listens, the client's firewall drops what it answers
 * 5200-5209  the client's own firewall drops or rejects
 * 5301, 5302 the server listens, its firewall drops what comes to the first, or the second address
 * </pre>
 *
 * <p>and whatever port a test puts into one of the sets of the server's firewall ({@link #put}).
 */
final class Lab implements AutoCloseable {
  static final String SERVER4 = "192.0.2.2";
  static final String SECOND4 = "192.0.2.3";
  static final String SERVER6 = "2001:db8::2";

  /** In the subnet of the veth pair, and nobody's. */
  static final String SILENT4 = "192.0.2.77";

  static final String SILENT6 = "2001:db8::77";

  /** A name with the addresses {@link #SERVER4} and {@link #SECOND4}. */
  static final String TWINS = "twins.test";

  /** A name with the addresses {@link #SERVER6} and {@link #SERVER4}. */
  static final String MIXED = "mixed.test";

  /** A set of the server's firewall, of ports that it treats in one way. */
  enum Firewall {
    DROP("drop_ports"),
    DROP_IPV4("drop_ipv4_ports"),
    DROP_IPV6("drop_ipv6_ports"),
    RESET("reset_ports"),
    HOST_UNREACHABLE("unreachable_ports"),
    PORT_UNREACHABLE("closed_ports"),

    /** What the server itself sends from the port is lost. */
    MUTE("mute_ports");

    private final String set;

    Firewall(String set) {
      this.set = set;
    }
  }

  private static final String SERVER_RULES =
      """
      table inet lab {
        set drop_ports { type inet_service; }
        set drop_ipv4_ports { type inet_service; }
        set drop_ipv6_ports { type inet_service; }
        set reset_ports { type inet_service; }
        set unreachable_ports { type inet_service; }
        set closed_ports { type inet_service; }
        set mute_ports { type inet_service; }
        chain out {
          type filter hook output priority 0;
          tcp sport @mute_ports drop
        }
        chain in {
          type filter hook input priority 0;
          tcp dport @drop_ports drop
          meta nfproto ipv4 tcp dport @drop_ipv4_ports drop
          meta nfproto ipv6 tcp dport @drop_ipv6_ports drop
          tcp dport @reset_ports reject with tcp reset
          meta nfproto ipv4 tcp dport @unreachable_ports reject with icmp host-unreachable
          meta nfproto ipv6 tcp dport @unreachable_ports reject with icmpv6 addr-unreachable
          tcp dport @closed_ports reject with icmpx port-unreachable
          tcp dport 5001 reject with tcp reset
          meta nfproto ipv4 tcp dport 5002 reject with icmp port-unreachable
          meta nfproto ipv4 tcp dport 5003 reject with icmp host-unreachable
          meta nfproto ipv4 tcp dport 5004 reject with icmp net-unreachable
          meta nfproto ipv4 tcp dport 5005 reject with icmp admin-prohibited
          meta nfproto ipv4 tcp dport 5006 reject with icmp host-prohibited
          meta nfproto ipv4 tcp dport 5007 reject with icmp net-prohibited
          meta nfproto ipv4 tcp dport 5008 reject with icmp prot-unreachable
          meta nfproto ipv6 tcp dport 5002 reject with icmpv6 port-unreachable
          meta nfproto ipv6 tcp dport 5003 reject with icmpv6 addr-unreachable
          meta nfproto ipv6 tcp dport 5004 reject with icmpv6 no-route
          meta nfproto ipv6 tcp dport 5005 reject with icmpv6 admin-prohibited
          meta nfproto ipv6 tcp dport 5006 reject with icmpv6 policy-fail
          meta nfproto ipv6 tcp dport 5007 reject with icmpv6 reject-route
          tcp dport 5100 drop
          ip daddr 192.0.2.2 tcp dport 5301 drop
          ip daddr 192.0.2.3 tcp dport 5302 drop
          udp dport @drop_ports drop
        }
      }
      """;

  private static final String CLIENT_RULES =
      """
      table inet lab {
        chain in {
          type filter hook input priority 0;
          tcp sport 5101 drop
        }
        chain out {
          type filter hook output priority 0;
          tcp dport 5200 drop
          tcp dport 5201 reject with tcp reset
          tcp dport 5202 reject with icmpx port-unreachable
          tcp dport 5203 reject with icmpx admin-prohibited
        }
      }
      """;

  private final String client = Namespaces.name("c");
  private final String server = Namespaces.name("s");
  private final Thread hook = new Thread(this::remove, "remove-namespaces");
  private final Map<TransportMode, Probe> probes = new EnumMap<>(TransportMode.class);
  private Child peer;

  Lab() {
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      build();
      peer = Child.start(server, PeerMain.class);
      peer.awaitReady();
      meet(SERVER4);
      meet(SERVER6);
    } catch (RuntimeException failed) {
      remove();
      throw failed;
    }
  }

  private void build() {
    Namespaces.add("c");
    Namespaces.add("s");
    Namespaces.etc(
        client,
        "hosts",
        """
        127.0.0.1 localhost
        %s %s
        %s %s
        %s %s
        %s %s
        """
            .formatted(SERVER4, TWINS, SECOND4, TWINS, SERVER6, MIXED, SERVER4, MIXED));
    Namespaces.etc(
        client, "resolv.conf", "nameserver " + SERVER4 + "\noptions timeout:1 attempts:1\n");
    Namespaces.ip(
        client,
        """
        link add veth0 type veth peer name veth0 netns %s
        addr add 192.0.2.1/24 dev veth0
        link set veth0 up
        route add unreachable 198.51.100.0/28
        route add blackhole 198.51.100.16/28
        route add prohibit 198.51.100.32/28
        """
            .formatted(server));
    addIpv6();
    Namespaces.ip(
        server,
        """
        addr add 192.0.2.2/24 dev veth0
        addr add 192.0.2.3/24 dev veth0
        addr add 2001:db8::2/64 dev veth0 nodad
        link set veth0 up
        """);
    Namespaces.nft(server, SERVER_RULES);
    Namespaces.nft(client, CLIENT_RULES);
    for (String each : List.of(client, server)) {
      // Else the seventh ICMP error within a second would not be sent.
      Namespaces.sysctl(each, "ipv4/icmp_ratelimit", "0");
      Namespaces.sysctl(each, "ipv6/icmp/ratelimit", "0");
    }
  }

  /**
   * Has client and server learn each other's link address. The first question for it may come while
   * the other side is still joining its group for such questions, and the next is a second later
   * (RFC 4861, section 7.2.2): no test is about that second.
   */
  private void meet(String host) {
    String dial = "exec 3<>/dev/tcp/" + host + "/" + PeerMain.FIRST_ECHO;
    Namespaces.in(client, "bash", "-c", dial);
  }

  private void addIpv6() {
    Namespaces.ip(
        client,
        """
        addr add 2001:db8::1/64 dev veth0 nodad
        route add unreachable 2001:db8:1::/64
        route add blackhole 2001:db8:2::/64
        route add prohibit 2001:db8:3::/64
        """);
  }

  /** Runs something while the client has no IPv6 address, and gives it back. */
  void withoutIpv6(Runnable action) {
    Namespaces.sysctl(client, "ipv6/conf/all/disable_ipv6", "1");
    try {
      action.run();
    } finally {
      Namespaces.sysctl(client, "ipv6/conf/all/disable_ipv6", "0");
      addIpv6();
    }
  }

  /** Runs something while a setting of the client's namespace has another value. */
  void withSysctl(String key, String value, Runnable action) {
    String before = Namespaces.in(client, "cat", "/proc/sys/net/" + key).strip();
    Namespaces.sysctl(client, key, value);
    try {
      action.run();
    } finally {
      Namespaces.sysctl(client, key, before);
    }
  }

  /** A probe in the client's namespace; it is there until the end. */
  synchronized Probe probe(TransportMode transport) {
    Probe probe = probes.get(transport);
    if (probe == null || !probe.isAlive()) {
      probe = new Probe(Child.start(client, ProbeMain.class), transport);
      probes.put(transport, probe);
    }
    return probe;
  }

  /** A JVM in the client's namespace, that whoever asked for it closes. */
  Child inClient(Class<?> main, String... arguments) {
    return Child.start(client, main, arguments);
  }

  /** The same with more options of the JVM. */
  Child inClient(List<String> options, Class<?> main, String... arguments) {
    return Child.start(List.of("ip", "netns", "exec", client), options, main, arguments);
  }

  /** The same in the server's namespace. */
  Child inServer(Class<?> main, String... arguments) {
    return Child.start(server, main, arguments);
  }

  /** Has every later listener of the server take data in a SYN (RFC 7413). */
  void allowFastOpen() {
    Namespaces.sysctl(server, "ipv4/tcp_fastopen", "0x403");
  }

  /** Counts the SYNs that the client sends to a port, from now on. */
  SynCounter countSyns(int port) {
    return SynCounter.of(client, port);
  }

  /** Has the server's firewall treat a port in a way, from now on. */
  void put(Firewall way, int port) {
    element("add", way, port);
  }

  /** The end of {@link #put}. */
  void take(Firewall way, int port) {
    element("delete", way, port);
  }

  private void element(String verb, Firewall way, int port) {
    Namespaces.in(server, "nft", verb, "element", "inet", "lab", way.set, "{ " + port + " }");
  }

  @Override
  public void close() {
    remove();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  /** Children first: a namespace lives as long as a process is in it. */
  private synchronized void remove() {
    probes.values().forEach(Probe::close);
    probes.clear();
    if (peer != null) {
      peer.close();
      peer = null;
    }
    Namespaces.remove(client);
    Namespaces.remove(server);
  }
}
