package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.testing.Signals;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits of reading, writing and connecting on the jni transport end within 20 ms, at the first
 * attempt on an idle machine and at one of a few on a busy one. What would be late is so every
 * time: SO_RCVTIMEO alone takes 175 ms too long for 2.1 s.
 */
class JniTimedIoTest extends TransportContractTest {
  private static final Duration TOLERANCE = Duration.ofMillis(20);

  @Override
  Transport createTransport() {
    return TestTransports.jni();
  }

  private static Duration timeOf(FailureKind expected, Background.Action action) {
    long start = System.nanoTime();
    Throwable thrown = thrownBy(action);
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertKind(thrown, expected);
    return taken;
  }

  private static int attempts(int millis) {
    return millis > 10_000 ? 2 : millis > 1_000 ? 3 : 10;
  }

  private static void assertReadLimit(TransportSocket socket, int millis) throws Exception {
    socket.setSoTimeout(millis);
    InputStream in = socket.getInputStream();
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        attempts(millis),
        () -> timeOf(FailureKind.READ_TIMED_OUT, in::read));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 99, 100, 101, 400})
  void readLimitIsExact(int millis) throws Exception {
    TransportSocket socket = pair().client();
    assertReadLimit(socket, millis);
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        attempts(millis),
        () -> timeOf(FailureKind.READ_TIMED_OUT, () -> socket.read(ByteBuffer.allocateDirect(9))));
    byte[] large = new byte[100_000];
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        attempts(millis),
        () -> timeOf(FailureKind.READ_TIMED_OUT, () -> socket.getInputStream().read(large)));
  }

  @Test
  void readLimitOfTwoSecondsIsExact() throws Exception {
    assertReadLimit(pair().client(), 2_100);
  }

  @Test
  @Tag("long")
  @Timeout(value = 80, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void readLimitOfSeventeenSecondsIsExact() throws Exception {
    assertReadLimit(pair().client(), 17_000);
  }

  @Test
  @Tag("long")
  @Timeout(value = 80, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void readLimitOfSeventeenSecondsIsExactUnderSignals() throws Exception {
    assertReadLimitUnderSignals(17_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 2_100})
  void readLimitIsExactUnderSignals(int millis) throws Exception {
    assertReadLimitUnderSignals(millis);
  }

  private void assertReadLimitUnderSignals(int millis) throws Exception {
    TransportSocket socket = pair().client();
    socket.setSoTimeout(millis);
    InputStream in = socket.getInputStream();
    assertLimitUnderSignals(millis, FailureKind.READ_TIMED_OUT, in::read);
  }

  /**
   * A signal every 10 ms, delivered to this thread: with SO_RCVTIMEO or SO_SNDTIMEO the kernel
   * never restarts a call after a signal (signal(7)), whatever the flags of its handler. That they
   * do interrupt is seen by the voluntary context switches of the thread, of which an undisturbed
   * wait makes one.
   */
  private static void assertLimitUnderSignals(
      int millis, FailureKind expected, Background.Action operation) throws Exception {
    try (Signals signals = Signals.toThisThread()) {
      TimeUnit.MILLISECONDS.sleep(100); // the shell starts
      long switchesBefore = signals.contextSwitches();
      Limits.assertEndsAt(
          Duration.ofMillis(millis),
          TOLERANCE,
          attempts(millis),
          () -> timeOf(expected, operation));
      if (millis > 1_000) {
        assertThat(signals.contextSwitches() - switchesBefore)
            .as("context switches in waits of %d ms", millis)
            .isGreaterThan(millis / 100);
      }
    }
  }

  /** Until not one byte more goes: what is under way takes a moment to fill the peer's window. */
  private static void fill(TransportSocket socket) throws Exception {
    socket.setWriteTimeout(60);
    Await.until(
        "no byte more goes",
        () ->
            thrownBy(() -> socket.getOutputStream().write(new byte[64 * 1024]))
                    instanceof InterruptedIOException limit
                && limit.bytesTransferred == 0);
  }

  /** A socket that takes no byte more, with that limit. */
  private TransportSocket full(int writeLimitMillis) throws Exception {
    TransportSocket socket = narrowPair().client();
    fill(socket);
    socket.setWriteTimeout(writeLimitMillis);
    return socket;
  }

  private static void assertWriteLimit(TransportSocket full, int millis) throws Exception {
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        attempts(millis),
        () ->
            timeOf(FailureKind.WRITE_TIMED_OUT, () -> full.getOutputStream().write(new byte[100])));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 100, 2_100})
  void writeLimitIsExact(int millis) throws Exception {
    TransportSocket socket = full(millis);
    assertWriteLimit(socket, millis);
    if (millis < 1_000) {
      Limits.assertEndsAt(
          Duration.ofMillis(millis),
          TOLERANCE,
          attempts(millis),
          () ->
              timeOf(
                  FailureKind.WRITE_TIMED_OUT,
                  () -> socket.write(ByteBuffer.allocateDirect(1_000_000))));
    }
  }

  @Test
  @Tag("long")
  @Timeout(value = 80, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void writeLimitOfSeventeenSecondsIsExact() throws Exception {
    assertWriteLimit(full(17_000), 17_000);
  }

  @Test
  @Tag("long")
  @Timeout(value = 80, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void writeLimitOfSeventeenSecondsIsExactUnderSignals() throws Exception {
    assertWriteLimitUnderSignals(17_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 2_100})
  void writeLimitIsExactUnderSignals(int millis) throws Exception {
    assertWriteLimitUnderSignals(millis);
  }

  private void assertWriteLimitUnderSignals(int millis) throws Exception {
    TransportSocket socket = full(millis);
    assertLimitUnderSignals(
        millis, FailureKind.WRITE_TIMED_OUT, () -> socket.getOutputStream().write(new byte[100]));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 300})
  void connectLimitIsExact(int millis) throws Exception {
    FullBacklog backlog = closing(new FullBacklog());
    Limits.assertEndsAt(
        Duration.ofMillis(millis),
        TOLERANCE,
        attempts(millis),
        () -> {
          TransportSocket socket = open();
          return timeOf(FailureKind.TIMED_OUT, () -> socket.connect(backlog.address(), millis));
        });
  }

  /** The limit is for the first byte: a peer that dribbles makes each read start anew. */
  @Test
  void limitIsForEachReadAlone() throws Exception {
    ConnectedPair pair = pair();
    pair.client().setSoTimeout(1_000);
    Background<Object> dribble =
        Background.start(
            () -> {
              for (int i = 0; i < 5; i++) {
                TimeUnit.MILLISECONDS.sleep(300);
                pair.peer().getOutputStream().write(i);
              }
              return "done";
            });
    assertThat(pair.client().getInputStream().readNBytes(5)).containsExactly(0, 1, 2, 3, 4);
    dribble.get();
  }

  /** Keeps its limits too, within what the JDK's millisecond poll allows. */
  @Test
  void jdkTransportKeepsReadLimits() throws Exception {
    Transport jdk = closing(TestTransports.jdk());
    TransportSocket socket = closing(jdk.open());
    closing(ConnectedPair.connect(socket));
    for (int millis : new int[] {1, 100, 1_100}) {
      socket.setSoTimeout(millis);
      Limits.assertEndsAt(
          Duration.ofMillis(millis),
          Duration.ofMillis(30),
          attempts(millis),
          () ->
              // the JDK's deadline is in whole milliseconds of another clock
              timeOf(FailureKind.READ_TIMED_OUT, () -> socket.getInputStream().read())
                  .plusMillis(1));
    }
  }
}
