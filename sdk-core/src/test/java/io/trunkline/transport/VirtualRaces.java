package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.transport.VirtualThreadScenarios.Virtual;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Virtual threads that wait for several handshakes at once. */
final class VirtualRaces implements AutoCloseable {
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final Duration SOON = Duration.ofMillis(100);

  private final Transport transport;
  private final List<AutoCloseable> toClose = new ArrayList<>();

  VirtualRaces(Transport transport) {
    this.transport = transport;
  }

  private FullBacklog silent() throws Exception {
    FullBacklog backlog = new FullBacklog();
    toClose.add(backlog);
    return backlog;
  }

  private List<TransportSocket> connecting(FullBacklog... servers) throws Exception {
    List<TransportSocket> sockets = new ArrayList<>();
    for (FullBacklog each : servers) {
      TransportSocket socket = transport.open();
      toClose.add(socket);
      assertThat(socket.startConnect(each.address())).isFalse();
      sockets.add(socket);
    }
    return sockets;
  }

  void blockedRaces(Background.Action othersRun) throws Exception {
    FullBacklog silent = silent();
    List<Virtual> races = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      List<TransportSocket> sockets = connecting(silent, silent, silent);
      races.add(new Virtual(() -> transport.awaitAny(sockets, LONG_NANOS)));
    }
    for (Virtual each : races) {
      each.blocked();
    }
    try {
      othersRun.run();
    } catch (Exception | Error failed) {
      throw failed;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
    assertThat(races).allMatch(each -> each.thread.isAlive());
    close();
    for (Virtual each : races) {
      assertThat(each.end()).isNull();
    }
  }

  void answered() throws Exception {
    FullBacklog late = silent();
    List<TransportSocket> sockets = connecting(silent(), late);
    Virtual race = new Virtual(() -> transport.awaitAny(sockets, LONG_NANOS)).blocked();
    late.acceptAll(); // the SYN is repeated after a second
    assertThat(race.end()).isNull();
    assertThat(sockets.get(0).finishConnect(0)).isFalse();
    assertThat(sockets.get(1).finishConnect(0)).isTrue();
  }

  void limit() throws Exception {
    List<TransportSocket> sockets = connecting(silent(), silent());
    for (Duration limit : List.of(Duration.ofMillis(150), Duration.ofMillis(1_100))) {
      Limits.assertEndsAt(
          limit,
          Duration.ofMillis(20),
          5,
          () -> {
            long[] taken = new long[1];
            Virtual race =
                new Virtual(
                    () -> {
                      long start = System.nanoTime();
                      transport.awaitAny(sockets, limit.toNanos());
                      taken[0] = System.nanoTime() - start;
                    });
            assertThat(race.end()).isNull();
            return Duration.ofNanos(taken[0]);
          });
    }
  }

  void closeOfOne() throws Exception {
    Duration best = Duration.ofDays(1);
    FullBacklog silent = silent();
    for (int i = 0; i < 3 && best.compareTo(SOON) > 0; i++) {
      List<TransportSocket> sockets = connecting(silent, silent, silent);
      Virtual race = new Virtual(() -> transport.awaitAny(sockets, LONG_NANOS)).blocked();
      long start = System.nanoTime();
      sockets.get(1).close();
      assertThat(race.end()).isNull();
      Duration taken = Duration.ofNanos(race.endedNanos - start);
      best = taken.compareTo(best) < 0 ? taken : best;
      assertThat(sockets.get(0).isClosed()).isFalse();
    }
    assertThat(best).isLessThan(SOON);
  }

  void interrupt() throws Exception {
    List<TransportSocket> sockets = connecting(silent(), silent());
    Virtual race = new Virtual(() -> transport.awaitAny(sockets, LONG_NANOS)).blocked();
    race.thread.interrupt();
    assertThat(race.end()).isNull();
  }

  void outlivesTransport() throws Exception {
    List<TransportSocket> sockets = connecting(silent(), silent());
    Virtual race =
        new Virtual(() -> transport.awaitAny(sockets, TimeUnit.SECONDS.toNanos(1))).blocked();
    transport.close();
    assertThat(race.end()).isNull();
    // What begins only now finds nobody to watch, and waits in the kernel.
    List<TransportSocket> later = connecting(silent());
    Virtual again = new Virtual(() -> transport.awaitAny(later, TimeUnit.MILLISECONDS.toNanos(10)));
    assertThat(again.end()).isNull();
    try (EchoServer server = new EchoServer();
        TransportSocket socket = transport.open()) {
      assertThat(new Virtual(() -> socket.connect(server.address(), 5_000)).end()).isNull();
    }
  }

  @Override
  public void close() throws Exception {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
    toClose.clear();
  }
}
