package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.Listeners;
import io.trunkline.transport.FirstFlightListener;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a pool counts of a dial, and of one whose handshake is left to the first write. */
class FirstFlightTest {
  private final FakeDials dials =
      new FakeDials(
          PoolSettings.builder().build(),
          BreakerSettings.builder().minimumDials(1).build(),
          endpoint -> {},
          Listeners.NONE,
          any -> {});
  private final EndpointPool pool = dials.pool("host");

  /** With Fast Open, and nothing written yet. */
  private static final class Waiting extends FakeSocket {
    private FirstFlightListener listener;

    Waiting() throws IOException {}

    @Override
    public boolean awaitsFirstFlight() {
      return true;
    }

    @Override
    public void onFirstFlight(FirstFlightListener value) {
      listener = value;
    }

    void ends(FailureKind kind) {
      listener.firstFlightEnded(
          1_000,
          kind == null
              ? Optional.empty()
              : Optional.of(Failures.exception(FailureDetails.of(kind, FailurePhase.CONNECT))));
    }
  }

  private void fails() {
    assertThat(pool.room().tryTicket()).isZero();
    pool.ticketFailed(FakeDials.refused());
    assertThat(recovered()).isFalse();
  }

  private boolean recovered() {
    return pool.failures().last(dials.time.nanoTime()).orElseThrow().recovered();
  }

  private long handshakes() {
    return pool.counters().handshakes.get();
  }

  private long failedDials() {
    return pool.counters().failedDials.get();
  }

  @Test
  void nothingCountsBeforeTheFirstWriteAndASuccessDoesAfterIt() throws Exception {
    fails();
    Waiting socket = new Waiting();
    pool.dialled(socket, 1, true);
    assertThat(handshakes()).isZero();
    assertThat(recovered()).isFalse();
    socket.ends(null);
    assertThat(handshakes()).isEqualTo(1);
    assertThat(recovered()).isTrue();
  }

  @Test
  void aDialOutsideOfThePoolIsNoHandshakeOfIt() throws Exception {
    fails();
    Waiting socket = new Waiting();
    pool.dialled(socket, 1, false);
    socket.ends(null);
    assertThat(handshakes()).isZero();
    assertThat(recovered()).isTrue();

    fails();
    pool.dialled(new FakeSocket(), 1, false);
    assertThat(handshakes()).isZero();
    assertThat(recovered()).as("there is no initializer before it").isTrue();
  }

  @Test
  void aDialOfThePoolHasItsInitializerBeforeItIsASuccess() throws Exception {
    fails();
    pool.dialled(new FakeSocket(), 1, true);
    assertThat(handshakes()).isEqualTo(1);
    assertThat(recovered()).isFalse();
    pool.succeeded();
    assertThat(recovered()).isTrue();
  }

  @Test
  void aFirstWriteWithoutAnAnswerIsAFailedDialForTheBreakerToo() throws Exception {
    Waiting socket = new Waiting();
    pool.dialled(socket, 1, true);
    socket.ends(FailureKind.REFUSED);
    assertThat(failedDials()).isEqualTo(1);
    assertThat(handshakes()).isZero();
    assertThat(pool.breaker().refuses()).isTrue();
  }

  @Test
  void whatThisSideEndedCountsForNothing() throws Exception {
    for (FailureKind ours : new FailureKind[] {FailureKind.CLOSED, FailureKind.INTERRUPTED}) {
      Waiting socket = new Waiting();
      pool.dialled(socket, 1, true);
      socket.ends(ours);
    }
    assertThat(failedDials()).isZero();
    assertThat(pool.breaker().refuses()).isFalse();
  }

  @Test
  void aConnectionThatHasSentNothingIsNotKept() throws Exception {
    assertThat(pool.room().tryTicket()).isZero();
    Waiting socket = new Waiting();
    pool.release(pool.ticketDone(socket));
    assertThat(socket.isClosed()).isTrue();
    assertThat(pool.counters().closed(CloseReason.DISCARDED)).isEqualTo(1);
  }

  @Test
  void aFailureIsTheCauseOfWhatIsRefusedUntilTheEndpointAnswers() {
    fails();
    assertThat(pool.failures().acquireTimedOut(7)).hasCauseInstanceOf(IOException.class);
    pool.succeeded();
    assertThat(pool.failures().acquireTimedOut(7)).hasNoCause();
    pool.breaker().dialFailed(1, FakeDials.refused(), false);
    assertThat(pool.failures().acquireTimedOut(7)).hasMessageContaining("circuit breaker open");
  }
}
