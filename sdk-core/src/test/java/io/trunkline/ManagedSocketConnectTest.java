package io.trunkline;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.VirtualThreadsForTests;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** How a managed socket comes to its connection, or to the reason why it has none. */
abstract class ManagedSocketConnectTest extends ManagedSocketFixture {
  private static final Duration SOON = Duration.ofMillis(100);
  private static final int ATTEMPTS = 3;

  // ---- addresses and names ----

  @Test
  void unresolvedNameIsResolvedByTheManager() throws Exception {
    EchoServer server = echoServer();
    Socket socket = open();
    socket.connect(InetSocketAddress.createUnresolved("localhost", server.address().getPort()));
    assertEchoes(socket);
    assertThat(socket.getInetAddress().isLoopbackAddress()).isTrue();
  }

  @Test
  void resolvedAddressIsDialledAsItIsWhateverItsName() throws Exception {
    EchoServer server = echoServer();
    InetAddress named = InetAddress.getByAddress("no-such-host.invalid", loopback().getAddress());
    Socket socket = open();
    socket.connect(new InetSocketAddress(named, server.address().getPort()));
    assertEchoes(socket);
  }

  @Test
  void failureNamesTheHostAndTheAddressThatWasTried() throws Exception {
    InetSocketAddress nobody =
        new InetSocketAddress(
            InetAddress.getByAddress("db.example", loopback().getAddress()), closedPort());
    Throwable thrown = thrownBy(() -> open().connect(nobody, 5_000));
    ConnectionFailure failure = assertKind(thrown, FailureKind.REFUSED);
    assertThat(failure.endpoint()).contains(Endpoint.tcp("db.example", nobody.getPort()));
    assertThat(failure.address()).contains(new InetSocketAddress(loopback(), nobody.getPort()));
    assertThat(thrown).hasMessageContaining("db.example:" + nobody.getPort() + " (127.0.0.1:");
  }

  @Test
  void nameThatNoEndpointCouldHaveIsDialledByItsAddress() throws Exception {
    EchoServer server = echoServer();
    InetAddress named = InetAddress.getByAddress("not a host/at all", loopback().getAddress());
    Socket socket = open();
    socket.connect(new InetSocketAddress(named, server.address().getPort()));
    assertEchoes(socket);
  }

  @Test
  void nameThatCannotBeResolvedIsAnUnknownHostAndClosesTheSocket() throws Exception {
    for (String name : new String[] {"no-such-host.invalid", "not a host"}) {
      Socket socket = open();
      Throwable thrown =
          thrownBy(() -> socket.connect(InetSocketAddress.createUnresolved(name, 80), 5_000));
      assertThat(thrown).isInstanceOf(UnknownHostException.class).hasMessageContaining(name);
      assertKind(thrown, FailureKind.RESOLUTION_FAILED);
      assertThat(socket.isClosed()).isTrue();
    }
  }

  @Test
  void portZeroIsRefusedWithoutADial() throws Exception {
    Socket socket = open();
    Throwable thrown = thrownBy(() -> socket.connect(new InetSocketAddress(loopback(), 0)));
    assertThat(thrown).isInstanceOf(SocketException.class);
    assertKind(thrown, FailureKind.ADDRESS_UNUSABLE);
    assertThat(socket.isClosed()).isTrue();
  }

  // ---- failures ----

  @Test
  void refusedConnectClosesTheSocket() throws Exception {
    Socket socket = open();
    InetSocketAddress nobody = new InetSocketAddress(loopback(), closedPort());
    Throwable thrown = thrownBy(() -> socket.connect(nobody, 5_000));
    assertThat(thrown).isInstanceOf(ConnectException.class);
    assertKind(thrown, FailureKind.REFUSED);
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
    assertThat(thrownBy(() -> socket.connect(nobody))).isInstanceOf(SocketException.class);
  }

  @Test
  void callersTimeoutEndsTheConnectIfItIsTheEarlier() throws Exception {
    assertTimesOut(open(), 150);
  }

  @Test
  void managersTimeoutEndsTheConnectIfItIsTheEarlier() throws Exception {
    for (int callers : new int[] {0, 20_000}) {
      assertTimesOut(open(builder().connect(c -> c.timeout(Duration.ofMillis(150)))), callers);
    }
  }

