package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.TlsIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes, their ends, and limits of reading. */
abstract class TransferContract extends TransportContractTest {
  private static final int BIG = 10 * 1024 * 1024;

  enum Buffers {
    HEAP,
    HEAP_SLICE,
    HEAP_READ_ONLY,
    DIRECT,
    DIRECT_SLICE,
    DIRECT_READ_ONLY;

    /** One with these bytes between position and limit. */
    ByteBuffer of(byte[] bytes) {
      ByteBuffer whole =
          name().startsWith("HEAP")
              ? ByteBuffer.allocate(bytes.length + 20)
              : ByteBuffer.allocateDirect(bytes.length + 20);
      whole.position(7).limit(7 + bytes.length);
      ByteBuffer buffer = name().endsWith("SLICE") ? whole.slice() : whole;
      int position = buffer.position();
      buffer.put(bytes).position(position);
      return name().endsWith("ONLY") ? buffer.asReadOnlyBuffer() : buffer;
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static long crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  // ---- reading and writing ----

  @Test
  void everyValueOfAByteGoesThere_andBack() throws Exception {
    TransportSocket socket = echoing();
    for (int value = 0; value < 256; value++) {
      socket.getOutputStream().write(value);
      assertThat(socket.getInputStream().read()).isEqualTo(value);
    }
    assertThat(socket.bytesWritten()).isEqualTo(256);
  }

  @Test
  void streamsAreTheSameEachTime() throws Exception {
    TransportSocket socket = pair().client();
    assertThat(socket.getInputStream()).isSameAs(socket.getInputStream());
    assertThat(socket.getOutputStream()).isSameAs(socket.getOutputStream());
  }

  @Test
  void readOfNothingDoesNotWait() throws Exception {
    TransportSocket socket = pair().client();
    InputStream in = socket.getInputStream();
    assertThat(in.read(new byte[0])).isZero();
    assertThat(in.read(new byte[5], 5, 0)).isZero();
    assertThat(socket.read(ByteBuffer.allocate(0))).isZero();
    assertThat(socket.read(ByteBuffer.allocateDirect(0))).isZero();
    socket.getOutputStream().write(new byte[0]);
    socket.write(ByteBuffer.allocate(0));
    assertThat(socket.bytesWritten()).isZero();
  }

  @Test
  void rangesOutsideTheArrayAreRefused() throws Exception {
    TransportSocket socket = pair().client();
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    int[][] ranges = {
      {-1, 1}, {0, -1}, {0, 11}, {10, 1}, {11, 0}, {5, Integer.MAX_VALUE}, {Integer.MIN_VALUE, 1}
    };
    for (int[] range : ranges) {
      assertThatThrownBy(() -> in.read(new byte[10], range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> out.write(new byte[10], range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThatThrownBy(() -> in.read(null, 0, 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> out.write(null, 0, 1)).isInstanceOf(NullPointerException.class);
    assertThat(socket.bytesWritten()).isZero();
    assertThat(socket.isClosed()).isFalse();
  }

  @Test
  void readReturnsWhatIsThere_inTheRangeAskedFor() throws Exception {
    ConnectedPair pair = pair();
    pair.peer().getOutputStream().write(new byte[] {1, 2, 3});
    InputStream in = pair.client().getInputStream();
    Await.until("three bytes are there", () -> in.available() == 3);
    byte[] bytes = new byte[100_000];
    assertThat(in.read(bytes, 50_000, 40_000)).isEqualTo(3);
    assertThat(bytes[49_999]).isZero();
    assertThat(bytes[50_000]).isEqualTo((byte) 1);
    assertThat(bytes[50_002]).isEqualTo((byte) 3);
    assertThat(bytes[50_003]).isZero();
  }

  @Test
  void availableCountsWhatCanBeReadWithoutWaiting() throws Exception {
    ConnectedPair pair = pair();
    InputStream in = pair.client().getInputStream();
    assertThat(in.available()).isZero();
    pair.peer().getOutputStream().write(new byte[10]);
    Await.until("ten bytes are there", () -> in.available() == 10);
    assertThat(in.readNBytes(4)).hasSize(4);
    assertThat(in.available()).isEqualTo(6);
    assertThat(in.skip(6)).isEqualTo(6);
    pair.peer().close();
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.available()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 1_000, 8_191, 8_192, 8_193, 65_536, 131_072, 131_073, 1_000_000, BIG})
  void tenMegabytesBothWaysAtOnceInPiecesOf(int piece) throws Exception {
    int length = piece == 100 ? 1_000_000 : BIG;
    byte[] sent = random(length);
    TransportSocket socket = echoing();
    Background<Long> reader =
        Background.start(
            () -> {
              InputStream in = socket.getInputStream();
              CRC32 crc = new CRC32();
              byte[] bytes = new byte[piece];
              for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                crc.update(bytes, 0, count);
              }
              return crc.getValue();
            });
    OutputStream out = socket.getOutputStream();
    for (int at = 0; at < length; at += piece) {
      out.write(sent, at, Math.min(piece, length - at));
    }
    socket.shutdownOutput();
    assertThat(reader.get()).isEqualTo(crc(sent));
    assertThat(socket.bytesWritten()).isEqualTo(length);
  }

  @ParameterizedTest
  @EnumSource(Buffers.class)
  void buffersOfEveryKindAreWritten(Buffers kind) throws Exception {
    byte[] sent = random(3_000_000);
    TransportSocket socket = echoing();
    Background<byte[]> reader = Background.start(() -> socket.getInputStream().readAllBytes());
    ByteBuffer source = kind.of(sent);
    int limit = source.limit();
    socket.write(source);
    assertThat(source.position()).isEqualTo(limit);
    assertThat(source.limit()).isEqualTo(limit);
    socket.shutdownOutput();
    assertThat(crc(reader.get())).isEqualTo(crc(sent));
  }

  @ParameterizedTest
  @EnumSource(
      value = Buffers.class,
      names = {"HEAP", "HEAP_SLICE", "DIRECT", "DIRECT_SLICE"})
  void buffersOfEveryKindAreRead(Buffers kind) throws Exception {
    byte[] sent = random(3_000_000);
    ConnectedPair pair = pair();
    Background<Object> writer =
        Background.start(
            () -> {
              pair.peer().getOutputStream().write(sent);
              pair.peer().shutdownOutput();
              return "done";
            });
    CRC32 crc = new CRC32();
    ByteBuffer target = kind.of(new byte[30_000]);
    int start = target.position();
    int limit = target.limit();
    for (; ; ) {
      target.position(start);
      int count = pair.client().read(target);
      if (count < 0) {
        break;
      }
      assertThat(target.position()).isEqualTo(start + count);
      assertThat(target.limit()).isEqualTo(limit);
      crc.update(target.duplicate().position(start).limit(start + count));
    }
    assertThat(target.position()).isEqualTo(start);
    assertThat(crc.getValue()).isEqualTo(crc(sent));
    writer.get();
  }

  @Test
  void readOnlyBufferIsRefusedBeforeAByteIsTaken() throws Exception {
    ConnectedPair pair = pair();
    pair.peer().getOutputStream().write(42);
    for (Buffers kind : List.of(Buffers.HEAP_READ_ONLY, Buffers.DIRECT_READ_ONLY)) {
      assertThatThrownBy(() -> pair.client().read(kind.of(new byte[5])))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(pair.client().getInputStream().read()).isEqualTo(42);
  }

  @Test
  void urgentByteArrives() throws Exception {
    ConnectedPair pair = pair();
    pair.peer().setOOBInline(true);
    pair.client().sendUrgentData(0x1ff);
    assertThat(pair.peer().getInputStream().read()).isEqualTo(0xff);
  }

  @Test
  void inlineUrgentByteIsRead() throws Exception {
    ConnectedPair pair = pair();
    pair.client().setOOBInline(true);
    pair.peer().sendUrgentData(77);
    assertThat(pair.client().getInputStream().read()).isEqualTo(77);
  }

  // ---- ends ----

  @Test
  void endOfStreamStaysTheEnd() throws Exception {
    ConnectedPair pair = pair();
    pair.peer().getOutputStream().write(5);
    pair.peer().close();
    InputStream in = pair.client().getInputStream();
    assertThat(in.read()).isEqualTo(5);
    assertThat(pair.client().hasReadEnd()).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(in.read()).isEqualTo(-1);
      assertThat(in.read(new byte[20_000])).isEqualTo(-1);
      assertThat(pair.client().read(ByteBuffer.allocate(5))).isEqualTo(-1);
    }
    assertThat(pair.client().isClosed()).isFalse();
    assertThat(pair.client().isInputShutdown()).isFalse();
    assertThat(pair.client().hasReadEnd()).isTrue();
    pair.client().close();
    assertThat(pair.client().hasReadEnd()).isTrue();
  }

  @Test
  void outputHalfCloseLeavesTheInputOpen() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    OutputStream out = socket.getOutputStream();
    out.write(1);
    socket.shutdownOutput();
    assertThat(socket.isOutputShutdown()).isTrue();
    assertThat(socket.isInputShutdown()).isFalse();
    assertThat(socket.isClosed()).isFalse();
    assertThat(pair.peer().getInputStream().readAllBytes()).containsExactly(1);
    assertThatThrownBy(() -> out.write(2)).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::getOutputStream).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::shutdownOutput).isInstanceOf(SocketException.class);
    pair.peer().getOutputStream().write(3);
    assertThat(socket.getInputStream().read()).isEqualTo(3);
    socket.close();
    assertThat(socket.isOutputShutdown()).isTrue();
  }

  @Test
  void inputHalfCloseLeavesTheOutputOpen() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    InputStream in = socket.getInputStream();
    pair.peer().getOutputStream().write(1);
    Await.until("a byte is there", () -> in.available() == 1);
    socket.shutdownInput();
    assertThat(socket.isInputShutdown()).isTrue();
    assertThat(socket.isOutputShutdown()).isFalse();
    assertThat(in.available()).isZero();
    assertThat(in.read()).isEqualTo(-1);
    assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
    assertThatThrownBy(socket::shutdownInput).isInstanceOf(SocketException.class);
    socket.getOutputStream().write(2);
    assertThat(pair.peer().getInputStream().read()).isEqualTo(2);
  }

