package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.testing.VirtualThreadsForTests;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What {@link JniVirtualThreadsTest} runs in a JVM with one carrier. The peers are threads of the
 * platform, so that only the sockets under test are on virtual ones.
 */
final class VirtualThreadScenarios {
  private static final Duration TOLERANCE = Duration.ofMillis(20);
  private static final Duration SOON = Duration.ofMillis(100);

  enum Scenario {
    BLOCKED_READERS_LEAVE_THE_CARRIER,
    BLOCKED_WRITERS_AND_CONNECTORS_LEAVE_THE_CARRIER,
    PING_PONG_OF_A_THOUSAND,
    BLOCKED_RACES_LEAVE_THE_CARRIER,
    RACE_SEES_THE_ONE_THAT_IS_ANSWERED,
    RACE_KEEPS_ITS_LIMIT,
    CLOSE_OF_ONE_WAKES_A_RACE,
    INTERRUPT_ENDS_A_RACE,
    RACE_OUTLIVES_THE_TRANSPORT,
    INTERRUPT_CLOSES_A_READ,
    INTERRUPT_CLOSES_A_WRITE,
    INTERRUPT_CLOSES_A_CONNECT,
    CLOSE_WAKES_A_READ,
    CLOSE_WAKES_A_WRITE,
    CLOSE_WAKES_A_CONNECT,
    SECOND_READER_WAITS_FOR_THE_FIRST,
    LIMITS_ARE_EXACT,
    MANY_DEADLINES_ARE_KEPT,
    LIMIT_OUTLIVES_THE_TRANSPORT,
    CONNECT_FINISHES_LATE,
    BIG_TRANSFERS,
    VIRTUAL_AND_PLATFORM_THREADS_TAKE_TURNS,
    IDLE_POLLER_SLEEPS
  }

  /** One run of a virtual thread. */
  static final class Virtual {
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private volatile boolean interruptedAtEnd;
    volatile long endedNanos;
    final Thread thread;

    Virtual(Background.Action action) {
      thread =
          VirtualThreadsForTests.start(
              () -> {
                begun.countDown();
                thrown.set(Background.thrownBy(action));
                endedNanos = System.nanoTime();
                interruptedAtEnd = Thread.currentThread().isInterrupted();
              });
    }

    Virtual blocked() throws Exception {
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      Await.until(
          "the virtual thread parks",
          () ->
              thread.getState() == Thread.State.WAITING
                  || thread.getState() == Thread.State.TIMED_WAITING);
      return this;
    }

    Throwable end() throws Exception {
      thread.join(20_000);
      assertThat(thread.isAlive()).as("still running after 20 s").isFalse();
      return thrown.get();
    }
  }

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final Transport transport = closing(TestTransports.jni());

  private VirtualThreadScenarios() {}

  public static void main(String[] arguments) throws Exception {
    Scenario scenario = Scenario.valueOf(arguments[0]);
    VirtualThreadScenarios scenarios = new VirtualThreadScenarios();
    // The test itself may wait in ways that hold a carrier; it is on a platform thread.
    scenarios.run(scenario);
    for (int i = scenarios.toClose.size() - 1; i >= 0; i--) {
      scenarios.toClose.get(i).close();
    }
    System.out.println("passed " + scenario);
  }

  private void run(Scenario scenario) throws Exception {
    switch (scenario) {
      case BLOCKED_READERS_LEAVE_THE_CARRIER -> blockedReaders();
      case BLOCKED_WRITERS_AND_CONNECTORS_LEAVE_THE_CARRIER -> blockedWritersAndConnectors();
      case PING_PONG_OF_A_THOUSAND -> pingPong();
      case BLOCKED_RACES_LEAVE_THE_CARRIER -> races().blockedRaces(this::assertVirtualThreadsRun);
      case RACE_SEES_THE_ONE_THAT_IS_ANSWERED -> races().answered();
      case RACE_KEEPS_ITS_LIMIT -> races().limit();
      case CLOSE_OF_ONE_WAKES_A_RACE -> races().closeOfOne();
      case INTERRUPT_ENDS_A_RACE -> races().interrupt();
      case RACE_OUTLIVES_THE_TRANSPORT -> races().outlivesTransport();
      case INTERRUPT_CLOSES_A_READ -> interrupt(this::reading);
      case INTERRUPT_CLOSES_A_WRITE -> interrupt(this::writing);
      case INTERRUPT_CLOSES_A_CONNECT -> interrupt(this::connecting);
      case CLOSE_WAKES_A_READ -> close(this::reading);
      case CLOSE_WAKES_A_WRITE -> close(this::writing);
      case CLOSE_WAKES_A_CONNECT -> close(this::connecting);
      case SECOND_READER_WAITS_FOR_THE_FIRST -> secondReader();
      case LIMITS_ARE_EXACT -> limits();
      case MANY_DEADLINES_ARE_KEPT -> manyDeadlines();
      case LIMIT_OUTLIVES_THE_TRANSPORT -> limitOutlivesTransport();
      case CONNECT_FINISHES_LATE -> lateConnect();
      case BIG_TRANSFERS -> bigTransfers();
      case VIRTUAL_AND_PLATFORM_THREADS_TAKE_TURNS -> takingTurns();
      case IDLE_POLLER_SLEEPS -> idlePoller();
    }
  }

