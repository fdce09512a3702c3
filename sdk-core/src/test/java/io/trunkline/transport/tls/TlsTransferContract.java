package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.Relay;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.transport.TransportSocket;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes, their ends, limits, and several threads on one TLS connection. */
abstract class TlsTransferContract extends TlsContractTest {
  private static final int MEGABYTE = 1 << 20;
  private static final Duration SOON = Duration.ofMillis(100);

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  // ---- bytes ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aMegabyteBothWaysAtOnce(String protocol) throws Exception {
    byte[] sent = random(MEGABYTE);
    TransportSocket socket = secured(echoing(protocol).address());
    Background<byte[]> reader =
        Background.start(() -> socket.getInputStream().readNBytes(MEGABYTE));
    socket.getOutputStream().write(sent);
    assertThat(reader.get()).isEqualTo(sent);
    assertThat(socket.bytesWritten()).isEqualTo(MEGABYTE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void buffersAreWrittenAndRead(boolean direct) throws Exception {
    byte[] sent = random(100_000);
    TransportSocket socket = secured(echoing().address());
    ByteBuffer source = direct ? ByteBuffer.allocateDirect(100_010) : ByteBuffer.allocate(100_010);
    source.position(3).mark();
    source.put(sent).limit(source.position()).reset();
    Background<byte[]> reader =
        Background.start(
            () -> {
              ByteBuffer target =
                  direct ? ByteBuffer.allocateDirect(100_000) : ByteBuffer.allocate(100_000);
              while (target.hasRemaining()) {
                assertThat(socket.read(target)).isPositive();
              }
              byte[] got = new byte[100_000];
              target.flip().get(got);
              return got;
            });
    socket.write(source);
    assertThat(source.hasRemaining()).isFalse();
    assertThat(reader.get()).isEqualTo(sent);
    assertThatThrownBy(() -> socket.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
        .isInstanceOf(IllegalArgumentException.class);
    socket.write(ByteBuffer.wrap(sent, 0, 5).asReadOnlyBuffer());
    assertThat(socket.getInputStream().readNBytes(5)).hasSize(5);
    assertThat(socket.read(ByteBuffer.allocate(0))).isZero();
  }

  @Test
  void availableCountsWhatIsDecrypted() throws Exception {
    TransportSocket socket = secured(echoing().address());
    InputStream in = socket.getInputStream();
    assertThat(in.available()).isZero();
    socket.write(new byte[10], 0, 10);
    assertThat(in.readNBytes(4)).hasSize(4);
    assertThat(in.available()).isEqualTo(6);
  }

  @Test
  void thereIsNoUrgentData() throws Exception {
    TransportSocket socket = secured(echoing().address());
    assertThatThrownBy(() -> socket.sendUrgentData(1)).isInstanceOf(SocketException.class);
    assertEchoes(socket);
  }

  // ---- read limits ----

  /** The limit passes before a record, in its header, and in its body; then the rest comes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 6, 30})
  void readLimitInARecordLeavesTheConnectionUsable(int before) throws Exception {
    for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
      CountDownLatch rest = new CountDownLatch(1);
      BlockingQueue<Integer> partial = new LinkedBlockingQueue<>();
      Relay relay =
          closing(
              new Relay(
                  echoing(protocol).address(),
                  (in, out) -> {
                    for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                      boolean ofData = each[0] == 23 && each.length > 1_000 && each.length < 1_100;
                      out.write(each, 0, ofData ? before : each.length);
                      if (ofData) {
                        partial.add(before);
                        rest.await();
                        out.write(each, before, each.length - before);
                      }
                    }
                  }));
      TransportSocket socket = secured(relay.address());
      assertEchoes(socket);
      socket.setSoTimeout(50);
      byte[] sent = random(1_000);
      socket.write(sent, 0, sent.length);
      assertThat(partial.poll(5, TimeUnit.SECONDS)).isNotNull();
      for (int i = 0; i < 3; i++) {
        Throwable thrown = thrownBy(() -> socket.getInputStream().read(new byte[2_000]));
        assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
        ConnectionFailure failure =
            assertKind(thrown, FailureKind.READ_TIMED_OUT, FailurePhase.READ);
        assertThat(failure.requestBytesSent()).isTrue();
        assertThat(failure.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(49));
      }
      rest.countDown();
      socket.setSoTimeout(5_000);
      assertThat(socket.getInputStream().readNBytes(1_000)).isEqualTo(sent);
      assertEchoes(socket);
    }
  }

  @Test
  void peerThatDripsARecordDoesNotExtendTheReadLimit() throws Exception {
    Relay relay =
        closing(
            new Relay(
                echoing("TLSv1.2").address(),
                (in, out) -> {
                  for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                    for (byte value : each) {
                      out.write(value);
                      if (each[0] == 23) {
                        TimeUnit.MILLISECONDS.sleep(20);
                      }
                    }
                  }
                }));
    TransportSocket socket = secured(relay.address());
    socket.setSoTimeout(300);
    socket.write(random(1_000), 0, 1_000);
    long start = System.nanoTime();
    Throwable thrown = thrownBy(() -> socket.getInputStream().read());
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
    assertThat(taken).isBetween(Duration.ofMillis(299), Duration.ofMillis(1_500));
  }

  // ---- ends ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void closeNotifyIsTheEndOfTheStreamAndStaysIt(String protocol) throws Exception {
    TransportSocket socket =
        secured(
            server(
                    each -> {
                      each.getOutputStream().write(5);
                      each.shutdownOutput();
                      each.getInputStream().readAllBytes();
                    },
                    protocol)
                .address());
    InputStream in = socket.getInputStream();
    assertThat(in.read()).isEqualTo(5);
    assertThat(socket.hasReadEnd()).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(in.read()).isEqualTo(-1);
      assertThat(socket.read(ByteBuffer.allocate(5))).isEqualTo(-1);
      assertThat(in.available()).isZero();
    }
    assertThat(socket.hasReadEnd()).isTrue();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.isInputShutdown()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void endOfTcpWithoutCloseNotifyIsAFailure(String protocol) throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    Relay relay =
        closing(
            new Relay(
                echoing(protocol).address(),
                (in, out) -> {
                  Background.start(
                      () -> {
                        Relay.pump(in, out);
                        return null;
                      });
                  cut.await();
                }));
    TransportSocket socket = secured(relay.address());
    assertEchoes(socket);
    cut.countDown();
    Throwable thrown = thrownBy(() -> socket.getInputStream().read());
    assertThat(thrown).isInstanceOf(SSLException.class);
    ConnectionFailure failure = assertKind(thrown, FailureKind.TLS_TRUNCATED, FailurePhase.READ);
    assertThat(failure.advice()).isEqualTo(RetryAdvice.NEW_CONNECTION_NOW);
    assertThat(failure.requestBytesSent()).isTrue();
    assertThat(socket.hasReadEnd()).isTrue();
    assertKind(
        thrownBy(() -> socket.getInputStream().read()),
        FailureKind.TLS_TRUNCATED,
        FailurePhase.READ);
    assertKind(
        thrownBy(() -> socket.write(new byte[1], 0, 1)),
        FailureKind.TLS_TRUNCATED,
        FailurePhase.WRITE);
  }

  @Test
  void recordThatWasChangedOnTheWayIsAFailure() throws Exception {
    Relay relay =
        closing(
            new Relay(
                echoing("TLSv1.2").address(),
                (in, out) -> {
                  for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                    each[each.length - 1] ^= (byte) (each[0] == 23 ? 1 : 0);
                    out.write(each);
                  }
                }));
    TransportSocket socket = secured(relay.address());
    socket.write(new byte[1], 0, 1);
    for (int i = 0; i < 2; i++) {
      Throwable thrown = thrownBy(() -> socket.getInputStream().read());
      assertThat(thrown).isInstanceOf(SSLException.class);
      assertKind(thrown, FailureKind.TLS_FAILED, FailurePhase.READ);
    }
  }

  @Test
  void resetOnTheWayIsAReset() throws Exception {
    CountDownLatch reset = new CountDownLatch(1);
    ScriptedServer server = echoing();
    ScriptedServer resetting =
        closing(
            ScriptedServer.plain(
                client -> {
                  try (Socket upstream = new Socket("127.0.0.1", server.address().getPort())) {
                    pumpAside(client, upstream);
                    pumpAside(upstream, client);
                    reset.await();
                    client.setSoLinger(true, 0);
                    client.close();
                  }
                }));
    TransportSocket socket = secured(resetting.address());
    Background<Throwable> reader = Background.failing(() -> socket.getInputStream().read());
    reset.countDown();
    Throwable thrown = reader.get();
    assertThat(thrown).isInstanceOf(SocketException.class);
    assertKind(thrown, FailureKind.RESET, FailurePhase.READ);
    assertKind(
        thrownBy(() -> socket.getInputStream().read()), FailureKind.RESET, FailurePhase.READ);
  }

  private static void pumpAside(Socket from, Socket to) {
    Background.start(
        () -> {
          Relay.pump(from.getInputStream(), to.getOutputStream());
          return null;
        });
  }

  // ---- half close ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void outputHalfCloseEndsThePeersInput(String protocol) throws Exception {
    ScriptedServer server =
        server(
            socket -> {
              int count = socket.getInputStream().readAllBytes().length;
              socket.getOutputStream().write(count);
            },
            protocol);
    TransportSocket socket = secured(server.address());
    socket.write(new byte[77], 0, 77);
    socket.shutdownOutput();
    assertThat(socket.isOutputShutdown()).isTrue();
    assertThat(socket.isInputShutdown()).isFalse();
    assertThatThrownBy(() -> socket.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::shutdownOutput).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::getOutputStream).isInstanceOf(SocketException.class);
    // Under TLS 1.2 the peer has to answer with its own close_notify, and may not write any more.
    assertThat(socket.getInputStream().read()).isEqualTo(protocol.equals("TLSv1.3") ? 77 : -1);
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void inputHalfCloseEndsAReadAndLeavesTheOutputOpen(String protocol) throws Exception {
    BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
    ScriptedServer server =
        server(
            socket -> {
              socket.startHandshake();
              for (int value = 0; value >= 0; ) {
                value = socket.getInputStream().read();
                received.add(value);
              }
            },
            protocol);
    TransportSocket socket = secured(server.address());
    Background<Integer> reader = Background.start(() -> socket.getInputStream().read());
    Await.untilBlocked(reader.thread());
    socket.shutdownInput();
    assertThat(reader.get(5)).isEqualTo(-1);
    assertThat(socket.isInputShutdown()).isTrue();
    assertThat(socket.hasReadEnd()).isFalse();
    assertThat(socket.isOutputShutdown()).isFalse();
    assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::shutdownInput).isInstanceOf(SocketException.class);
    assertThat(socket.read(new byte[1], 0, 1)).isEqualTo(-1);
    socket.getOutputStream().write(9);
    assertThat(received.poll(5, TimeUnit.SECONDS)).isEqualTo(9);
  }

  @Test
  void writeAfterThePeersCloseNotifyUnderTls12SaysWhoClosed() throws Exception {
    TransportSocket socket = secured(server(SSLSocket::startHandshake, "TLSv1.2").address());
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    Throwable thrown = thrownBy(() -> socket.write(new byte[1], 0, 1));
    assertKind(thrown, FailureKind.PEER_CLOSED, FailurePhase.WRITE);
  }

  // ---- close ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void bytesWrittenBeforeCloseArriveAlsoWhereTicketsWereNotRead(String protocol) throws Exception {
    BlockingQueue<Object> outcome = new LinkedBlockingQueue<>();
    ScriptedServer server =
        server(
            socket -> {
              try {
                socket.startHandshake();
                TimeUnit.MILLISECONDS.sleep(50); // the close comes first
                outcome.add(socket.getInputStream().readAllBytes().length);
              } catch (Exception failed) {
                outcome.add(failed);
              }
            },
            protocol);
    for (int i = 0; i < 3; i++) {
      TransportSocket socket = secured(server.address());
      socket.write(new byte[50_000], 0, 50_000);
      TimeUnit.MILLISECONDS.sleep(10); // for the ticket
      socket.close();
      assertThat(outcome.poll(5, TimeUnit.SECONDS)).isEqualTo(50_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void closeSendsACloseNotify(String protocol) throws Exception {
    BlockingQueue<Integer> typesAndLengths = new LinkedBlockingQueue<>();
    Relay relay =
        closing(
            new Relay(
                echoing(protocol).address(),
                (in, out) -> {
                  try {
                    for (byte[] each = Relay.record(in); each != null; each = Relay.record(in)) {
                      typesAndLengths.add(each[0] * 100_000 + each.length);
                      out.write(each);
                    }
                  } finally {
                    // By a reset, if the server's goodbye finds nobody before the end was read.
                    typesAndLengths.add(-1);
                  }
                },
                Relay::pump));
    TransportSocket socket = secured(relay.address());
    assertEchoes(socket);
    socket.close();
    socket.close();
    int last = 0;
    for (int next = 0; next >= 0; ) {
      last = next;
      next = typesAndLengths.poll(5, TimeUnit.SECONDS);
    }
    // Level and description; a tag of 16 bytes; before 1.3 a nonce of 8. TLS 1.3 hides the type in
    // one byte more, and JSSE pads it with 16.
    assertThat(last)
        .isEqualTo(
            protocol.equals("TLSv1.3")
                ? 23 * 100_000 + 5 + 2 + 16 + 1 + 16
                : 21 * 100_000 + 5 + 2 + 16 + 8);
  }

  @Test
  void closedSocketRefusesEverything() throws Exception {
    TransportSocket socket = secured(echoing().address());
    InputStream in = socket.getInputStream();
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThat(socket.isConnected()).isTrue();
    assertKind(thrownBy(in::read), FailureKind.CLOSED, FailurePhase.READ);
    assertKind(thrownBy(in::available), FailureKind.CLOSED, FailurePhase.READ);
    assertKind(
        thrownBy(() -> socket.write(new byte[1], 0, 1)), FailureKind.CLOSED, FailurePhase.WRITE);
    assertKind(thrownBy(socket::getInputStream), FailureKind.CLOSED, FailurePhase.READ);
    assertKind(thrownBy(socket::getOutputStream), FailureKind.CLOSED, FailurePhase.WRITE);
    for (Background.Action action :
        new Background.Action[] {
          socket::shutdownInput,
          socket::shutdownOutput,
          socket::getSoTimeout,
          () -> socket.setSoTimeout(1),
          () -> socket.connect(socket.getRemoteSocketAddress())
        }) {
      assertThat(thrownBy(action)).isInstanceOf(SocketException.class);
    }
    assertThat(socket.tcpInfo()).isEmpty();
  }

  @Test
  void closingEitherStreamClosesTheSocket() throws Exception {
    TransportSocket first = secured(echoing().address());
    first.getInputStream().close();
    assertThat(first.isClosed()).isTrue();
    TransportSocket second = secured(echoing().address());
    second.getOutputStream().close();
    assertThat(second.isClosed()).isTrue();
  }

  // ---- several threads ----

  private ScriptedServer neverReading(CountDownLatch end) throws Exception {
    return server(
        socket -> {
          socket.startHandshake();
          end.await();
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closeEndsAReaderAndAStuckWriterAtOnce(boolean withReader) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    ScriptedServer server = neverReading(end);
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 5 && best.compareTo(SOON) > 0; i++) {
      TransportSocket socket = secured(server.address());
      Background<Throwable> writer =
          Background.failing(() -> socket.getOutputStream().write(new byte[30_000_000]));
      Background<Throwable> reader =
          withReader ? Background.failing(() -> socket.getInputStream().read()) : null;
      long start = System.nanoTime();
      socket.close();
      long closed = System.nanoTime();
      assertKind(writer.get(5), FailureKind.CLOSED, FailurePhase.WRITE);
      long last = Math.max(closed, writer.endedNanos());
      if (withReader) {
        assertKind(reader.get(5), FailureKind.CLOSED, FailurePhase.READ);
        last = Math.max(last, reader.endedNanos());
      }
      Duration taken = Duration.ofNanos(last - start);
      best = best.compareTo(taken) < 0 ? best : taken;
    }
    end.countDown();
    assertThat(best).isLessThan(SOON);
  }

  /** The kernel takes no more, though nobody writes: a goodbye must not wait for it. */
  @Test
  void closeDoesNotWaitForAPeerThatTakesNothing() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    TransportSocket socket = secured(neverReading(end).address());
    socket.setWriteTimeout(200);
    Throwable limit = thrownBy(() -> socket.getOutputStream().write(new byte[30_000_000]));
    assertKind(limit, FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE);
    long start = System.nanoTime();
    socket.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    end.countDown();
  }

  @Test
  void writeLimitCutsARecordAndNothingFollowsIt() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    TransportSocket socket = secured(neverReading(end).address());
    socket.setWriteTimeout(150);
    for (int i = 0; i < 2; i++) {
      Throwable thrown = thrownBy(() -> socket.getOutputStream().write(new byte[30_000_000]));
      assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
      assertKind(thrown, FailureKind.WRITE_TIMED_OUT, FailurePhase.WRITE);
      if (i == 0) {
        assertThat(((SocketTimeoutException) thrown).bytesTransferred)
            .isEqualTo((int) socket.bytesWritten())
            .isPositive();
      }
    }
    end.countDown();
  }

