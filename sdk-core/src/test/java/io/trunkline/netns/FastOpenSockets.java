package io.trunkline.netns;

import static io.trunkline.netns.FastOpenNet.BOXED;
import static io.trunkline.netns.FastOpenNet.DROPPED;
import static io.trunkline.netns.FastOpenNet.LARGE;
import static io.trunkline.netns.FastOpenNet.REFUSED;
import static io.trunkline.netns.FastOpenNet.SMALL;
import static io.trunkline.netns.FastOpenNet.V4;
import static io.trunkline.netns.FastOpenNet.V6;
import static io.trunkline.netns.FastOpenNet.bytes;
import static io.trunkline.netns.FastOpenNet.exchange;
import static io.trunkline.netns.FastOpenNet.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.netns.FastOpenNet.Ear;
import io.trunkline.netns.FastOpenNet.Told;
import io.trunkline.testing.Await;
import io.trunkline.testing.Descriptors;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What a socket does whose handshake is left to its first write. */
enum FastOpenSockets implements FastOpenMain.Scenario {
  THE_FIRST_CONNECTION_GETS_A_COOKIE_AND_THE_SECOND_CARRIES_DATA_IN_ITS_SYN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      for (String host : List.of(V4, V6)) {
        FastOpenNet.forgetCookies();
        try (TransportSocket first = net.connected(host, net.echoPort(), 5_000, true)) {
          assertThat(first.awaitsFirstFlight()).isFalse();
          assertThat(exchange(first, bytes(50))).isEqualTo(bytes(50));
          assertThat(info(first).fastOpen()).isEqualTo(FastOpenOutcome.NO_COOKIE);
        }
        try (TransportSocket second = net.connected(host, net.echoPort(), 5_000, true)) {
          Ear ear = new Ear();
          assertThat(second.awaitsFirstFlight()).isTrue();
          assertThat(info(second).state()).isEqualTo(TcpState.SYN_SENT);
          second.onFirstFlight(ear);
          assertThat(ear.heard).isEmpty();
          assertThat(exchange(second, bytes(50))).isEqualTo(bytes(50));
          assertThat(second.awaitsFirstFlight()).isFalse();
          assertThat(info(second).fastOpen()).isEqualTo(FastOpenOutcome.ACCEPTED);
          assertThat(info(second).totalRetransmits()).isZero();
          assertThat(ear.heard).hasSize(1).allSatisfy(told -> assertThat(told).isEmpty());
          assertThat(exchange(second, bytes(50))).as("the second exchange").isEqualTo(bytes(50));
          assertThat(second.bytesWritten()).isEqualTo(100);
        }
      }
    }
  },

  ALL_WAYS_OF_WRITING_BEGIN_THE_CONNECTION {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      for (int length : new int[] {1, 100, 9_000, 200_000, 1_000_000}) {
        byte[] sent = bytes(length);
        ByteBuffer direct = ByteBuffer.allocateDirect(length).put(sent).flip();
        ByteBuffer readOnly = ByteBuffer.wrap(sent).asReadOnlyBuffer();
        ByteBuffer heap = ByteBuffer.wrap(sent);
        for (ByteBuffer each : List.of(direct, readOnly, heap)) {
          try (TransportSocket socket = net.deferred(V4, net.echoPort())) {
            FastOpenNet.Running<byte[]> back =
                net.start(() -> awaitWritten(socket).getInputStream().readNBytes(length));
            socket.write(each);
            assertThat(each.remaining()).isZero();
            assertThat(back.get()).isEqualTo(sent);
            assertThat(info(socket).fastOpen()).isEqualTo(FastOpenOutcome.ACCEPTED);
          }
        }
      }
      try (TransportSocket socket = net.deferred(V6, net.echoPort())) {
        socket.getOutputStream().write(new byte[0]);
        assertThat(socket.awaitsFirstFlight()).as("nothing was written").isTrue();
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
      }
    }
  },

  BEFORE_THE_FIRST_WRITE_IT_LOOKS_CONNECTED {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, net.echoPort())) {
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.isBound()).isTrue();
        assertThat(socket.isClosed()).isFalse();
        assertThat(socket.getRemoteSocketAddress())
            .isEqualTo(new InetSocketAddress(V4, net.echoPort()));
        assertThat(socket.getLocalAddress().getHostAddress()).isEqualTo(V4);
        assertThat(socket.getLocalPort()).isPositive();
        assertThat(socket.checkIdle(System.nanoTime())).isEqualTo(IdleState.CLEAN);
        assertThat(socket.getInputStream().available()).isZero();
        assertThat(socket.bytesWritten()).isZero();
        AtomicInteger closedByPeer = new AtomicInteger();
        socket.onPeerClosed(closedByPeer::incrementAndGet);
        int port = socket.getLocalPort();
        exchange(socket, bytes(SMALL));
        assertThat(socket.getLocalPort()).isEqualTo(port);
        assertThat(closedByPeer).hasValue(0);
        assertThat(socket.checkIdle(System.nanoTime())).isEqualTo(IdleState.CLEAN);
        socket.shutdownOutput(); // the server echoes the end
        Await.until("the watch", () -> closedByPeer.get() == 1);
      }
    }
  },

  FAILURES_ARE_TOLD_AS_WITHOUT_FAST_OPEN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      for (String host : List.of(V4, V6)) {
        for (int port :
            new int[] {
              REFUSED,
              FastOpenNet.RESET,
              FastOpenNet.HOST_UNREACHABLE,
              FastOpenNet.NETWORK_UNREACHABLE,
              FastOpenNet.PROHIBITED
            }) {
          Throwable without = thrownBy(() -> net.connected(host, port, 5_000, false));
          TransportSocket socket = net.deferred(host, port, 5_000);
          Ear ear = new Ear();
          socket.onFirstFlight(ear);
          Throwable with = thrownBy(() -> socket.write(ByteBuffer.wrap(bytes(SMALL))));

          assertThat(Told.of(with)).as("%s %s", host, port).isEqualTo(Told.of(without));
          assertThat(Told.of(with).phase()).isEqualTo(FailurePhase.CONNECT);
          assertThat(((ConnectionFailure) with).address())
              .isEqualTo(((ConnectionFailure) without).address());
          assertThat(((ConnectionFailure) with).requestBytesSent())
              .as("%s was the answer to the only SYN", Told.of(with))
              .isEqualTo(repeatedItsSyn(with, socket));
          assertThat(ear.heard).hasSize(1);
          assertThat(ear.heard.get(0)).containsSame((IOException) with);
          assertStaysDead(socket, Told.of(with));
        }
      }
    }

    /** Beyond a second there was another SYN. */
    private boolean repeatedItsSyn(Throwable failure, TransportSocket socket) {
      assertThat(socket.isClosed()).isTrue();
      return ((ConnectionFailure) failure).elapsed().toMillis() > 1_000;
    }
  },

  A_LOST_SYN_FAILS_AT_THE_CONNECT_TIMEOUT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Throwable without = thrownBy(() -> net.connected(V4, DROPPED, 1_300, false));
      long best = Long.MAX_VALUE;
      for (int attempt = 0; attempt < 3 && best > 1_350; attempt++) {
        TransportSocket socket = net.deferred(V4, DROPPED, 1_300);
        socket.setWriteTimeout(100); // not the limit of a connect
        socket.setOption(TransportOptions.TCP_USER_TIMEOUT, 200); // neither
        Thread.sleep(20); // nor does the time before the write count
        long start = System.nanoTime();
        Throwable with = thrownBy(() -> socket.getOutputStream().write(bytes(SMALL)));
        best = Math.min(best, (System.nanoTime() - start) / 1_000_000);

        assertThat(Told.of(with)).isEqualTo(Told.of(without));
        assertThat(with).isInstanceOf(SocketTimeoutException.class);
        assertThat(Told.of(with).kind()).isEqualTo(FailureKind.TIMED_OUT);
        assertThat(Told.of(with).unansweredSyns()).isEqualTo(2);
        assertThat(((ConnectionFailure) with).elapsed().toMillis()).isGreaterThanOrEqualTo(1_300);
        assertThat(((ConnectionFailure) with).requestBytesSent()).isTrue();
        assertStaysDead(socket, Told.of(with));
      }
      assertThat(best).isBetween(1_300L, 1_350L);
    }
  },

  WHERE_THE_SYN_IS_DROPPED_FOR_ITS_DATA_THE_REPEATED_ONE_CONNECTS {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, BOXED)) {
        long start = System.nanoTime();
        assertThat(exchange(socket, bytes(LARGE))).isEqualTo(bytes(LARGE));
        assertThat((System.nanoTime() - start) / 1_000_000).isBetween(990L, 2_500L);
        assertThat(info(socket).fastOpen()).isEqualTo(FastOpenOutcome.DATA_NOT_ACKNOWLEDGED);
        assertThat(info(socket).totalRetransmits()).isGreaterThanOrEqualTo(1);
      }
    }
  },

  A_SERVER_THAT_DOES_NO_FAST_OPEN_ANY_MORE_STILL_SERVES {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, net.portWithoutFastOpen())) {
        assertThat(exchange(socket, bytes(LARGE))).isEqualTo(bytes(LARGE));
        assertThat(info(socket).fastOpen()).isEqualTo(FastOpenOutcome.DATA_DROPPED);
        assertThat(info(socket).totalRetransmits()).isEqualTo(1);
      }
    }
  },

  A_COOKIE_THAT_GOES_BEFORE_THE_WRITE_COSTS_NOTHING_BUT_THE_ROUND_TRIP {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, net.echoPort())) {
        FastOpenNet.forgetCookies();
        assertThat(exchange(socket, bytes(LARGE))).isEqualTo(bytes(LARGE));
        assertThat(info(socket).fastOpen()).isEqualTo(FastOpenOutcome.NO_COOKIE);
        assertThat(socket.bytesWritten()).isEqualTo(LARGE);
      }
    }
  },

  WHERE_THE_KERNEL_FORBIDS_IT_THE_CONNECT_IS_ORDINARY {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      FastOpenNet.withoutClientBit(
          () -> {
            try (TransportSocket socket = net.connected(V4, net.echoPort(), 5_000, true)) {
              assertThat(socket.awaitsFirstFlight()).isFalse();
              assertThat(exchange(socket, bytes(SMALL))).isEqualTo(bytes(SMALL));
              assertThat(info(socket).fastOpen()).isEqualTo(FastOpenOutcome.NOT_USED);
            }
          });
    }
  },

  A_READ_BEFORE_ANY_WRITE_SAYS_WHAT_IS_WRONG_AT_ONCE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, net.echoPort())) {
        long start = System.nanoTime();
        for (Throwable told :
            List.of(
                thrownBy(() -> socket.getInputStream().read()),
                thrownBy(() -> socket.read(ByteBuffer.allocate(10))),
                thrownBy(() -> socket.read(new byte[10], 0, 10)),
                thrownBy(socket::shutdownOutput),
                thrownBy(() -> socket.sendUrgentData('u')))) {
          assertThat(told)
              .isInstanceOf(IOException.class)
              .hasMessageContaining("server speaks first")
              .hasMessageContaining("set connect.fast-open to OFF");
        }
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(500);
        assertThat(exchange(socket, bytes(SMALL))).as("it still works").isEqualTo(bytes(SMALL));
      }
    }
  },

  A_READER_WAITS_FOR_THE_FIRST_FLIGHT_OF_ANOTHER_THREAD {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, BOXED)) {
        FastOpenNet.Running<Object> writer =
            net.start(
                () -> {
                  socket.getOutputStream().write(bytes(LARGE));
                  return null;
                });
        awaitWritten(socket);
        socket.setSoTimeout(100);
        assertThat(thrownBy(() -> socket.getInputStream().read()))
            .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(10_000);
        assertThat(socket.getInputStream().readNBytes(LARGE)).isEqualTo(bytes(LARGE));
        writer.get();
      }
      // The kernel tells an error once: if the reader took it, the writer could not say what it
      // was.
      for (int port : new int[] {DROPPED, FastOpenNet.BOXED_REFUSED}) {
        TransportSocket doomed = net.deferred(V4, port, port == DROPPED ? 500 : 5_000);
        FastOpenNet.Running<Throwable> failing =
            net.failing(() -> doomed.getOutputStream().write(bytes(LARGE)));
        Throwable read = thrownBy(() -> doomed.getInputStream().read());
        Throwable written = failing.get();
        assertThat(Told.of(read)).isEqualTo(Told.of(written));
        assertThat(Told.of(written).kind())
            .isEqualTo(port == DROPPED ? FailureKind.TIMED_OUT : FailureKind.REFUSED);
        assertThat(((ConnectionFailure) written).requestBytesSent())
            .as("who knows which of the two SYNs was refused")
            .isTrue();
      }
    }
  },

  CLOSE_ENDS_IT_AT_ONCE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      long before = Descriptors.open();
      long best = Long.MAX_VALUE;
      for (int attempt = 0; attempt < 3; attempt++) {
        TransportSocket socket = net.deferred(V4, DROPPED);
        Ear ear = new Ear();
        socket.onFirstFlight(ear);
        FastOpenNet.Running<Throwable> writer =
            net.failing(() -> socket.getOutputStream().write(bytes(SMALL)));
        long start = System.nanoTime();
        socket.close();
        Told told = Told.of(writer.get());
        best = Math.min(best, writer.millisAfter(start));
        assertThat(told.kind()).isEqualTo(FailureKind.CLOSED);
        assertThat(told.phase()).isEqualTo(FailurePhase.CONNECT);
        assertThat(ear.heard).hasSize(1);
        assertThat(Failures.find(ear.heard.get(0).orElseThrow()).orElseThrow().requestBytesSent())
            .isTrue();
      }
      assertThat(best).isLessThan(100);
      Descriptors.awaitCount(before);
    }
  },

  AN_INTERRUPT_ENDS_IT_AT_ONCE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      long before = Descriptors.open();
      long best = Long.MAX_VALUE;
      for (int attempt = 0; attempt < 3; attempt++) {
        TransportSocket socket = net.deferred(V4, DROPPED);
        List<Boolean> flag = new ArrayList<>();
        FastOpenNet.Running<Throwable> writer =
            net.failing(
                () -> {
                  try {
                    socket.getOutputStream().write(bytes(SMALL));
                  } finally {
                    flag.add(Thread.interrupted());
                  }
                });
        long start = System.nanoTime();
        writer.thread.interrupt();
        Told told = Told.of(writer.get());
        best = Math.min(best, writer.millisAfter(start));
        assertThat(told.kind()).isEqualTo(FailureKind.INTERRUPTED);
        assertThat(told.phase()).isEqualTo(FailurePhase.CONNECT);
        assertThat(flag).containsExactly(true);
        assertThat(socket.isClosed()).isTrue();
      }
      assertThat(best).isLessThan(100);
      Descriptors.awaitCount(before);
    }
  },

  CLOSED_BEFORE_ANY_WRITE_IT_SENDS_NOTHING_AND_TELLS_SO {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      long before = Descriptors.open();
      int accepted = net.accepted.get();
      TransportSocket socket = net.deferred(V4, net.echoPort());
      Ear ear = new Ear();
      socket.onFirstFlight(ear);
      int whileOpen = net.accepted.get();
      socket.close();
      socket.onFirstFlight(ear);
      Told told = Told.of(ear.heard.get(0).orElseThrow());
      assertThat(told.kind()).isEqualTo(FailureKind.CLOSED);
      assertThat(ear.heard).as("who comes late is told too").hasSize(2);
      assertThat(Told.of(thrownBy(() -> socket.write(new byte[1], 0, 1))).kind())
          .isEqualTo(FailureKind.CLOSED);
      assertThat(net.accepted.get()).isEqualTo(whileOpen).isLessThanOrEqualTo(accepted + 1);
      Descriptors.awaitCount(before);
    }
  },

  WHAT_THE_HANDSHAKE_MUST_NOT_SEE_IS_SET_AFTER_IT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (TransportSocket socket = net.deferred(V4, BOXED)) {
        socket.setOption(TransportOptions.TCP_USER_TIMEOUT, 700); // less than the lost SYN costs
        assertThat(socket.getOption(TransportOptions.TCP_USER_TIMEOUT)).isEqualTo(700);
        socket.shutdownInput();
        socket.getOutputStream().write(bytes(LARGE));
        assertThat(info(socket).state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(socket.getOption(TransportOptions.TCP_USER_TIMEOUT)).isEqualTo(700);
        assertThat(socket.isInputShutdown()).isTrue();
        assertThat(socket.read(new byte[1], 0, 1)).isEqualTo(-1);
      }
    }
  },

  NOTHING_LEAKS_WHEN_MANY_ARE_CUT_AT_ANY_MOMENT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      long before = Descriptors.open();
      Random random = new Random(42);
      List<FastOpenNet.Running<Object>> all = new ArrayList<>();
      AtomicInteger told = new AtomicInteger();
      int[] ports = {net.echoPort(), DROPPED, REFUSED, BOXED, net.portWithoutFastOpen()};
      for (int i = 0; i < 200; i++) {
        TransportSocket socket = net.deferred(V4, ports[i % ports.length], 300);
        socket.onFirstFlight((elapsed, failure) -> told.incrementAndGet());
        FastOpenNet.Running<Object> writer =
            net.start(
                () -> {
                  try (socket) {
                    exchange(socket, bytes(LARGE));
                  } catch (IOException expected) {
                    // Refused, timed out, closed or interrupted.
                  }
                  return null;
                });
        all.add(writer);
        switch (random.nextInt(4)) {
          case 0 -> socket.close();
          case 1 -> writer.thread.interrupt();
          case 2 -> Thread.sleep(random.nextInt(3));
          default -> {}
        }
      }
      for (FastOpenNet.Running<Object> each : all) {
        each.get();
      }
      assertThat(told).hasValue(200);
      Descriptors.awaitCount(before);
    }
  };

  private static TcpInfo info(TransportSocket socket) {
    return socket.tcpInfo().orElseThrow();
  }

  private static TransportSocket awaitWritten(TransportSocket socket) throws Exception {
    Await.until("the SYN", () -> !isUntouched(socket));
    return socket;
  }

  /** A deferred socket says SYN_SENT, too; what tells is that a SYN is on its way. */
  private static boolean isUntouched(TransportSocket socket) {
    return socket.awaitsFirstFlight() && info(socket).unacknowledgedSegments() == 0;
  }

  /** Whoever comes later is told the same, not of the close that followed. */
  private static void assertStaysDead(TransportSocket socket, Told told) {
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.awaitsFirstFlight()).isFalse();
    assertThat(Told.of(thrownBy(() -> socket.write(new byte[1], 0, 1)))).isEqualTo(told);
    assertThat(Told.of(thrownBy(() -> socket.read(new byte[1], 0, 1)))).isEqualTo(told);
  }
}
