package io.trunkline.samples.quickstart;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Makes things go wrong for real, and keeps what the exceptions say. */
final class Provocations {
  static final int COUNT = 7;

  /** Long enough for one repeated SYN, which comes after a second. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_200);

  private static final Duration SHORT_ACQUIRE = Duration.ofMillis(200);
  private static final int FILL_MILLIS = 200;
  private static final int MORE_THAN_THE_QUEUE_TAKES = 8;
  private static final String NO_SUCH_HOST = "does-not-exist.invalid";

  private final PeerProcess peers;
  private final TransportMode mode;
  private final Verdicts verdicts;
  private final Progress progress;
  private final Listener listener;

  /** Sees each failure as soon as it is known. */
  interface Listener {
    void shown(int number, Report.Failure failure);
  }

  /** Where a failure is expected. */
  private interface Action {
    void run() throws IOException;
  }

  Provocations(
      PeerProcess peers,
      TransportMode mode,
      Verdicts verdicts,
      Progress progress,
      Listener listener) {
    this.peers = peers;
    this.mode = mode;
    this.verdicts = verdicts;
    this.progress = progress;
    this.listener = listener;
  }

  List<Report.Failure> run() throws IOException, InterruptedException {
    List<Report.Failure> all = new ArrayList<>();
    try (ConnectionManager manager =
        ConnectionManager.builder()
            .transport(mode)
            .connect(connect -> connect.timeout(CONNECT_TIMEOUT))
            .pool(pool -> pool.maxPerEndpoint(1))
            .build()) {
      boolean exact = manager.transport().isNative();
      begin("Refused: a port on which nothing listens");
      end(all, refused(manager));
      begin("Timed out: a server whose accept queue is full");
      end(all, timedOut(manager, exact));
      begin("Unreachable: an address without a route");
      end(all, unreachable(manager, exact));
      begin("Reset: a server that drops the connection in the middle of its answer");
      end(all, reset(manager));
      begin("Stale: a server that closes a connection while it is idle in the pool");
      end(all, new StaleConnection(peers, manager, verdicts).show());
      begin("Acquire timed out: the only connection is leased");
      end(all, acquireTimedOut(manager));
      begin("Not resolved: a host name that cannot exist");
      end(all, notResolved(manager));
    }
    return all;
  }

  private void begin(String what) {
    progress.step(what);
  }

  private void end(List<Report.Failure> all, Report.Failure failure) {
    all.add(failure);
    progress.clear();
    listener.shown(all.size(), failure);
  }

  private Report.Failure refused(ConnectionManager manager) throws IOException {
    Endpoint endpoint = closedPort();
    FailureFacts facts =
        provoke(
            "refused", EnumSet.of(FailureKind.REFUSED), () -> manager.acquire(endpoint).close());
    return failure(
        "refused",
        "Refused: nothing listens on the port",
        "acquired a connection to a port that was free a moment ago",
        facts,
        List.of());
  }

