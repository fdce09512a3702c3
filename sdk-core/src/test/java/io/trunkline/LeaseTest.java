package io.trunkline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a lease promises, over each transport. */
abstract class LeaseTest {
  private EchoServer server;
  private ConnectionManager manager;
  private Endpoint endpoint;

  abstract TransportMode transport();

  @BeforeEach
  void open() throws IOException {
    server = new EchoServer();
    endpoint = server.endpoint();
    manager = ConnectionManager.builder().transport(transport()).build();
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    server.close();
  }

  private static void echo(Lease lease, String text) throws IOException {
    lease.output().write(text.getBytes(US_ASCII));
    byte[] answer = lease.input().readNBytes(text.length());
    assertThat(new String(answer, US_ASCII)).isEqualTo(text);
  }

  private EndpointSnapshot snapshot() {
    return manager.snapshot().endpoint(endpoint).orElseThrow();
  }

  private static void assertClosed(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable operation) {
    assertThatThrownBy(operation)
        .isInstanceOf(SocketException.class)
        .isInstanceOfSatisfying(
            ConnectionFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.CLOSED));
  }

  @Test
  void aReleasedConnectionServesTheNextCaller() throws IOException {
    Object local;
    try (Lease first = manager.acquire(endpoint)) {
      echo(first, "one");
      assertThat(first.isReused()).isFalse();
      local = first.socket().getLocalSocketAddress();
      first.release();
    }
    try (Lease second = manager.acquire(endpoint)) {
      echo(second, "two");
      assertThat(second.isReused()).isTrue();
      assertThat(second.socket().getLocalSocketAddress()).isEqualTo(local);
      second.release();
    }
    assertThat(server.accepted()).isEqualTo(1);
    assertThat(snapshot().leases()).isEqualTo(2);
    assertThat(snapshot().reuses()).isEqualTo(1);
    assertThat(snapshot().reuseRatio()).isEqualTo(0.5);
    assertThat(snapshot().handshakes()).isEqualTo(1);
  }

  @Test
  void aConnectionThatWasNotReleasedIsClosed() throws Exception {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.output().write("half an exchange".getBytes(US_ASCII));
    }
    assertThat(snapshot().connections()).isEmpty();
    assertThat(snapshot().discarded()).isEqualTo(1);
    Await.until("the server sees the end", () -> server.open() == 0);
    try (Lease next = manager.acquire(endpoint)) {
      assertThat(next.isReused()).isFalse();
      echo(next, "clean");
      next.release();
    }
  }

  @Test
  void anExceptionInTheMiddleClosesTheConnection() {
    assertThatThrownBy(
            () -> {
              try (Lease lease = manager.acquire(endpoint)) {
                lease.output().write(1);
                throw new IllegalStateException("in the middle");
              }
            })
        .isInstanceOf(IllegalStateException.class);
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void releaseAndCloseMayComeAgainInAnyOrder() throws IOException {
    Lease first = manager.acquire(endpoint);
    first.release();
    first.release();
    first.close();
    first.close();
    assertThat(snapshot().idle()).isEqualTo(1);
    Lease second = manager.acquire(endpoint);
    first.release();
    first.close(); // must not touch the connection that the second lease holds
    echo(second, "mine");
    second.close();
    second.release();
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void allThatALeaseGaveOutIsDeadAfterIt() throws IOException {
    Lease lease = manager.acquire(endpoint);
    InputStream in = lease.input();
    OutputStream out = lease.output();
    Socket socket = lease.socket();
    InputStream socketIn = socket.getInputStream();
    lease.release();
    assertClosed(in::read);
    assertClosed(in::available);
    assertClosed(() -> out.write(1));
    assertClosed(socketIn::read);
    assertClosed(socket::getInputStream);
    assertClosed(socket::getOutputStream);
    assertClosed(() -> socket.setSoTimeout(5));
    assertClosed(socket::shutdownOutput);
    assertClosed(() -> lease.read(ByteBuffer.allocate(1)));
    assertClosed(() -> lease.write(ByteBuffer.allocate(1)));
    assertThat(socket.isClosed()).isTrue();
    assertThat(lease.tcpInfo()).isEmpty();
    assertThat(lease.attachment()).isNull();
    assertThatThrownBy(() -> lease.attach("late")).isInstanceOf(IllegalStateException.class);
    assertThat(snapshot().idle()).as("the connection itself lives").isEqualTo(1);
  }

  @Test
  void closingAStreamOrTheSocketClosesTheLease() throws IOException {
    Lease one = manager.acquire(endpoint);
    one.input().close();
    Lease two = manager.acquire(endpoint);
    two.output().close();
    Lease three = manager.acquire(endpoint);
    three.socket().close();
    three.release();
    assertThat(snapshot().connections()).isEmpty();
    assertThat(snapshot().discarded()).isEqualTo(3);
  }

  @Test
  void aReleaseWhileAnOperationIsUnderWayClosesTheConnection() throws Exception {
    Lease lease = manager.acquire(endpoint);
    CountDownLatch reading = new CountDownLatch(1);
    AtomicReference<Throwable> seen = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              reading.countDown();
              try {
                lease.input().read();
              } catch (IOException closed) {
                seen.set(closed);
              }
            });
    reader.start();
    reading.await();
    Await.untilBlocked(reader);
    lease.release();
    reader.join(5_000);
    assertThat(reader.isAlive()).isFalse();
    assertThat(seen.get()).isInstanceOf(SocketException.class);
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void aHalfClosedConnectionIsNotReused() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.output().write("end".getBytes(US_ASCII));
      lease.socket().shutdownOutput();
      assertThat(lease.input().readAllBytes()).isEqualTo("end".getBytes(US_ASCII));
      lease.release();
    }
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void aConnectionThatReachedItsEndIsNotReused() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      echo(lease, "x");
      server.closeAll();
      assertThat(lease.input().read()).isEqualTo(-1);
      lease.release();
    }
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void aConnectionWithAnAnswerStillToComeIsNotReused() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.socket().setSoTimeout(20);
      assertThatThrownBy(() -> lease.input().read()).isInstanceOf(SocketTimeoutException.class);
      lease.release();
    }
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void aReadLimitThatWasMadeUpForDoesNoHarm() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.socket().setSoTimeout(20);
      assertThatThrownBy(() -> lease.input().read()).isInstanceOf(SocketTimeoutException.class);
      lease.socket().setSoTimeout(5_000);
      echo(lease, "late");
      lease.release();
    }
    assertThat(snapshot().idle()).isEqualTo(1);
  }

  @Test
  void changedOptionsAreSetBack() throws IOException {
    int timeout;
    try (Lease lease = manager.acquire(endpoint)) {
      Socket socket = lease.socket();
      timeout = socket.getSoTimeout();
      assertThat(timeout).isEqualTo(30_000);
      assertThat(socket.getTcpNoDelay()).isTrue();
      assertThat(socket.getKeepAlive()).isTrue();
      socket.setSoTimeout(123);
      socket.setSoTimeout(456);
      socket.setTcpNoDelay(false);
      socket.setKeepAlive(false);
      socket.setTrafficClass(0x10);
      socket.setSoLinger(true, 0);
      socket.setOOBInline(true);
      lease.release();
    }
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.isReused()).isTrue();
      Socket socket = lease.socket();
      assertThat(socket.getSoTimeout()).isEqualTo(timeout);
      assertThat(socket.getTcpNoDelay()).isTrue();
      assertThat(socket.getKeepAlive()).isTrue();
      assertThat(socket.getTrafficClass()).isZero();
      assertThat(socket.getSoLinger()).isEqualTo(-1);
      assertThat(socket.getOOBInline()).isFalse();
      lease.release();
    }
  }

  @Test
  void aConnectionWithItsOwnBufferSizesIsNotReused() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      lease.socket().setReceiveBufferSize(8_192); // the kernel will never tune it again
      echo(lease, "small");
      lease.release();
    }
    assertThat(snapshot().connections()).isEmpty();
  }

  @Test
  void anAttachmentLivesAsLongAsItsConnection() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.attachment()).isNull();
      lease.attach("codec");
      lease.release();
    }
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.attachment()).isEqualTo("codec");
    }
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.attachment()).as("of another connection").isNull();
      lease.release();
    }
  }

  @Test
  void buffersOfEachKindAreRead() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      for (ByteBuffer buffer :
          new ByteBuffer[] {ByteBuffer.allocate(8), ByteBuffer.allocateDirect(8)}) {
        lease.write(ByteBuffer.wrap("abcdefgh".getBytes(US_ASCII)).asReadOnlyBuffer());
        while (buffer.hasRemaining()) {
          assertThat(lease.read(buffer)).isPositive();
        }
        assertThat(lease.read(buffer)).as("no room").isZero();
        buffer.flip();
        assertThat(US_ASCII.decode(buffer).toString()).isEqualTo("abcdefgh");
      }
      lease.release();
    }
  }

  @Test
  void aLeaseSocketIsConnectedAndBoundForGood() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      Socket socket = lease.socket();
      assertThat(socket.isConnected()).isTrue();
      assertThat(socket.isBound()).isTrue();
      assertThat(socket.getPort()).isEqualTo(server.port());
      assertThatThrownBy(() -> socket.connect(socket.getRemoteSocketAddress()))
          .isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> socket.bind(null)).isInstanceOf(SocketException.class);
      lease.release();
    }
  }
}
