package io.trunkline;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.CarelessTrust;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.Limits;
import io.trunkline.testing.Opened;
import io.trunkline.testing.Relay;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS connections in the pool, over each transport. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class TlsManagerTest {
  /** The jdk transport looks only at what was idle for a second. */
  private static final Duration WORTH_A_LOOK = Duration.ofMillis(1_050);

  private final Opened opened = new Opened();

  abstract TransportMode transport();

  @BeforeEach
  void countDescriptors() {
    opened.countDescriptors();
  }

  @AfterEach
  void closeAllAndCountDescriptors() throws Exception {
    opened.closeAllAndCountDescriptors();
  }

  private <T extends AutoCloseable> T closing(T resource) {
    return opened.closing(resource);
  }

  private ScriptedServer server(ScriptedServer.Script<SSLSocket> script, String... protocols)
      throws IOException {
    return server(Certificates.LOCALHOST, script, protocols);
  }

  private ScriptedServer server(
      HeldCertificate key, ScriptedServer.Script<SSLSocket> script, String... protocols)
      throws IOException {
    return closing(
        ScriptedServer.tls(
            Certificates.server(key),
            listener -> {
              if (protocols.length > 0) {
                listener.setEnabledProtocols(protocols);
              }
            },
            script));
  }

  private ConnectionManager manager() {
    return manager(builder -> builder);
  }

  private ConnectionManager manager(UnaryOperator<ConnectionManager.Builder> change) {
    return closing(
        change
            .apply(
                ConnectionManager.builder()
                    .transport(transport())
                    .tls(tls -> tls.sslContext(Certificates.client())))
            .build());
  }

  private static Endpoint endpoint(InetSocketAddress address) {
    return Endpoint.tls("127.0.0.1", address.getPort());
  }

  private static void echo(Lease lease) throws IOException {
    lease.output().write(new byte[] {1, 2, 3});
    assertThat(lease.input().readNBytes(3)).containsExactly(1, 2, 3);
  }

  private static int idle(ConnectionManager manager, Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).map(EndpointSnapshot::idle).orElse(0);
  }

  // ---- reuse ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void manyLeasesNeedOneHandshake(String protocol) throws Exception {
    ScriptedServer server = server(ScriptedServer::echo, protocol);
    ConnectionManager manager = manager();
    for (int i = 0; i < 50; i++) {
      try (Lease lease = manager.acquire(endpoint(server.address()))) {
        assertThat(lease.isReused()).isEqualTo(i > 0);
        assertThat(lease.tlsSession().orElseThrow().getProtocol()).isEqualTo(protocol);
        echo(lease);
        lease.release();
      }
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void nameIsResolvedAndChecked() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo);
    Lease lease = manager().acquire(Endpoint.tls("localhost", server.address().getPort()));
    echo(lease);
    lease.release();
    assertThat(lease.tlsSession()).as("after the lease").isEmpty();
    assertThat(lease.applicationProtocol()).isEmpty();
  }

  @Test
  void applicationProtocolIsThatOfTheLease() throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              var parameters = socket.getSSLParameters();
              parameters.setApplicationProtocols(new String[] {"h2"});
              socket.setSSLParameters(parameters);
              ScriptedServer.echo(socket);
            });
    ConnectionManager manager =
        manager(
            builder ->
                builder.tls(
                    tls -> tls.sslContext(Certificates.client()).applicationProtocols("h2")));
    try (Lease lease = manager.acquire(endpoint(server.address()))) {
      assertThat(lease.applicationProtocol()).contains("h2");
    }
  }

  /** Nothing is read, so that the ticket lies there when the connection is leased again. */
  @Test
  void ticketOfAnIdleConnectionDoesNotCostItsPlace() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo, "TLSv1.3");
    ConnectionManager manager = manager();
    for (int i = 0; i < 5; i++) {
      Lease lease = manager.acquire(endpoint(server.address()));
      lease.release();
      TimeUnit.MILLISECONDS.sleep(i == 0 ? WORTH_A_LOOK.toMillis() : 5);
    }
    try (Lease lease = manager.acquire(endpoint(server.address()))) {
      assertThat(lease.isReused()).isTrue();
      echo(lease);
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void dataThatNobodyAskedForIsNeverReadByTheNextCaller(String protocol) throws Exception {
    BlockingQueue<Boolean> speak = new LinkedBlockingQueue<>();
    ScriptedServer server =
        server(
            socket -> {
              socket.getOutputStream().write(socket.getInputStream().read());
              speak.take();
              socket.getOutputStream().write(66);
              socket.getInputStream().read();
            },
            protocol);
    ConnectionManager manager = manager();
    for (int i = 1; i <= 2; i++) {
      try (Lease lease = manager.acquire(endpoint(server.address()))) {
        assertThat(lease.isReused()).isFalse();
        lease.output().write(i);
        assertThat(lease.input().read()).isEqualTo(i);
        lease.release();
      }
      speak.add(true);
      TimeUnit.MILLISECONDS.sleep(WORTH_A_LOOK.toMillis());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void closeNotifyIsFoundBeforeTheConnectionIsLeasedAgain(String protocol) throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              socket.getOutputStream().write(socket.getInputStream().read());
            },
            protocol);
    ConnectionManager manager = manager();
    for (int i = 1; i <= 3; i++) {
      try (Lease lease = manager.acquire(endpoint(server.address()))) {
        lease.output().write(i);
        assertThat(lease.input().read()).isEqualTo(i);
        lease.release();
      }
      TimeUnit.MILLISECONDS.sleep(WORTH_A_LOOK.toMillis());
    }
    assertThat(server.accepted()).isEqualTo(3);
  }

  @Test
  void connectionThatThePeerClosesWhileIdleLeavesThePool() throws Exception {
    BlockingQueue<Boolean> close = new LinkedBlockingQueue<>();
    ScriptedServer server =
        server(
            socket -> {
              socket.getOutputStream().write(socket.getInputStream().read());
              close.take();
            });
    ConnectionManager manager = manager();
    Endpoint endpoint = endpoint(server.address());
    try (Lease lease = manager.acquire(endpoint)) {
      lease.output().write(1);
      assertThat(lease.input().read()).isEqualTo(1);
      lease.release();
    }
    assertThat(idle(manager, endpoint)).isEqualTo(1);
    close.add(true);
    if (manager.transport().isNative()) {
      Await.until("nothing is idle", () -> idle(manager, endpoint) == 0);
    }
  }

  @Test
  void leaseAsASocketSpeaksTlsAndGivesItsOptionsBack() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo);
    ConnectionManager manager = manager();
    for (int i = 0; i < 2; i++) {
      try (Lease lease = manager.acquire(endpoint(server.address()))) {
        Socket socket = lease.socket();
        assertThat(socket.getSoTimeout()).isEqualTo(30_000);
        socket.setTcpNoDelay(false);
        socket.getOutputStream().write(5);
        assertThat(socket.getInputStream().read()).isEqualTo(5);
        socket.setSoTimeout(77);
        assertThat(thrownBy(() -> socket.getInputStream().read()))
            .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(5_000);
        socket.getOutputStream().write(6);
        assertThat(socket.getInputStream().read()).isEqualTo(6);
        lease.release();
      }
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void dialledConnectionBelongsToTheCaller() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo);
    try (TransportSocket socket = manager().dial(endpoint(server.address()))) {
      assertThat(socket.tlsSession()).isPresent();
      socket.getOutputStream().write(5);
      assertThat(socket.getInputStream().read()).isEqualTo(5);
    }
  }

  @Test
  void snapshotTellsWhatWasAgreed() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo, "TLSv1.3");
    ConnectionManager manager = manager();
    assertThat(manager.warmUp(endpoint(server.address()), 2)).isEqualTo(2);
    assertThat(manager.snapshot().endpoint(endpoint(server.address())).orElseThrow().connections())
        .hasSize(2)
        .allMatch(each -> each.tls().orElseThrow().protocol().equals("TLSv1.3"));
  }

  /** The first TLS handshake is that of a user, and goes on when the warm-up has done its part. */
  @Test
  void warmUpCountsTheDialOfAUserAndWaitsForIt() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger accepted = new AtomicInteger();
    ScriptedServer server = server(ScriptedServer::echo);
    Relay relay =
        closing(
            new Relay(
                server.address(),
                (in, out) -> {
                  if (accepted.getAndIncrement() == 0) {
                    began.countDown();
                    goOn.await(10, TimeUnit.SECONDS);
                  }
                  Relay.pump(in, out);
                }));
    ConnectionManager manager = manager();
    Endpoint endpoint = endpoint(relay.address());
    Background<Lease> user = Background.start(() -> manager.acquire(endpoint));
    assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
    Background<Integer> warm = Background.start(() -> manager.warmUp(endpoint, 3));
    Await.until("its own two are there", () -> idle(manager, endpoint) == 2);
    TimeUnit.MILLISECONDS.sleep(20);
    assertThat(warm.isDone()).as("while the user's dial may still succeed").isFalse();
    goOn.countDown();
    assertThat(warm.get()).isEqualTo(3);
    user.get().close();
    assertThat(server.accepted()).isEqualTo(3);
  }

  // ---- failures ----

  @Test
  void callerIsToldWhichNamesTheCertificateHas() throws Exception {
    ScriptedServer server =
        server(Certificates.signed("a", "a.example", "b.example"), ScriptedServer::echo);
    ConnectionManager manager = manager();
    Throwable thrown = thrownBy(() -> manager.acquire(endpoint(server.address())));
    assertThat(thrown).isInstanceOf(SSLHandshakeException.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
    assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
    assertThat(failure.address()).contains(server.address());
    assertThat(thrown)
        .hasMessageStartingWith("tls://127.0.0.1:" + server.address().getPort())
        .hasMessageContaining("is for a.example, b.example; asked was 127.0.0.1");
  }

  @Test
  void nameIsCheckedWhereTheTrustManagerIsCarelessAndNothingIsPooled() throws Exception {
    ScriptedServer server = server(Certificates.signed("a", "a.example"), ScriptedServer::echo);
    ConnectionManager manager =
        manager(builder -> builder.tls(tls -> tls.sslContext(CarelessTrust.context())));
    Endpoint endpoint = endpoint(server.address());
    for (Background.Action asking :
        new Background.Action[] {
          () -> manager.acquire(endpoint),
          () -> manager.dial(endpoint),
          () -> manager.warmUp(endpoint, 2),
          () -> manager.call(endpoint, true, lease -> lease.input().read())
        }) {
      ConnectionFailure failure = (ConnectionFailure) thrownBy(asking);
      assertThat(failure.kind()).isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
    }
    assertThat(manager.snapshot().openConnections()).isZero();
  }

  @Test
  void serverThatNeverAnswersTheTlsHandshakeCostsTheTlsTimeoutAndNoMore() throws Exception {
    ScriptedServer server =
        closing(ScriptedServer.plain(socket -> socket.getInputStream().readAllBytes()));
    Duration limit = Duration.ofMillis(200);
    ConnectionManager manager =
        manager(
            builder -> builder.tls(tls -> tls.sslContext(Certificates.client()).timeout(limit)));
    Limits.assertEndsAt(
        limit,
        Duration.ofMillis(50),
        5,
        () -> {
          long start = System.nanoTime();
          Throwable thrown = thrownBy(() -> manager.acquire(endpoint(server.address())));
          long taken = System.nanoTime() - start;
          ConnectionFailure failure = (ConnectionFailure) thrown;
          assertThat(failure.kind()).isEqualTo(FailureKind.TIMED_OUT);
          assertThat(failure.phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
          return Duration.ofNanos(taken);
        });
  }

  @Test
  void interruptEndsATlsHandshakeAtOnce() throws Exception {
    ScriptedServer server =
        closing(ScriptedServer.plain(socket -> socket.getInputStream().readAllBytes()));
    ConnectionManager manager = manager();
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 5 && best.toMillis() > 100; i++) {
      boolean[] flag = new boolean[1];
      Background<Throwable> caller =
          Background.failing(
              () -> {
                try {
                  manager.acquire(endpoint(server.address()));
                } finally {
                  flag[0] = Thread.currentThread().isInterrupted();
                }
              });
      long start = System.nanoTime();
      caller.thread().interrupt();
      Throwable thrown = caller.get(5);
      assertThat(thrown).isInstanceOf(InterruptedIOException.class);
      assertThat(((ConnectionFailure) thrown).kind()).isEqualTo(FailureKind.INTERRUPTED);
      assertThat(((ConnectionFailure) thrown).phase()).isEqualTo(FailurePhase.TLS_HANDSHAKE);
      assertThat(flag[0]).isTrue();
      Duration taken = Duration.ofNanos(caller.endedNanos() - start);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).isLessThan(Duration.ofMillis(100));
  }

  /** Its caller leaves in the middle of a record; a worker runs the handshake on and pools it. */
  @Test
  void handshakeThatItsCallerLeftWarmsThePool() throws Exception {
    ScriptedServer server = server(ScriptedServer::echo);
    Relay slow =
        closing(
            new Relay(
                server.address(),
                (in, out) -> {
                  byte[] first = Relay.record(in);
                  out.write(first, 0, first.length / 2);
                  TimeUnit.MILLISECONDS.sleep(300);
                  out.write(first, first.length / 2, first.length - first.length / 2);
                  Relay.pump(in, out);
                }));
    ConnectionManager manager = manager();
    Endpoint endpoint = endpoint(slow.address());
    Throwable thrown = thrownBy(() -> manager.acquire(endpoint, Duration.ofMillis(60)));
    assertThat(thrown).isInstanceOf(PoolExhaustedException.class);
    Await.until("the connection is pooled", () -> idle(manager, endpoint) == 1);
    try (Lease lease = manager.acquire(endpoint)) {
      echo(lease);
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void closeOfTheManagerEndsTlsHandshakesAndLeases() throws Exception {
    ScriptedServer silent =
        closing(ScriptedServer.plain(socket -> socket.getInputStream().readAllBytes()));
    ScriptedServer server = server(ScriptedServer::echo);
    ConnectionManager manager = manager();
    Lease lease = manager.acquire(endpoint(server.address()));
    Background<Throwable> reader = Background.failing(() -> lease.input().read());
    Background<Throwable> dialling =
        Background.failing(() -> manager.acquire(endpoint(silent.address())));
    manager.close();
    assertThat(((ConnectionFailure) reader.get(5)).kind()).isEqualTo(FailureKind.CLOSED);
    assertThat(((ConnectionFailure) dialling.get(5)).kind()).isEqualTo(FailureKind.CLOSED);
  }
}
