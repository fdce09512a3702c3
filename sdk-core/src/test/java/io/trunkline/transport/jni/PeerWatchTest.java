package io.trunkline.transport.jni;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can be known of a connection on which nobody reads, and what the knowledge costs. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PeerWatchTest {
  private static final String THREAD = "trunkline-epoll";

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private Transport transport;
  private ServerSocket listener;

  /** A watched connection and its peer. */
  private record Watched(TransportSocket client, Socket peer, AtomicInteger calls) {}

  @BeforeEach
  void open() throws IOException {
    transport = TestTransports.jni();
    listener = new ServerSocket(0);
    toClose.add(listener);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : toClose) {
      resource.close();
    }
    transport.close();
    Await.until("the epoll thread is gone", () -> epollThreads() == 0);
  }

  private static long epollThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(THREAD))
        .count();
  }

  private Watched connect() throws IOException {
    TransportSocket client = transport.open();
    toClose.add(client);
    client.connect(new InetSocketAddress("127.0.0.1", listener.getLocalPort()), 5_000);
    Socket peer = listener.accept();
    toClose.add(peer);
    return new Watched(client, peer, new AtomicInteger());
  }

  private Watched watched() throws IOException {
    Watched watched = connect();
    watched.client().onPeerClosed(watched.calls()::incrementAndGet);
    return watched;
  }

  private static void reset(Socket peer) throws IOException {
    peer.setSoLinger(true, 0);
    peer.close();
  }

  private static void assertCalledOnce(Watched watched) throws Exception {
    Await.until("the action is called", () -> watched.calls().get() > 0);
    TimeUnit.MILLISECONDS.sleep(20); // a second call would come now
    assertThat(watched.calls()).hasValue(1);
  }

  // ---- hearing of the end ----

  @Test
  void endOfThePeerIsHeardOnce() throws Exception {
    Watched watched = watched();
    long start = System.nanoTime();
    watched.peer().close();
    Await.until("the action is called", () -> watched.calls().get() > 0);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(2_000);
    assertCalledOnce(watched);
  }

  @Test
  void resetIsHeardOnce() throws Exception {
    Watched watched = watched();
    reset(watched.peer());
    assertCalledOnce(watched);
  }

  @Test
  void halfCloseOfThePeerIsHeard() throws Exception {
    Watched watched = watched();
    watched.peer().shutdownOutput();
    assertCalledOnce(watched);
  }

  @Test
  void endBehindUnreadBytesIsHeard() throws Exception {
    Watched watched = watched();
    watched.peer().getOutputStream().write(new byte[1_000]);
    watched.peer().close();
    assertCalledOnce(watched);
    assertThat(watched.client().getInputStream().readNBytes(1_000)).hasSize(1_000);
  }

  @Test
  void endBeforeTheWatchBeganIsHeard() throws Exception {
    Watched closed = connect();
    closed.peer().close();
    awaitIdle(closed, IdleState.PEER_CLOSED);
    closed.client().onPeerClosed(closed.calls()::incrementAndGet);
    assertCalledOnce(closed);
    Watched reset = connect();
    reset(reset.peer());
    awaitIdle(reset, IdleState.PEER_CLOSED);
    reset.client().onPeerClosed(reset.calls()::incrementAndGet);
    assertCalledOnce(reset);
  }

  @Test
  void dataAndOwnCloseAreNotTheEndOfThePeer() throws Exception {
    Watched watched = watched();
    watched.peer().getOutputStream().write(new byte[10]);
    awaitIdle(watched, IdleState.READABLE);
    assertThat(watched.client().getInputStream().readNBytes(10)).hasSize(10);
    Watched sentinel = watched(); // whose event comes after any of the first one
    sentinel.peer().close();
    assertCalledOnce(sentinel);
    assertThat(watched.calls()).hasValue(0);
    watched.client().close();
    Watched later = watched();
    later.peer().close();
    assertCalledOnce(later);
    assertThat(watched.calls()).hasValue(0);
  }

  @Test
  void oneConnectionsEndIsNotAnothers() throws Exception {
    List<Watched> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(watched()); // more than one batch of events
    }
    for (int i = 0; i < all.size(); i += 2) {
      all.get(i).peer().close();
    }
    for (int i = 0; i < all.size(); i++) {
      if (i % 2 == 0) {
        Watched closed = all.get(i);
        Await.until("its end is heard", () -> closed.calls().get() == 1);
      }
    }
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).calls()).hasValue(i % 2 == 0 ? 1 : 0);
    }
  }

  @Test
  void actionThatThrowsDoesNotEndTheWatch() throws Exception {
    Watched faulty = connect();
    faulty
        .client()
        .onPeerClosed(
            () -> {
              throw new IllegalStateException("a fault on purpose, for a test");
            });
    Watched next = watched();
    faulty.peer().close();
    next.peer().close();
    assertCalledOnce(next);
  }

  @Test
  void watchOfAClosedSocketIsHarmless() throws Exception {
    Watched watched = connect();
    watched.client().close();
    watched.client().onPeerClosed(watched.calls()::incrementAndGet);
    TransportSocket unconnected = transport.open();
    unconnected.onPeerClosed(watched.calls()::incrementAndGet);
    assertThat(watched.calls()).hasValue(0);
  }

  // ---- looking ----

  private static void awaitIdle(Watched watched, IdleState state) throws Exception {
    Await.until(
        "the connection is " + state, () -> watched.client().checkIdle(System.nanoTime()) == state);
  }

  @Test
  void idleConnectionIsClean() throws Exception {
    assertThat(connect().client().checkIdle(System.nanoTime())).isEqualTo(IdleState.CLEAN);
  }

  @Test
  void unaskedBytesAreSeenAndNotTaken() throws Exception {
    Watched watched = connect();
    watched.peer().getOutputStream().write(3);
    awaitIdle(watched, IdleState.READABLE);
    assertThat(watched.client().checkIdle(System.nanoTime())).isEqualTo(IdleState.READABLE);
    assertThat(watched.client().getInputStream().read()).isEqualTo(3);
    assertThat(watched.client().checkIdle(System.nanoTime())).isEqualTo(IdleState.CLEAN);
  }

  @Test
  void endIsSeenAlsoBehindUnreadBytes() throws Exception {
    Watched closed = connect();
    closed.peer().getOutputStream().write(3);
    closed.peer().close();
    awaitIdle(closed, IdleState.PEER_CLOSED);
    assertThat(closed.client().getInputStream().read()).isEqualTo(3);
    Watched reset = connect();
    reset(reset.peer());
    awaitIdle(reset, IdleState.PEER_CLOSED);
    Watched closedHere = connect();
    closedHere.client().close();
    awaitIdle(closedHere, IdleState.PEER_CLOSED);
    assertThat(transport.open().checkIdle(System.nanoTime())).isEqualTo(IdleState.PEER_CLOSED);
  }

  @Test
  void lookDoesNotUseUpTheReasonOfAReset() throws Exception {
    Watched reset = connect();
    reset(reset.peer());
    awaitIdle(reset, IdleState.PEER_CLOSED);
    Throwable thrown = Background.thrownBy(() -> reset.client().getInputStream().read());
    assertThat(thrown).hasMessageContaining("ECONNRESET");
  }

  // ---- TCP_INFO ----

  @Test
  void tcpInfoOfALivingConnection() throws Exception {
    Watched watched = connect();
    for (int i = 0; i < 50; i++) {
      watched.client().getOutputStream().write(i);
      assertThat(watched.peer().getInputStream().read()).isEqualTo(i);
      watched.peer().getOutputStream().write(i);
      assertThat(watched.client().getInputStream().read()).isEqualTo(i);
    }
    TcpInfo info = watched.client().tcpInfo().orElseThrow();
    assertThat(info.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(info.rttMicros()).isBetween(1L, 200_000L);
    assertThat(info.rttVarianceMicros()).isBetween(0L, 200_000L);
    assertThat(info.retransmitTimeoutMicros()).isBetween(1_000L, 3_000_000L);
    assertThat(info.sendMss()).isBetween(500L, 65_535L);
    assertThat(info.receiveMss()).isBetween(88L, 65_535L);
    assertThat(info.congestionWindow()).isBetween(1L, 100_000L);
    assertThat(info.totalRetransmits()).isBetween(0L, 5L);
    assertThat(info.lostSegments()).isBetween(0L, 5L);
    assertThat(info.unansweredRetransmits()).isZero();
    assertThat(info.fastOpen()).isEqualTo(FastOpenOutcome.NOT_USED);
    assertThat(info.sendWindowScale()).isBetween(0, 14);
    assertThat(info.receiveWindowScale()).isBetween(0, 14);
    assertThat(info.summary()).startsWith("ESTABLISHED rtt=").doesNotContain("\n");
  }

  @Test
  void tcpInfoOptionsAreThoseOfTheHost() throws Exception {
    TcpInfo info = connect().client().tcpInfo().orElseThrow();
    assertThat(info.timestamps()).isEqualTo(hostHas("tcp_timestamps"));
    assertThat(info.selectiveAcks()).isEqualTo(hostHas("tcp_sack"));
    assertThat(info.windowScaling()).isEqualTo(hostHas("tcp_window_scaling"));
  }

  private static boolean hostHas(String name) throws IOException {
    String value = Files.readString(Path.of("/proc/sys/net/ipv4", name));
    return !value.strip().equals("0");
  }

  @Test
  void tcpInfoFollowsTheStates() throws Exception {
    TransportSocket unconnected = transport.open();
    toClose.add(unconnected);
    assertThat(unconnected.tcpInfo()).isEmpty();
    Watched watched = connect();
    watched.peer().close();
    awaitIdle(watched, IdleState.PEER_CLOSED);
    assertThat(watched.client().tcpInfo().map(TcpInfo::state)).contains(TcpState.CLOSE_WAIT);
    watched.client().close();
    assertThat(watched.client().tcpInfo()).isEmpty();
    Watched halfClosed = connect();
    halfClosed.client().shutdownOutput();
    Await.until(
        "our end is acknowledged",
        () ->
            halfClosed.client().tcpInfo().map(TcpInfo::state).orElseThrow() == TcpState.FIN_WAIT2);
  }

  // ---- what it costs ----

  @Test
  void watchTakesNoProcessorTimeWhenNothingHappens() throws Exception {
    for (int i = 0; i < 50; i++) {
      Watched watched = watched();
      watched.peer().getOutputStream().write(1); // unread bytes must not keep it awake either
    }
    Thread epoll =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(THREAD))
            .findFirst()
            .orElseThrow();
    assertThat(epoll.isDaemon()).isTrue();
    TimeUnit.MILLISECONDS.sleep(50);
    long before = epollCpuNanos();
    TimeUnit.MILLISECONDS.sleep(500);
    long used = epollCpuNanos() - before;
    assertThat(TimeUnit.NANOSECONDS.toMicros(used)).isLessThan(5_000);
  }

  /** From schedstat (proc(5)); the JVM gives the thread its name, which has just 15 letters. */
  private static long epollCpuNanos() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        if (read(task.resolve("comm")).equals(THREAD)) {
          String schedstat = read(task.resolve("schedstat"));
          Assumptions.assumeFalse(schedstat.isEmpty(), "this kernel has no schedstat");
          return Long.parseLong(schedstat.split(" ")[0]);
        }
      }
    }
    throw new AssertionError("no native thread is named " + THREAD);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException gone) {
      return "";
    }
  }

  @Test
  void threadStartsWithTheFirstWatchAndEndsWithTheTransport() throws Exception {
    connect();
    assertThat(epollThreads()).isZero();
    Watched watched = watched();
    assertThat(epollThreads()).isEqualTo(1);
    transport.close();
    transport.close();
    Await.until("the epoll thread is gone", () -> epollThreads() == 0);
    watched.peer().getOutputStream().write(4); // open sockets stay usable
    assertThat(watched.client().getInputStream().read()).isEqualTo(4);
    watched.client().onPeerClosed(watched.calls()::incrementAndGet);
    Watched late = connect();
    late.client().onPeerClosed(late.calls()::incrementAndGet);
    late.client().close();
    assertThat(epollThreads()).isZero();
  }

  @Test
  void closedSocketsAreForgotten() throws Exception {
    List<Watched> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(watched());
    }
    assertThat(registrations()).hasSize(20);
    for (Watched watched : all) {
      watched.client().close();
    }
    assertThat(registrations()).isEmpty();
  }

  /** Nobody calls close on these; the Cleaner does it for the descriptor. */
  @Test
  void socketsThatTheirOwnerForgotAreForgotten() throws Exception {
    for (int i = 0; i < 20; i++) {
      watchAndForget();
    }
    Await.until(
        "their registrations are gone",
        () -> {
          System.gc();
          return registrations().isEmpty();
        });
  }

  private void watchAndForget() throws IOException {
    TransportSocket client = transport.open();
    client.connect(new InetSocketAddress("127.0.0.1", listener.getLocalPort()), 5_000);
    toClose.add(listener.accept());
    client.onPeerClosed(() -> {});
  }

  private Map<?, ?> registrations() throws Exception {
    var loopField = JniTransport.class.getDeclaredField("loop");
    loopField.setAccessible(true);
    var field = EventLoop.class.getDeclaredField("registrations");
    field.setAccessible(true);
    return (Map<?, ?>) field.get(loopField.get(transport));
  }
}