  @Test
  void writesOfTwoThreadsDoNotMix() throws Exception {
    TransportSocket socket = secured(echoing().address());
    int length = 300_000;
    Background<byte[]> reader =
        Background.start(() -> socket.getInputStream().readNBytes(2 * length));
    Background<Throwable> one = Background.start(() -> thrownBy(() -> writeAll(socket, 'a')));
    Background<Throwable> two = Background.start(() -> thrownBy(() -> writeAll(socket, 'b')));
    byte[] got = reader.get();
    int changes = 0;
    for (int i = 1; i < got.length; i++) {
      changes += got[i] != got[i - 1] ? 1 : 0;
    }
    assertThat(changes).isEqualTo(1);
    assertThat(one.get()).isNull();
    assertThat(two.get()).isNull();
  }

  private static void writeAll(TransportSocket socket, char letter) throws Exception {
    byte[] bytes = new byte[300_000];
    java.util.Arrays.fill(bytes, (byte) letter);
    socket.getOutputStream().write(bytes);
  }

  @Test
  void closeAtAnyMomentOfATransferLeavesNothingBehind() throws Exception {
    ScriptedServer server = echoing();
    Random random = new Random(7);
    for (int i = 0; i < 30; i++) {
      TransportSocket socket = secured(server.address());
      Background<Throwable> writer =
          Background.start(
              () ->
                  thrownBy(
                      () -> {
                        for (; ; ) {
                          socket.getOutputStream().write(new byte[5_000]);
                        }
                      }));
      Background<Throwable> reader =
          Background.start(
              () ->
                  thrownBy(
                      () -> {
                        byte[] bytes = new byte[5_000];
                        while (socket.read(bytes, 0, bytes.length) >= 0) {
                          for (byte each : bytes) {
                            assertThat(each).isZero();
                          }
                        }
                      }));
      TimeUnit.MICROSECONDS.sleep(random.nextInt(5_000));
      socket.close();
      assertThat(writer.get(5)).isInstanceOf(SocketException.class);
      assertThat(reader.get(5)).isInstanceOf(SocketException.class);
    }
  }
}
