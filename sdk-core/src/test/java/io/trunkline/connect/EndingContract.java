package io.trunkline.connect;

import static io.trunkline.testing.Background.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.Limits;
import io.trunkline.testing.VirtualThreadsForTests;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancel, interrupt, close and short times, in each phase of a dial. */
abstract class EndingContract extends DialContract {
  private static final Duration SOON = Duration.ofMillis(100);
  private static final int ATTEMPTS = 4;

  /** Where a dial hangs. */
  enum Phase {
    RESOLVING,
    ONE_ADDRESS,
    RACING,
    TLS_HANDSHAKE
  }

  private Connector hanging(Phase phase) throws Exception {
    tls = new LetterTls(LONG);
    timeout = LONG;
    attemptDelay = Duration.ofMillis(10);
    return switch (phase) {
      case RESOLVING -> connector(transport, null);
      case ONE_ADDRESS -> connector(silent().address());
      case RACING -> connector(silent().address(), silent().address(), silent().address());
      case TLS_HANDSHAKE -> connector(good()); // which never speaks
    };
  }

  private static Dial dial(Connector connector, Phase phase) {
    return connector.dial(phase == Phase.TLS_HANDSHAKE ? TLS_ENDPOINT : ENDPOINT);
  }

  private static final class Run {
    final Dial dial;
    final Background<Throwable> background;
    final AtomicBoolean flag = new AtomicBoolean();

    Run(Dial dial) throws Exception {
      this.dial = dial;
      this.background =
          Background.start(
              () -> {
                Throwable thrown = thrownBy(() -> dial.run(in(LONG)).orElseThrow().close());
                flag.set(Thread.currentThread().isInterrupted());
                return thrown;
              });
      Await.untilBlocked(background.thread());
      TimeUnit.MILLISECONDS.sleep(60); // until all addresses are under way
    }
  }

  /** Ends what hangs; the best of a few times is soon enough, and each leaves nothing behind. */
  private void assertEnds(Phase phase, FailureKind kind, Ending ending) throws Exception {
    Connector connector = hanging(phase);
    Duration best = LONG;
    for (int i = 0; i < ATTEMPTS && best.compareTo(SOON) > 0; i++) {
      Run run = new Run(dial(connector, phase));
      long start = System.nanoTime();
      ending.of(run, connector);
      Throwable thrown = run.background.get();
      ConnectionFailure failure = assertKind(thrown, kind);
      assertThat(failure.endpoint()).isPresent();
      assertThat(run.flag.get()).isEqualTo(kind == FailureKind.INTERRUPTED);
      Duration taken = Duration.ofNanos(run.background.endedNanos() - start);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).isLessThan(SOON);
    assertThat(recorder.count("failed")).isZero();
    assertThat(recorder.count("tls-failed")).isZero();
    assertThat(recorder.cancelledOn)
        .as("the one that runs the dial tells")
        .doesNotContain(Thread.currentThread());
    assertThat(book.failed).isEmpty();
  }