  private VirtualRaces races() {
    return closing(new VirtualRaces(transport));
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.add(resource);
    return resource;
  }

  private ConnectedPair pair() throws Exception {
    return closing(ConnectedPair.connect(transport.open()));
  }

  private void blockedReaders() throws Exception {
    List<Virtual> readers = new ArrayList<>();
    List<ConnectedPair> pairs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ConnectedPair pair = pair();
      pairs.add(pair);
      readers.add(
          new Virtual(() -> assertThat(pair.client().getInputStream().read()).isEqualTo(7)));
    }
    for (Virtual reader : readers) {
      reader.blocked();
    }
    assertVirtualThreadsRun();
    for (ConnectedPair pair : pairs) {
      pair.peer().getOutputStream().write(7);
    }
    for (Virtual reader : readers) {
      assertThat(reader.end()).isNull();
    }
  }

  private void assertVirtualThreadsRun() throws Exception {
    EchoServer server = closing(new EchoServer());
    Virtual other =
        new Virtual(
            () -> {
              try (TransportSocket socket = transport.open()) {
                socket.connect(server.address(), 5_000);
                for (int i = 0; i < 20; i++) {
                  LifecycleContract.assertEchoes(socket);
                }
              }
            });
    assertThat(other.end()).isNull();
  }

  private void blockedWritersAndConnectors() throws Exception {
    List<Virtual> blocked = new ArrayList<>();
    FullBacklog backlog = closing(new FullBacklog());
    for (int i = 0; i < 20; i++) {
      ConnectedPair pair = closing(ConnectedPair.narrow(transport.open()));
      blocked.add(new Virtual(() -> pair.client().getOutputStream().write(new byte[8_000_000])));
      TransportSocket connector = closing(transport.open());
      blocked.add(new Virtual(() -> connector.connect(backlog.address())));
    }
    for (Virtual one : blocked) {
      one.blocked();
    }
    assertVirtualThreadsRun();
  }

  private void pingPong() throws Exception {
    EchoServer server = closing(new EchoServer());
    AtomicInteger rounds = new AtomicInteger();
    List<Virtual> players = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      players.add(
          new Virtual(
              () -> {
                try (TransportSocket socket = transport.open()) {
                  socket.setSoTimeout(number % 2 == 0 ? 0 : 15_000);
                  socket.connect(server.address(), 15_000);
                  InputStream in = socket.getInputStream();
                  for (int round = 0; round < 10; round++) {
                    byte[] sent = ByteBuffer.allocate(64).putInt(number).putInt(round).array();
                    socket.getOutputStream().write(sent);
                    assertThat(in.readNBytes(64)).isEqualTo(sent);
                    rounds.incrementAndGet();
                  }
                }
              }));
    }
    for (Virtual player : players) {
      assertThat(player.end()).isNull();
    }
    assertThat(rounds).hasValue(10_000);
  }

  /** Something that blocks a virtual thread on a socket. */
  private interface Blocking {
    Virtual start(AtomicReference<TransportSocket> socket) throws Exception;
  }

  private Virtual reading(AtomicReference<TransportSocket> socket) throws Exception {
    ConnectedPair pair = pair();
    socket.set(pair.client());
    return new Virtual(() -> pair.client().getInputStream().read());
  }

  private Virtual writing(AtomicReference<TransportSocket> socket) throws Exception {
    ConnectedPair pair = closing(ConnectedPair.narrow(transport.open()));
    socket.set(pair.client());
    return new Virtual(() -> pair.client().getOutputStream().write(new byte[8_000_000]));
  }

  private Virtual connecting(AtomicReference<TransportSocket> socket) throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket connector = closing(transport.open());
    socket.set(connector);
    return new Virtual(() -> connector.connect(backlog.address(), 15_000));
  }

  private static void assertClosed(Throwable thrown) {
    assertThat(thrown).isInstanceOf(SocketException.class);
    assertThat(((ConnectionFailure) thrown).kind()).isEqualTo(FailureKind.CLOSED);
  }

  private void interrupt(Blocking blocking) throws Exception {
    AtomicReference<TransportSocket> socket = new AtomicReference<>();
    Virtual virtual = blocking.start(socket).blocked();
    virtual.thread.interrupt();
    assertClosed(virtual.end());
    assertThat(virtual.interruptedAtEnd).as("its flag is still set").isTrue();
    assertThat(socket.get().isClosed()).isTrue();
  }

  private void close(Blocking blocking) throws Exception {
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 3 && best.compareTo(SOON) > 0; i++) {
      AtomicReference<TransportSocket> socket = new AtomicReference<>();
      Virtual virtual = blocking.start(socket).blocked();
      long start = System.nanoTime();
      socket.get().close();
      assertClosed(virtual.end());
      assertThat(virtual.interruptedAtEnd).isFalse();
      Duration taken = Duration.ofNanos(virtual.endedNanos - start);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).isLessThan(SOON);
  }

  private void secondReader() throws Exception {
    ConnectedPair pair = pair();
    InputStream in = pair.client().getInputStream();
    Virtual first = new Virtual(() -> assertThat(in.read()).isEqualTo(1)).blocked();
    Virtual second = new Virtual(() -> assertThat(in.read()).isEqualTo(2)).blocked();
    pair.peer().getOutputStream().write(1);
    assertThat(first.end()).isNull();
    assertThat(second.thread.isAlive()).isTrue();
    pair.peer().getOutputStream().write(2);
    assertThat(second.end()).isNull();
  }

  private void limits() throws Exception {
    ConnectedPair pair = closing(ConnectedPair.narrow(transport.open()));
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = pair.client();
    for (int millis : new int[] {1, 100, 2_100}) {
      socket.setSoTimeout(millis);
      assertExact(millis, FailureKind.READ_TIMED_OUT, () -> socket.getInputStream().read());
      assertExact(
          millis,
          FailureKind.TIMED_OUT,
          () -> {
            try (TransportSocket connector = transport.open()) {
              connector.connect(backlog.address(), millis);
            }
          });
    }
    socket.setWriteTimeout(100);
    byte[] bytes = new byte[1_000_000];
    new Virtual(() -> socket.getOutputStream().write(bytes)).end();
    new Virtual(() -> socket.getOutputStream().write(bytes)).end(); // now it is full
    for (int millis : new int[] {1, 100}) {
      socket.setWriteTimeout(millis);
      assertExact(millis, FailureKind.WRITE_TIMED_OUT, () -> socket.getOutputStream().write(bytes));
    }
    assertThat(socket.isClosed()).isFalse();
    pair.peer().getOutputStream().write(3);
    assertThat(new Virtual(() -> assertThat(socket.getInputStream().read()).isEqualTo(3)).end())
        .isNull();
  }

  /** Earlier and later ones begin in no order, and each thread has two after each other. */
  private void manyDeadlines() throws Exception {
    List<Virtual> readers = new ArrayList<>();
    List<Long> lateNanos = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 200; i++) {
      ConnectedPair pair = pair();
      int millis = 1_000 + i * 37 % 400;
      pair.client().setSoTimeout(millis);
      readers.add(
          new Virtual(
              () -> {
                for (int round = 0; round < 2; round++) {
                  long start = System.nanoTime();
                  Throwable thrown =
                      Background.thrownBy(() -> pair.client().getInputStream().read());
                  lateNanos.add(System.nanoTime() - start - TimeUnit.MILLISECONDS.toNanos(millis));
                  assertThat(((ConnectionFailure) thrown).kind())
                      .isEqualTo(FailureKind.READ_TIMED_OUT);
                }
              }));
    }
    for (Virtual reader : readers) {
      assertThat(reader.end()).isNull();
    }
    List<Long> sorted = lateNanos.stream().sorted().toList();
    assertThat(sorted).hasSize(400);
    assertThat(sorted.get(0)).as("the earliest").isNotNegative();
    assertThat(Duration.ofNanos(sorted.get(200))).as("the median").isLessThan(TOLERANCE);
    assertThat(Duration.ofNanos(sorted.get(399)))
        .as("the latest")
        .isLessThan(SOON.multipliedBy(10));
  }

  /** A wait with a limit never becomes one without, whoever keeps the time. */
  private void limitOutlivesTransport() throws Exception {
    ConnectedPair waiting = pair();
    waiting.client().setSoTimeout(1_500);
    Virtual reader = new Virtual(() -> waiting.client().getInputStream().read()).blocked();
    transport.close();
    assertThat(((ConnectionFailure) reader.end()).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
    Virtual again = new Virtual(() -> waiting.client().getInputStream().read());
    assertThat(((ConnectionFailure) again.end()).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
  }

  private static void assertExact(int millis, FailureKind kind, Background.Action action)
      throws Exception {
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        millis > 1_000 ? 3 : 10,
        () -> {
          long[] taken = {0};
          Throwable[] thrown = {null};
          Virtual virtual =
              new Virtual(
                  () -> {
                    long start = System.nanoTime();
                    thrown[0] = Background.thrownBy(action);
                    taken[0] = System.nanoTime() - start;
                  });
          assertThat(virtual.end()).isNull();
          assertThat(((ConnectionFailure) thrown[0]).kind()).isEqualTo(kind);
          return Duration.ofNanos(taken[0]);
        });
  }

  private void lateConnect() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    TransportSocket socket = closing(transport.open());
    Virtual connector = new Virtual(() -> socket.connect(backlog.address())).blocked();
    backlog.acceptAll();
    assertThat(connector.end()).isNull(); // the SYN is repeated after a second
    assertThat(socket.isConnected()).isTrue();
  }

  private void bigTransfers() throws Exception {
    EchoServer server = closing(new EchoServer());
    TransportSocket socket = closing(transport.open());
    int length = 10_000_000;
    byte[] sent = new byte[length];
    new Random(1).nextBytes(sent);
    assertThat(new Virtual(() -> socket.connect(server.address(), 5_000)).end()).isNull();
    Virtual writer =
        new Virtual(
            () -> {
              socket.getOutputStream().write(sent, 0, length / 2);
              ByteBuffer rest = ByteBuffer.allocateDirect(length - length / 2);
              rest.put(sent, length / 2, length - length / 2).flip();
              socket.write(rest);
              socket.shutdownOutput();
            });
    byte[][] got = {null};
    Virtual reader = new Virtual(() -> got[0] = socket.getInputStream().readAllBytes());
    assertThat(writer.end()).isNull();
    assertThat(reader.end()).isNull();
    assertThat(Arrays.equals(got[0], sent)).isTrue();
  }

  private void takingTurns() throws Exception {
    EchoServer server = closing(new EchoServer());
    TransportSocket socket = closing(transport.open());
    socket.connect(server.address(), 5_000);
    for (int i = 0; i < 50; i++) {
      LifecycleContract.assertEchoes(socket);
      assertThat(new Virtual(() -> LifecycleContract.assertEchoes(socket)).end()).isNull();
    }
  }

  /** With threads parked and unread bytes on other connections, nothing may spin. */
  private void idlePoller() throws Exception {
    List<Virtual> readers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ConnectedPair pair = pair();
      ConnectedPair unread = pair();
      assertThat(new Virtual(() -> unread.client().setSoTimeout(1)).end()).isNull();
      Background.Action look = () -> unread.client().getInputStream().read();
      assertThat(new Virtual(look).end()).isInstanceOf(ConnectionFailure.class); // registers it
      unread.peer().getOutputStream().write(new byte[10]);
      readers.add(new Virtual(() -> pair.client().getInputStream().read()));
    }
    for (Virtual reader : readers) {
      reader.blocked();
    }
    TimeUnit.MILLISECONDS.sleep(200);
    // The compiler threads of a young JVM may still work, so the best of a few looks counts.
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5 && least > 20; i++) {
      long before = processCpuMillis();
      TimeUnit.MILLISECONDS.sleep(500);
      least = Math.min(least, processCpuMillis() - before);
    }
    assertThat(least).as("milliseconds of processor time in 500 ms").isLessThanOrEqualTo(20);
  }

  private static long processCpuMillis() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
  }
}