  @Test
  void inputHalfCloseEndsAReadThatWaits() throws Exception {
    TransportSocket socket = pair().client();
    Background<Integer> reader = Background.start(() -> socket.getInputStream().read());
    Await.untilBlocked(reader.thread());
    socket.shutdownInput();
    assertThat(reader.get(5)).isEqualTo(-1);
    assertThat(socket.hasReadEnd()).isFalse();
  }

  @Test
  void halfCloseOfThePeerLeavesTheOutputOpen() throws Exception {
    ConnectedPair pair = pair();
    pair.peer().shutdownOutput();
    assertThat(pair.client().getInputStream().read()).isEqualTo(-1);
    pair.client().getOutputStream().write(9);
    assertThat(pair.peer().getInputStream().read()).isEqualTo(9);
  }

  // ---- read limits ----

  @Test
  void readLimitThrowsAndLeavesTheSocketUsable() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    for (int millis : new int[] {1, 30, 150}) {
      socket.setSoTimeout(millis);
      for (Background.Action read :
          List.<Background.Action>of(
              () -> socket.getInputStream().read(),
              () -> socket.getInputStream().read(new byte[20_000]),
              () -> socket.read(ByteBuffer.allocateDirect(10)))) {
        Throwable thrown = thrownBy(read);
        assertThat(thrown).isInstanceOf(SocketTimeoutException.class);
        assertThat(((InterruptedIOException) thrown).bytesTransferred).isZero();
        assertKind(thrown, FailureKind.READ_TIMED_OUT);
      }
      assertThat(socket.isClosed()).isFalse();
      pair.peer().getOutputStream().write(millis);
      assertThat(socket.getInputStream().read()).isEqualTo(millis);
      socket.getOutputStream().write(millis);
      assertThat(pair.peer().getInputStream().read()).isEqualTo(millis);
    }
  }