  private void assertTimesOut(Socket socket, int callersMillis) throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    long start = System.nanoTime();
    Throwable thrown = thrownBy(() -> socket.connect(backlog.address(), callersMillis));
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
    assertKind(thrown, FailureKind.TIMED_OUT);
    assertThat(taken).isBetween(Duration.ofMillis(149), Duration.ofMillis(1_500));
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isFalse();
  }

  @Test
  void closedManagerDialsNoMore() throws Exception {
    ConnectionManager manager = builder().build();
    TrunklineSocketFactory factory = new TrunklineSocketFactory(manager);
    Socket connected = closing(factory.createSocket());
    connected.connect(echoServer().address());
    manager.close();
    assertEchoes(connected); // it belongs to the caller
    Socket late = closing(factory.createSocket());
    Throwable thrown = thrownBy(() -> late.connect(echoServer().address()));
    assertKind(thrown, FailureKind.CLOSED);
    assertThat(late.isClosed()).isTrue();
  }

  // ---- closing and interrupting while it connects ----

  @Test
  void closeEndsAConnectAtOnceAndIsNoFailureOfThePeer() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < ATTEMPTS && best.compareTo(SOON) > 0; i++) {
      Socket socket = open();
      Background<Throwable> connect =
          Background.failing(() -> socket.connect(backlog.address(), 10_000));
      long start = System.nanoTime();
      socket.close();
      long closed = System.nanoTime();
      Throwable thrown = connect.get(5);
      assertThat(thrown).isInstanceOf(SocketException.class);
      assertKind(thrown, FailureKind.CLOSED);
      assertThat(socket.isClosed()).isTrue();
      assertThat(socket.isConnected()).isFalse();
      Duration taken = Duration.ofNanos(Math.max(closed, connect.endedNanos()) - start);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).as("close returned and woke it").isLessThan(SOON);
  }

  @Test
  void closeEndsAConnectOfAVirtualThread() throws Exception {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    FullBacklog backlog = closing(new FullBacklog());
    Socket socket = open();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    VirtualThreadsForTests.start(
        () -> ended.complete(thrownBy(() -> socket.connect(backlog.address(), 10_000))));
    TimeUnit.MILLISECONDS.sleep(50); // most often it connects by then; before is fine as well
    socket.close();
    assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
    assertThat(socket.isClosed()).isTrue();
  }

  @Test
  void secondConnectIsRefusedWhileTheFirstIsUnderWay() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    Socket socket = open();
    Background<Throwable> first =
        Background.failing(() -> socket.connect(backlog.address(), 10_000));
    assertThat(thrownBy(() -> socket.connect(backlog.address(), 10_000)))
        .isInstanceOf(SocketException.class);
    assertThat(socket.isClosed()).as("the first goes on").isFalse();
    backlog.acceptAll();
    assertThat(first.get()).isNull();
    assertThat(socket.isConnected()).isTrue();
  }

  @Test
  void interruptEndsAConnect() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    Socket socket = open();
    boolean[] flag = {false};
    Background<Throwable> connect =
        Background.failing(
            () -> {
              try {
                socket.connect(backlog.address(), 10_000);
              } finally {
                flag[0] = Thread.currentThread().isInterrupted();
              }
            });
    connect.thread().interrupt();
    Throwable thrown = connect.get(5);
    assertThat(thrown).isInstanceOf(InterruptedIOException.class);
    assertKind(thrown, FailureKind.INTERRUPTED);
    assertThat(flag[0]).as("interrupted").isTrue();
    assertThat(socket.isClosed()).isTrue();
  }

  /** At every moment of a connect; the descriptor count after the test is half of the proof. */
  @Test
  void closeAtAnyMomentLeavesNothingOpen() throws Exception {
    ConnectionManager manager = closing(builder().build());
    TrunklineSocketFactory factory = new TrunklineSocketFactory(manager);
    Random random = new Random(14);
    int connected = 0;
    try (ServerSocket listener = new ServerSocket(0, 1_000, loopback())) {
      for (int i = 0; i < 300; i++) {
        Socket socket = factory.createSocket();
        boolean bound = i % 3 == 0;
        Background<Throwable> connect =
            Background.start(
                () ->
                    thrownBy(
                        () -> {
                          if (bound) {
                            socket.bind(new InetSocketAddress(loopback(), 0));
                          }
                          socket.setSoTimeout(1_000);
                          socket.connect(listener.getLocalSocketAddress(), 5_000);
                        }));
        long end = System.nanoTime() + random.nextInt(400_000);
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        socket.close();
        Throwable thrown = connect.get();
        assertThat(socket.isClosed()).isTrue();
        if (thrown == null) {
          connected++;
        } else {
          assertThat(thrown).isInstanceOf(SocketException.class);
          assertThat(socket.isConnected()).isFalse();
        }
      }
    }
    assertThat(connected).as("closed after the connect, but not always").isLessThan(300);
  }
}
