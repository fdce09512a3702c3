package io.trunkline.netns;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.netns.FaceProbe.Request;
import io.trunkline.netns.Lab.Firewall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Something that befalls an HTTP exchange, over a connection of its own, and what must come of it.
 * Made by {@link #all} and not changed after that.
 */
final class Fault {
  static final int USER_TIMEOUT = 1_000;
  static final int PATIENCE = 4_000;
  static final int PATIENCE_ON_JDK = 1_200;
  static final int IMPATIENCE = 600;

  /** More than the buffers of both sides hold. */
  private static final int BIG = 20_000_000;

  private static final int GET = -1;

  final boolean isTls;

  /** Of the {@link HttpPeerMain}. */
  final int port;

  private final Told onNative;
  private String name;
  private String host = Lab.SERVER4;

  /** The path of the exchange that it befalls, and its length; that is negative for a GET. */
  private final String path;

  private final int body;

  private Optional<String> before = Optional.of("/ok");
  private Optional<Firewall> firewall = Optional.empty();
  private boolean forgets;
  private boolean impatient;
  private Optional<Told> onJdk;

  private Fault(String name, boolean isTls, int port, String path, int body, Told told) {
    this.name = isTls ? name + ", TLS" : name;
    this.isTls = isTls;
    this.port = port;
    this.path = path;
    this.body = body;
    this.onNative = told;
    this.onJdk = Optional.of(told.withoutErrno());
  }

  // ---- what it is ----

  /** The exchange that succeeds before; none if the connection is to be new. */
  Optional<Request> before(String face) {
    return before.map(its -> Request.get(face, url(its)));
  }

  /** What the server's firewall does from then on. */
  Optional<Firewall> firewall() {
    return firewall;
  }

  /** Whether the server forgets the connection, as one does that was started anew. */
  boolean forgets() {
    return forgets;
  }

  Request exchange(String face) {
    return new Request(face, url(path), body);
  }

  /** The exchange that is to succeed once the fault is over. */
  Request after(String face) {
    return Request.get(face, url("/ok"));
  }

  /** Whether its client has the shorter limit. */
  boolean isImpatient() {
    return impatient;
  }

  /** Whether the peer serves nobody on that port, ever. */
  boolean isForGood() {
    return before.isEmpty();
  }

  /** Whether only those come through who look at a kept connection before they use it. */
  private boolean needsMoreThanASocket() {
    return onNative.kind().isEmpty();
  }

  /**
   * What must come of it; empty where nothing would end it.
   *
   * @param moreThanASocket as in {@link #needsMoreThanASocket}
   */
  Optional<Told> told(boolean isNative, boolean moreThanASocket) {
    if (needsMoreThanASocket() && !moreThanASocket) {
      return Optional.empty();
    }
    return isNative ? Optional.of(onNative) : onJdk;
  }

  /**
   * How it is told.
   *
   * @param kind empty if nothing fails; PEER_CLOSED stands for the end of a stream as well
   * @param errno by the native transport
   */
  record Told(
      Optional<FailureKind> kind,
      List<FailurePhase> phases,
      int errno,
      int leastMillis,
      int mostMillis) {
    static Told of(FailureKind kind, FailurePhase phase, int errno) {
      return new Told(Optional.of(kind), List.of(phase), errno, 0, 0);
    }

    static Told nothing() {
      return new Told(Optional.empty(), List.of(), Errno.NONE, 0, 0);
    }

    Told orInWrite() {
      List<FailurePhase> both = new ArrayList<>(phases);
      both.add(FailurePhase.WRITE);
      return new Told(kind, both, errno, leastMillis, mostMillis);
    }

    Told between(int least, int most) {
      return new Told(kind, phases, errno, least, most);
    }

    Told withoutErrno() {
      return new Told(kind, phases, Errno.NONE, leastMillis, mostMillis);
    }
  }

  private String url(String itsPath) {
    String there = host.contains(":") ? "[" + host + "]" : host;
    return (isTls ? "https://" : "http://") + there + ":" + port + itsPath;
  }

  // ---- the catalogue ----

  /** All of them, each on a port of its own. */
  static List<Fault> all() {
    List<Fault> all = new ArrayList<>();
    for (boolean tls : new boolean[] {false, true}) {
      Ports ports = new Ports(tls ? HttpPeerMain.TLS : HttpPeerMain.PLAIN, tls);
      all.addAll(ofNetworks(ports));
      all.addAll(ofServers(ports));
    }
    all.addAll(ofAccepting());
    all.addAll(inTheTlsHandshake());
    return all;
  }

  /** Gives out ports of the peer. */
  private static final class Ports {
    private final boolean tls;
    private int next;

    Ports(int first, boolean tls) {
      this.next = first;
      this.tls = tls;
    }

    Fault fault(String name, String path, int body, Told told) {
      return new Fault(name, tls, next++, path, body, told);
    }
  }

  private Fault through(Firewall way) {
    firewall = Optional.of(way);
    return this;
  }

  private Fault over6() {
    name += ", IPv6";
    host = Lab.SERVER6;
    return this;
  }

  private Fault onJdk(Told told) {
    onJdk = Optional.of(told);
    return this;
  }

  private Fault whileIdle(String itsPath) {
    before = Optional.of(itsPath);
    return this;
  }

  private Fault onANewConnection() {
    before = Optional.empty();
    return this;
  }

  /** What it says at its end is lost, as of a machine that lost its power. */
  private Fault afterANewStart() {
    forgets = true;
    return through(Firewall.MUTE);
  }

  private Fault impatiently() {
    impatient = true;
    return this;
  }

  private static List<Fault> ofNetworks(Ports ports) {
    int most = 3 * USER_TIMEOUT;
    Told vanished =
        Told.of(FailureKind.TIMED_OUT, FailurePhase.READ, Errno.ETIMEDOUT)
            .between(USER_TIMEOUT, most);
    Told slow =
        Told.of(FailureKind.READ_TIMED_OUT, FailurePhase.READ, Errno.NONE)
            .between(PATIENCE_ON_JDK, PATIENCE_ON_JDK);
    Told stuck =
        Told.of(FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE, Errno.NONE)
            .between(PATIENCE_ON_JDK, PATIENCE_ON_JDK);
    Told unreachable =
        Told.of(FailureKind.HOST_UNREACHABLE, FailurePhase.READ, Errno.EHOSTUNREACH)
            .between(USER_TIMEOUT, most);
    Told closed =
        Told.of(FailureKind.REFUSED, FailurePhase.READ, Errno.ECONNREFUSED)
            .between(USER_TIMEOUT, most);
    Told inWrite =
        Told.of(FailureKind.TIMED_OUT, FailurePhase.WRITE, Errno.ETIMEDOUT)
            .between(USER_TIMEOUT, most);
    Told reset = Told.of(FailureKind.RESET, FailurePhase.READ, Errno.ECONNRESET);
    Told resetInWrite = Told.of(FailureKind.RESET, FailurePhase.WRITE, Errno.ECONNRESET);
    return List.of(
        ports.fault("the peer vanishes", "/ok", GET, vanished).through(Firewall.DROP).onJdk(slow),
        ports
            .fault("the peer vanishes", "/ok", GET, vanished)
            .through(Firewall.DROP)
            .onJdk(slow)
            .over6(),
        ports
            .fault("the peer vanishes in a request", "/ok", BIG, inWrite)
            .through(Firewall.DROP)
            .onJdk(stuck),
        ports
            .fault("host unreachable", "/ok", GET, unreachable)
            .through(Firewall.HOST_UNREACHABLE)
            .onJdk(slow),
        ports
            .fault("port unreachable", "/ok", GET, closed)
            .through(Firewall.PORT_UNREACHABLE)
            .onJdk(slow),
        ports.fault("a firewall resets", "/ok", GET, reset).through(Firewall.RESET),
        ports.fault("a firewall resets", "/ok", GET, reset).through(Firewall.RESET).over6(),
        ports
            .fault("a firewall resets in a request", "/ok", BIG, resetInWrite)
            .through(Firewall.RESET),
        ports.fault("the server was started anew", "/ok", GET, reset).afterANewStart());
  }

  private static List<Fault> ofServers(Ports ports) {
    Told reset = Told.of(FailureKind.RESET, FailurePhase.READ, Errno.ECONNRESET);
    Told ended = Told.of(FailureKind.PEER_CLOSED, FailurePhase.READ, Errno.NONE);
    Told cut =
        Told.of(
            ports.tls ? FailureKind.TLS_TRUNCATED : FailureKind.PEER_CLOSED,
            FailurePhase.READ,
            Errno.NONE);
    Told silent =
        Told.of(FailureKind.READ_TIMED_OUT, FailurePhase.READ, Errno.NONE)
            .between(IMPATIENCE, IMPATIENCE);
    return List.of(
        ports.fault("RST instead of an answer", "/rst", GET, reset),
        ports.fault("RST in the head", "/rst-in-head", GET, reset),
        ports.fault("RST in the body", "/rst-in-body", GET, reset),
        ports.fault("FIN instead of an answer", "/fin", GET, ended),
        ports.fault("FIN in the body", "/fin-in-body", GET, ended),
        ports.fault("FIN without a goodbye", "/cut", GET, cut),
        ports.fault("no answer", "/silent", GET, silent).impatiently(),
        ports.fault("RST while idle", "/ok", GET, Told.nothing()).whileIdle("/rst-after"),
        ports
            .fault("half close while idle", "/ok", GET, Told.nothing())
            .whileIdle("/half-close-after"),
        ports
            .fault("unasked bytes while idle", "/ok", GET, Told.nothing())
            .whileIdle("/unasked-after"));
  }

  private static Fault early(HttpPeerMain.Early what, String name, boolean tls, Told told) {
    return new Fault(name, tls, what.port, "/ok", GET, told).onANewConnection().impatiently();
  }

  private static List<Fault> ofAccepting() {
    Told ended = Told.of(FailureKind.PEER_CLOSED, FailurePhase.READ, Errno.NONE);
    // Whoever is slow meets it before the request is sent.
    Told reset = Told.of(FailureKind.RESET, FailurePhase.READ, Errno.ECONNRESET).orInWrite();
    return List.of(
        early(HttpPeerMain.Early.FIN_AT_ACCEPT, "FIN at accept", false, ended),
        early(HttpPeerMain.Early.RST_AT_ACCEPT, "RST at accept", false, reset));
  }

  private static List<Fault> inTheTlsHandshake() {
    FailurePhase phase = FailurePhase.TLS_HANDSHAKE;
    Told reset = Told.of(FailureKind.RESET, phase, Errno.ECONNRESET);
    Told ended = Told.of(FailureKind.PEER_CLOSED, phase, Errno.NONE);
    Told late = Told.of(FailureKind.TIMED_OUT, phase, Errno.NONE).between(IMPATIENCE, IMPATIENCE);
    return List.of(
        early(HttpPeerMain.Early.RST_AT_ACCEPT, "RST at accept", true, reset),
        early(HttpPeerMain.Early.FIN_AT_ACCEPT, "FIN at accept", true, ended),
        early(HttpPeerMain.Early.RST_IN_TLS, "RST after ClientHello", true, reset),
        early(HttpPeerMain.Early.FIN_IN_TLS, "FIN after ClientHello", true, ended),
        early(HttpPeerMain.Early.SILENT_IN_TLS, "silence after ClientHello", true, late),
        early(HttpPeerMain.Early.DRIP_IN_TLS, "a drip after ClientHello", true, late));
  }

  @Override
  public String toString() {
    return name;
  }
}