  @Test
  void readLimitCanBeLifted() throws Exception {
    ConnectedPair pair = pair();
    TransportSocket socket = pair.client();
    for (int millis : new int[] {20, 110}) {
      socket.setSoTimeout(millis);
      assertThat(thrownBy(() -> socket.getInputStream().read()))
          .isInstanceOf(SocketTimeoutException.class);
      socket.setSoTimeout(0);
      Background<Integer> reader = Background.start(() -> socket.getInputStream().read());
      assertThat(thrownBy(() -> reader.thread().join(300))).isNull();
      assertThat(reader.isDone()).isFalse();
      pair.peer().getOutputStream().write(1);
      assertThat(reader.get()).isEqualTo(1);
    }
  }

  @Test
  void readLimitSetBeforeConnectHolds() throws Exception {
    TransportSocket socket = open();
    socket.setSoTimeout(120);
    closing(ConnectedPair.connect(socket));
    assertThat(thrownBy(() -> socket.getInputStream().read()))
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void dataThatComesBeforeTheLimitIsReadAtOnce() throws Exception {
    ConnectedPair pair = pair();
    pair.client().setSoTimeout(10_000);
    Background<Integer> reader = Background.start(() -> pair.client().getInputStream().read());
    Await.untilBlocked(reader.thread());
    pair.peer().getOutputStream().write(8);
    assertThat(reader.get(5)).isEqualTo(8);
  }

  // ---- whatever takes a Socket takes it ----

  @Test
  void tlsByWrapping() throws Exception {
    SSLContext tls = TlsIdentity.context();
    EchoServer server = closing(new EchoServer(tls.getServerSocketFactory().createServerSocket(0)));
    TransportSocket socket = open();
    socket.connect(new InetSocketAddress("127.0.0.1", server.address().getPort()), 5_000);
    SSLSocket secure =
        (SSLSocket)
            tls.getSocketFactory()
                .createSocket(socket, "localhost", server.address().getPort(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.setSoTimeout(5_000);
    secure.startHandshake();
    assertThat(secure.getSession().getPeerCertificates()).hasSize(1);
    byte[] sent = random(1_000_000);
    Background<byte[]> reader =
        Background.start(() -> secure.getInputStream().readNBytes(sent.length));
    secure.getOutputStream().write(sent);
    assertThat(crc(reader.get())).isEqualTo(crc(sent));
    secure.setSoTimeout(50);
    assertThat(thrownBy(() -> secure.getInputStream().read()))
        .isInstanceOf(SocketTimeoutException.class);
    secure.close();
    assertThat(socket.isClosed()).isTrue();
  }

  @Test
  void closeOfTheSocketUnderTlsEndsItsReader() throws Exception {
    SSLContext tls = TlsIdentity.context();
    EchoServer server = closing(new EchoServer(tls.getServerSocketFactory().createServerSocket(0)));
    TransportSocket socket = open();
    socket.connect(new InetSocketAddress("127.0.0.1", server.address().getPort()), 5_000);
    SSLSocket secure =
        (SSLSocket) tls.getSocketFactory().createSocket(socket, "localhost", 1, true);
    secure.startHandshake();
    Background<Throwable> reader = Background.failing(() -> secure.getInputStream().read());
    socket.close();
    assertThat(reader.get(5)).isInstanceOf(IOException.class);
  }
}