  /** The kernel does not hand out the same port again at once. */
  private static Endpoint closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Endpoint.tcp(free.getInetAddress().getHostAddress(), free.getLocalPort());
    }
  }

  private Report.Failure timedOut(ConnectionManager manager, boolean exact) throws IOException {
    List<Socket> fillers = new ArrayList<>();
    try {
      boolean full = fillQueue(fillers);
      verdicts.expect(
          full, "timed out: the accept queue did not fill with " + fillers.size() + " connections");
      FailureFacts facts =
          provoke(
              "timed out",
              EnumSet.of(FailureKind.TIMED_OUT),
              () -> manager.acquire(peers.neverAccepting()).close());
      Integer syns = facts == null ? null : facts.unansweredSyns();
      if (exact) {
        verdicts.expect(
            syns != null && syns >= 2,
            "timed out: at least 2 SYNs go unanswered, but it was " + syns);
      }
      return failure(
          "timed out",
          "Timed out: the accept queue of the server is full, so the kernel drops the SYN",
          "a server listens with a backlog of 1 and never accepts; "
              + fillers.size()
              + " connections fill its queue; then acquired one more, with a connect timeout of "
              + CONNECT_TIMEOUT.toMillis()
              + " ms",
          facts,
          exact
              ? List.of()
              : List.of("how many SYNs went unanswered is known on native sockets only"));
    } finally {
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  /** Whether the queue is full: a connect had no answer. */
  private boolean fillQueue(List<Socket> fillers) throws IOException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), peers.neverAccepting().port());
    while (fillers.size() < MORE_THAN_THE_QUEUE_TAKES) {
      Socket filler = new Socket();
      try {
        filler.connect(address, FILL_MILLIS);
        fillers.add(filler);
      } catch (SocketTimeoutException full) {
        filler.close();
        return true;
      }
    }
    return false;
  }

  private Report.Failure unreachable(ConnectionManager manager, boolean exact) {
    Endpoint endpoint = Endpoint.tcp("224.0.0.1", 80);
    FailureFacts facts =
        provoke(
            "unreachable",
            exact
                ? EnumSet.of(FailureKind.NETWORK_UNREACHABLE)
                : EnumSet.of(FailureKind.NETWORK_UNREACHABLE, FailureKind.OTHER),
            () -> manager.acquire(endpoint).close());
    return failure(
        "unreachable",
        "Unreachable: there is no route",
        "acquired a connection to the multicast address "
            + endpoint.host()
            + ", to which no TCP connection can be routed; no packet leaves this machine",
        facts,
        exact
            ? List.of()
            : List.of(
                "the JDK reports this without an errno, so the kind is OTHER; native sockets say"
                    + " NETWORK_UNREACHABLE"));
  }

  private Report.Failure reset(ConnectionManager manager) {
    Exchange exchange = Exchange.echo(64);
    FailureFacts facts =
        provoke(
            "reset",
            EnumSet.of(FailureKind.RESET),
            () -> {
              try (Lease lease = manager.acquire(peers.resetting())) {
                exchange.run(lease.input(), lease.output());
                lease.release();
              }
            });
    verdicts.expect(
        facts == null || facts.requestBytesSent(),
        "reset: the request had been sent, but the failure says it had not");
    return failure(
        "reset",
        "Reset: the server drops the connection in the middle of its answer",
        "sent 64 bytes; the server answered with 32 and closed with SO_LINGER 0, which sends a RST",
        facts,
        List.of("the lease was not released, so nobody gets the rest of this connection"));
  }

  private Report.Failure acquireTimedOut(ConnectionManager manager) throws IOException {
    Endpoint endpoint = peers.echo();
    try (Lease held = manager.acquire(endpoint)) {
      FailureFacts facts =
          provoke(
              "acquire timed out",
              EnumSet.of(FailureKind.ACQUIRE_TIMED_OUT),
              () -> manager.acquire(endpoint, SHORT_ACQUIRE).close());
      held.release();
      return failure(
          "acquire timed out",
          "Acquire timed out: no connection came free",
          "the cap is 1 connection per endpoint, and it was leased; a second caller waited "
              + SHORT_ACQUIRE.toMillis()
              + " ms",
          facts,
          List.of());
    }
  }

  private Report.Failure notResolved(ConnectionManager manager) {
    String did = "acquired a connection to " + NO_SUCH_HOST + ", a name that is never given out";
    String title = "Not resolved: the host name has no address";
    if (resolverInventsAddresses()) {
      return failure(
          "not resolved",
          title,
          "nothing: the resolver of this network has an address even for " + NO_SUCH_HOST,
          null,
          List.of());
    }
    FailureFacts facts =
        provoke(
            "not resolved",
            EnumSet.of(FailureKind.RESOLUTION_FAILED),
            () -> manager.acquire(Endpoint.tcp(NO_SUCH_HOST, 80)).close());
    return failure("not resolved", title, did, facts, List.of());
  }

  /** The JDK remembers a failed lookup for 10 s, so that the second one costs nothing. */
  @SuppressWarnings("AddressSelection") // any address at all is one too many
  private static boolean resolverInventsAddresses() {
    try {
      return InetAddress.getByName(NO_SUCH_HOST) != null;
    } catch (UnknownHostException asItShould) {
      return false;
    }
  }

  private static Report.Failure failure(
      String name, String title, String did, FailureFacts facts, List<String> remarks) {
    return new Report.Failure(name, title, did, facts, null, remarks);
  }

  /** What the failure says of itself; null, and a verdict, if there was none or another one. */
  private FailureFacts provoke(String name, Set<FailureKind> announced, Action action) {
    try {
      action.run();
    } catch (IOException thrown) {
      if (thrown instanceof ConnectionFailure failure) {
        verdicts.expect(
            announced.contains(failure.kind()),
            name
                + ": the kind is "
                + announced
                + ", but was "
                + failure.kind()
                + ": "
                + thrown.getMessage());
        return FailureFacts.of(thrown, failure);
      }
      verdicts.expect(false, name + ": no ConnectionFailure, but " + thrown);
      return null;
    }
    verdicts.expect(false, name + ": a failure was announced, but it succeeded");
    return null;
  }
}