  private interface Ending {
    void of(Run run, Connector connector);
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void cancelEndsADialAndCountsForNothing(Phase phase) throws Exception {
    assertEnds(phase, FailureKind.CLOSED, (run, connector) -> run.dial.cancel());
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void interruptEndsADialAndCountsForNothing(Phase phase) throws Exception {
    assertEnds(
        phase, FailureKind.INTERRUPTED, (run, connector) -> run.background.thread().interrupt());
  }

  @Test
  void aThreadThatWasInterruptedBeforeDoesNotConnectEvenWhereItNeedNotWait() throws Exception {
    Connector connector = connector(good());
    Thread.currentThread().interrupt();
    Throwable thrown = thrownBy(() -> connector.dial(ENDPOINT).run(in(LONG)).orElseThrow().close());
    assertThat(Thread.interrupted()).isTrue();
    assertKind(thrown, FailureKind.INTERRUPTED);
    assertThat(recorder.count("failed")).isZero();
    assertThat(book.failed).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void closeOfTheConnectorEndsItsDials(Phase phase) throws Exception {
    assertEnds(phase, FailureKind.CLOSED, (run, connector) -> connector.close());
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void interruptEndsADialOnAVirtualThread(Phase phase) throws Exception {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    Dial dial = dial(hanging(phase), phase);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    Thread thread =
        VirtualThreadsForTests.start(
            () -> {
              thrown.set(thrownBy(() -> dial.run(in(LONG)).orElseThrow().close()));
              flag.set(Thread.currentThread().isInterrupted());
            });
    TimeUnit.MILLISECONDS.sleep(200);
    thread.interrupt();
    thread.join(5_000);
    assertKind(thrown.get(), FailureKind.INTERRUPTED);
    assertThat(flag).isTrue();
    assertThat(recorder.count("failed")).isZero();
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void aDialThatNobodyRunsAnyMoreIsEndedByCancel(Phase phase) throws Exception {
    Dial dial = dial(hanging(phase), phase);
    assertThat(dial.run(in(Duration.ofMillis(100)))).isEmpty();
    dial.cancel();
    recorder.assertEachStartHasOneEnd();
    assertKind(thrownBy(() -> dial.run(in(LONG))), FailureKind.CLOSED);
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void aCallersTimeIsKeptInEveryPhase(Phase phase) throws Exception {
    Dial dial = dial(hanging(phase), phase);
    Duration time = Duration.ofMillis(150);
    Duration best = LONG;
    for (int i = 0; i < ATTEMPTS && best.compareTo(time.plusMillis(30)) > 0; i++) {
      long start = System.nanoTime();
      assertThat(dial.run(in(time))).isEmpty();
      Duration taken = since(start);
      assertThat(taken).isGreaterThanOrEqualTo(time);
      best = taken.compareTo(best) < 0 ? taken : best;
    }
    assertThat(best).isLessThan(time.plusMillis(30));
    dial.cancel();
  }

  @Test
  void resolutionAndHandshakesHaveOneDeadline() throws Exception {
    timeout = Duration.ofMillis(500);
    InetSocketAddress silent = silent().address();
    Limits.assertEndsAt(
        timeout,
        Duration.ofMillis(50),
        3,
        () -> {
          Connector connector = connector(transport, null);
          long start = System.nanoTime();
          Dial dial = connector.dial(ENDPOINT);
          assertThat(dial.run(in(Duration.ofMillis(300)))).isEmpty();
          book.answer(List.of(silent, silent));
          assertKind(thrownBy(() -> run(dial)), FailureKind.TIMED_OUT);
          assertThat(dial.timings().resolveNanos()).isPositive();
          return since(start);
        });
  }

  @Test
  void aResolverThatTakesAllTheTimeIsAFailedResolution() throws Exception {
    timeout = Duration.ofMillis(200);
    Connector connector = connector(transport, null);
    Limits.assertEndsAt(
        timeout,
        Duration.ofMillis(50),
        3,
        () -> {
          long start = System.nanoTime();
          Dial dial = connector.dial(ENDPOINT);
          Throwable thrown = thrownBy(() -> run(dial));
          assertKind(thrown, FailureKind.RESOLUTION_FAILED);
          assertThat(thrown.getMessage()).contains("the resolver did not answer in time");
          return since(start);
        });
  }

  @Test
  void aRaceThatItsCallerLeavesIsRunOnByAnotherThread() throws Exception {
    FullBacklog first = silent();
    FullBacklog second = silent();
    Dial dial = connector(first.address(), second.address()).dial(ENDPOINT);
    assertThat(dial.run(in(Duration.ofMillis(250)))).isEmpty();
    Background<TransportSocket> worker = Background.start(() -> run(dial));
    second.acceptAll();
    assertThat(worker.get().getRemoteSocketAddress()).isEqualTo(second.address());
    if (transport.canRace()) {
      assertThat(recorder.count("started")).as("nothing is begun anew").isEqualTo(2);
    }
  }

  @Test
  void aRaceRunsOnAVirtualThread() throws Exception {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    FullBacklog late = silent();
    Dial dial = connector(silent().address(), late.address()).dial(ENDPOINT);
    AtomicReference<Optional<TransportSocket>> got = new AtomicReference<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        VirtualThreadsForTests.start(
            () -> thrown.set(thrownBy(() -> got.set(dial.run(dial.deadline())))));
    TimeUnit.MILLISECONDS.sleep(300);
    late.acceptAll();
    thread.join(10_000);
    assertThat(thrown.get()).isNull();
    assertThat(closing(got.get().orElseThrow()).getRemoteSocketAddress()).isEqualTo(late.address());
  }

  /** Whatever comes when: each start has one end, and no descriptor is left. */
  @Test
  void endingsAtAnyMomentLeaveNothing() throws Exception {
    attemptDelay = Duration.ofMillis(10);
    timeout = Duration.ofMillis(120);
    tls = new LetterTls(Duration.ofMillis(60));
    Random random = new Random(8305);
    ServerSocket listener = listener();
    InetSocketAddress[] kinds = {silent().address(), refusing(), addressOf(listener)};
    AtomicBoolean done = new AtomicBoolean();
    Background<Void> accepting =
        Background.start(
            () -> {
              while (!done.get()) {
                try {
                  listener.accept().close();
                } catch (IOException closed) {
                  return null;
                }
              }
              return null;
            });
    for (int i = 0; i < 150; i++) {
      InetSocketAddress[] addresses = new InetSocketAddress[1 + random.nextInt(4)];
      for (int at = 0; at < addresses.length; at++) {
        addresses[at] = kinds[random.nextInt(kinds.length)];
      }
      Dial dial = connector(addresses).dial(random.nextBoolean() ? ENDPOINT : TLS_ENDPOINT);
      Background<Throwable> run =
          Background.start(() -> thrownBy(() -> endOf(dial).ifPresent(EndingContract::close)));
      TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
      if (random.nextBoolean()) {
        dial.cancel();
      } else {
        run.thread().interrupt();
      }
      Throwable thrown = run.get();
      assertThat(thrown == null || thrown instanceof ConnectionFailure).as("%s", thrown).isTrue();
    }
    done.set(true);
    listener.close();
    accepting.get();
  }

  private static Optional<TransportSocket> endOf(Dial dial) throws IOException {
    Optional<TransportSocket> socket = Optional.empty();
    while (socket.isEmpty()) {
      socket = dial.run(in(Duration.ofMillis(20)));
    }
    return socket;
  }

  private static void close(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
