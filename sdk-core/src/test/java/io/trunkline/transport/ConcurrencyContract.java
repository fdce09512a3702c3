package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.Descriptors;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One reader, one writer and one closer may work at once; others wait for their like. */
abstract class ConcurrencyContract extends TransportContractTest {
  private static final Duration SOON = Duration.ofMillis(100);
  private static final int ATTEMPTS = 3;

  /** Something that blocks on a socket, and the kind of end that close gives it. */
  private interface Blocking {
    /** A socket, and the operation that is going to block on it. */
    Background.Action on(TransportSocket[] socket) throws Exception;
  }

  private void assertWokenByClose(Blocking blocking) throws Exception {
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < ATTEMPTS && best.compareTo(SOON) > 0; i++) {
      TransportSocket[] socket = new TransportSocket[1];
      Background<Throwable> blocked = Background.failing(blocking.on(socket));
      long start = System.nanoTime();
      socket[0].close();
      long closed = System.nanoTime();
      Throwable thrown = blocked.get(5);
      assertThat(thrown).isInstanceOf(SocketException.class);
      ConnectionFailure failure = assertKind(thrown, FailureKind.CLOSED);
      assertThat(failure.errno()).isZero();
      assertThat(socket[0].isClosed()).isTrue();
      long ended = Math.max(closed, blocked.endedNanos());
      best = min(best, Duration.ofNanos(ended - start));
    }
    assertThat(best).as("close returned and woke it").isLessThan(SOON);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Test
  void closeWakesAConnect() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    assertWokenByClose(
        socket -> {
          socket[0] = open();
          return () -> socket[0].connect(backlog.address(), 10_000);
        });
  }

  @Test
  void closeWakesAConnectWithoutLimit() throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    assertWokenByClose(
        socket -> {
          socket[0] = open();
          return () -> socket[0].connect(backlog.address());
        });
  }

  @Test
  void closeWakesARead() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = pair().client();
          return () -> socket[0].getInputStream().read();
        });
  }

  @Test
  void closeWakesALargeReadWithALimit() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = pair().client();
          socket[0].setSoTimeout(8_000);
          return () -> socket[0].getInputStream().read(new byte[100_000]);
        });
  }

  @Test
  void closeWakesAReadWithAShortLimitBeforeItPasses() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = pair().client();
          socket[0].setSoTimeout(9_000);
          return () -> socket[0].read(ByteBuffer.allocateDirect(100));
        });
  }

  @Test
  void closeWakesAWriteAndDoesNotWaitForIt() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = narrowPair().client();
          return () -> socket[0].getOutputStream().write(new byte[8_000_000]);
        });
  }

  @Test
  void closeWakesAWriteOfADirectBuffer() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = narrowPair().client();
          socket[0].setWriteTimeout(9_000);
          return () -> socket[0].write(ByteBuffer.allocateDirect(8_000_000));
        });
  }

  @Test
  void closeDoesNotLingerForAStuckWriter() throws Exception {
    assertWokenByClose(
        socket -> {
          socket[0] = narrowPair().client();
          socket[0].setSoLinger(true, 5);
          return () -> socket[0].getOutputStream().write(new byte[8_000_000]);
        });
  }

  @Test
  void closeDoesNotLingerForBytesThatNobodyTakes() throws Exception {
    TransportSocket socket = narrowPair().client();
    socket.setSendBufferSize(400_000);
    socket.getOutputStream().write(new byte[150_000]); // more than the peer's window
    socket.setSoLinger(true, 5);
    long start = System.nanoTime();
    socket.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void readerAndWriterAndCloserWorkAtOnce() throws Exception {
    TransportSocket socket = narrowPair().client();
    Background<Throwable> reader = Background.failing(() -> socket.getInputStream().read());
    Background<Throwable> writer =
        Background.failing(() -> socket.getOutputStream().write(new byte[8_000_000]));
    socket.setSoTimeout(500); // options do not wait for them
    assertThat(socket.getKeepAlive()).isFalse();
    socket.close();
    assertKind(reader.get(5), FailureKind.CLOSED);
    assertKind(writer.get(5), FailureKind.CLOSED);
  }

  @Test
  void secondReaderWaitsForTheFirst() throws Exception {
    ConnectedPair pair = pair();
    InputStream in = pair.client().getInputStream();
    Background<Integer> first = Background.start(() -> in.read());
    Await.untilBlocked(first.thread());
    Background<Integer> second = Background.start(() -> in.read());
    Await.untilBlocked(second.thread());
    pair.peer().getOutputStream().write(1);
    Await.until("one of them has it", () -> first.isDone() || second.isDone());
    assertThat(first.isDone()).as("the first one is served first").isTrue();
    assertThat(second.isDone()).isFalse();
    pair.peer().getOutputStream().write(2);
    assertThat(first.get()).isEqualTo(1);
    assertThat(second.get()).isEqualTo(2);
  }

  @Test
  void closeWakesTheReaderThatWaitsForAnother() throws Exception {
    TransportSocket socket = pair().client();
    Background<Throwable> first = Background.failing(() -> socket.getInputStream().read());
    Background<Throwable> second = Background.failing(() -> socket.getInputStream().read());
    socket.close();
    assertKind(first.get(5), FailureKind.CLOSED);
    assertKind(second.get(5), FailureKind.CLOSED);
  }

  @Test
  void writesOfTwoThreadsDoNotMix() throws Exception {
    ConnectedPair pair = narrowPair();
    int length = 600_000;
    for (boolean asBuffer : new boolean[] {false, true}) {
      List<Background<Throwable>> writers = new ArrayList<>();
      for (byte value : new byte[] {'a', 'b'}) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, value);
        writers.add(
            Background.failing(
                () -> {
                  if (asBuffer) {
                    pair.client().write(ByteBuffer.wrap(bytes));
                  } else {
                    pair.client().getOutputStream().write(bytes);
                  }
                }));
      }
      byte[] got = pair.peer().getInputStream().readNBytes(2 * length);
      int changes = 0;
      for (int i = 1; i < got.length; i++) {
        changes += got[i] != got[i - 1] ? 1 : 0;
      }
      assertThat(changes).as("changes from one writer's bytes to the other's").isEqualTo(1);
      for (Background<Throwable> writer : writers) {
        assertThat(writer.get()).isNull();
      }
    }
  }

  @Test
  void interruptLeavesAPlatformThreadReading() throws Exception {
    ConnectedPair pair = pair();
    Background<Boolean> reader =
        Background.start(
            () -> {
              int value = pair.client().getInputStream().read();
              return value == 1 && Thread.currentThread().isInterrupted();
            });
    Await.untilBlocked(reader.thread());
    reader.thread().interrupt();
    reader.thread().join(50);
    assertThat(reader.isDone()).isFalse();
    pair.peer().getOutputStream().write(1);
    assertThat(reader.get()).as("it read, and its flag is still set").isTrue();
  }

  @Test
  void anyNumberOfClosersIsHarmless() throws Exception {
    EchoServer server = echoServer();
    for (int i = 0; i < 100; i++) {
      TransportSocket socket = open();
      socket.connect(server.address(), 5_000);
      TransportSocket bystander = open();
      CountDownLatch go = new CountDownLatch(1);
      List<Background<Throwable>> closers = new ArrayList<>();
      for (int j = 0; j < 3; j++) {
        closers.add(
            Background.start(
                () ->
                    thrownBy(
                        () -> {
                          go.await(5, TimeUnit.SECONDS);
                          socket.close();
                        })));
      }
      go.countDown();
      bystander.connect(server.address(), 5_000); // takes the number that the first close freed
      for (Background<Throwable> closer : closers) {
        assertThat(closer.get()).isNull();
      }
      LifecycleContract.assertEchoes(bystander);
      bystander.close();
    }
  }

  @Test
  void forgottenSocketIsClosedByTheCleaner() throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      forget((InetSocketAddress) listener.getLocalSocketAddress());
      try (Socket peer = listener.accept()) {
        peer.setSoTimeout(20);
        Await.until(
            "the peer sees the end",
            () -> {
              System.gc();
              try {
                return peer.getInputStream().read() < 0;
              } catch (java.net.SocketTimeoutException notYet) {
                return false;
              }
            });
      }
    }
  }

  private void forget(InetSocketAddress address) throws IOException {
    TransportSocket socket = transport.open();
    socket.connect(new InetSocketAddress("127.0.0.1", address.getPort()), 5_000);
    socket.getOutputStream().write(1);
  }

  /** Each stream is asked for by its socket no more, yet it must keep the connection alive. */
  @Test
  void streamKeepsItsSocketAlive() throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      InputStream in = onlyTheStream((InetSocketAddress) listener.getLocalSocketAddress());
      try (Socket peer = listener.accept()) {
        for (int i = 0; i < 5; i++) {
          System.gc();
          TimeUnit.MILLISECONDS.sleep(10);
        }
        peer.getOutputStream().write(6);
        assertThat(in.read()).isEqualTo(6);
      }
      in.close();
    }
  }

  private InputStream onlyTheStream(InetSocketAddress address) throws IOException {
    TransportSocket socket = transport.open();
    socket.connect(new InetSocketAddress("127.0.0.1", address.getPort()), 5_000);
    return socket.getInputStream();
  }

  // ---- descriptors under stress ----

  /** Two servers that speak only their own letter, and clients that are closed while they work. */
  @Test
  void noByteOfOneConnectionAppearsOnAnother() throws Exception {
    long before = Descriptors.canCount() ? Descriptors.open() : 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    List<Background<Integer>> workers = new ArrayList<>();
    try (LetterServer a = new LetterServer((byte) 'a');
        LetterServer b = new LetterServer((byte) 'b')) {
      for (int i = 0; i < 6; i++) {
        LetterServer server = i % 2 == 0 ? a : b;
        long seed = i;
        workers.add(Background.start(() -> openAndCloseUntil(end, server, seed)));
      }
      int connections = 0;
      for (Background<Integer> worker : workers) {
        connections += worker.get(30);
      }
      assertThat(connections).isGreaterThan(50);
      assertThat(a.foreign()).as("bytes of another connection at server a").isZero();
      assertThat(b.foreign()).as("bytes of another connection at server b").isZero();
    }
    if (Descriptors.canCount()) {
      Descriptors.awaitCount(before);
    }
  }

  private int openAndCloseUntil(long endNanos, LetterServer server, long seed) throws Exception {
    Random random = new Random(seed);
    int connections = 0;
    while (System.nanoTime() < endNanos) {
      TransportSocket socket = transport.open();
      try {
        socket.connect(server.address(), 5_000);
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        Background<Integer> reader = Background.start(() -> readOnly(in, server.letter()));
        Background<Integer> writer = Background.start(() -> writeUntilClosed(out, server.letter()));
        TimeUnit.MICROSECONDS.sleep(random.nextInt(3_000));
        socket.close();
        assertThat(reader.get()).as("bytes of another connection").isZero();
        writer.get();
        connections++;
      } finally {
        socket.close();
      }
    }
    return connections;
  }

  private static int readOnly(InputStream in, byte letter) {
    byte[] bytes = new byte[3_000];
    int foreign = 0;
    try {
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        for (int i = 0; i < count; i++) {
          foreign += bytes[i] == letter ? 0 : 1;
        }
      }
    } catch (IOException closed) {
      // As intended.
    }
    return foreign;
  }

  private static int writeUntilClosed(OutputStream out, byte letter) {
    byte[] bytes = new byte[3_000];
    Arrays.fill(bytes, letter);
    try {
      for (; ; ) {
        out.write(bytes);
      }
    } catch (IOException closed) {
      return 0;
    }
  }
}
