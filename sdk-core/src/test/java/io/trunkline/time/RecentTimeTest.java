package io.trunkline.time;

import static io.trunkline.time.RecentTime.MANY_LOOKS;
import static io.trunkline.time.RecentTime.MOST_NOTES;
import static io.trunkline.time.RecentTime.PERIOD_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.FakeTime;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentTimeTest {
  private final FakeTime clock = new FakeTime();
  private final RecentTime recent = new RecentTime(clock, clock);

  private void ask(int times) {
    for (int i = 0; i < times; i++) {
      recent.nanoTime();
    }
  }

  private void pass(long nanos) {
    clock.advance(Duration.ofNanos(nanos));
  }

  private boolean isExact() {
    return recent.nanoTime() == clock.nanoTime();
  }

  @Test
  void whereFewAskEachLooksAtTheClockAndNothingIsScheduled() {
    for (int period = 0; period < 10; period++) {
      ask(MANY_LOOKS - 1);
      assertThat(isExact()).isTrue();
      pass(PERIOD_NANOS);
    }
    assertThat(clock.scheduledCount()).isZero();
  }

  @Test
  void whereVeryManyAskTheHousekeeperNotesTheTimeForAll() {
    ask(MANY_LOOKS + 1);
    long noted = clock.nanoTime();
    pass(PERIOD_NANOS - 1);
    assertThat(recent.nanoTime()).isEqualTo(noted);
    pass(1);
    assertThat(recent.nanoTime()).isEqualTo(noted + PERIOD_NANOS);
    assertThat(clock.scheduledCount()).isOne();
  }

  /** The thread that begins the notes gets no CPU after that for as long as a period. */
  @Test
  void theTimeGoesOnThoughTheHousekeeperComesBeforeTheFirstNote() {
    RecentTime overtaken =
        new RecentTime(
            clock,
            (delay, work) -> {
              pass(delay);
              work.run();
              return () -> {};
            });
    for (int i = 0; i < 10 * MANY_LOOKS; i++) {
      overtaken.nanoTime();
    }
    pass(Duration.ofSeconds(1).toNanos());
    assertThat(overtaken.nanoTime()).isEqualTo(clock.nanoTime());
  }

  @Test
  void onceNobodyAsksNothingWakesUpAndTheNextOneIsToldTheExactTime() {
    ask(MANY_LOOKS + 1);
    pass(2 * PERIOD_NANOS);
    assertThat(clock.scheduledCount()).isZero();
    pass(Duration.ofHours(1).toNanos() + 1);
    assertThat(isExact()).isTrue();
    assertThat(clock.scheduledCount()).isZero();
  }

  @Test
  void whereFewGoOnAskingTheNotesComeToAnEnd() {
    ask(MANY_LOOKS + 1);
    for (int period = 0; period < MOST_NOTES; period++) {
      assertThat(clock.scheduledCount()).isOne();
      ask(1);
      pass(PERIOD_NANOS);
    }
    assertThat(clock.scheduledCount()).isZero();
    pass(1);
    assertThat(isExact()).isTrue();
  }

  @Test
  void afterTheNotesHaveEndedTheyBeginAgainWhereVeryManyAsk() {
    ask(MANY_LOOKS + 1);
    pass(2 * PERIOD_NANOS);
    ask(MANY_LOOKS + 1);
    assertThat(clock.scheduledCount()).isOne();
  }

  @Test
  void itIsNeverLaterThanTheTimeAndAtMostOnePeriodEarlier() {
    Random random = new Random(11);
    int early = 0;
    for (int i = 0; i < 20_000; i++) {
      ask(random.nextInt(60));
      long behind = clock.nanoTime() - recent.nanoTime();
      assertThat(behind).isBetween(0L, PERIOD_NANOS);
      early += behind > 0 ? 1 : 0;
      pass(random.nextInt((int) PERIOD_NANOS / 5));
    }
    assertThat(early).isGreaterThan(1_000); // else it has always looked
  }

  @Test
  void aHousekeeperThatCannotScheduleLeavesTheClockExact() {
    RecentTime alone =
        new RecentTime(
            clock,
            (delay, work) -> {
              throw new OutOfMemoryError("no thread");
            });
    int refused = 0;
    for (int i = 0; i < 3 * MANY_LOOKS; i++) {
      try {
        alone.nanoTime();
      } catch (OutOfMemoryError noThread) {
        refused++;
      }
    }
    assertThat(refused).isOne();
    pass(1);
    assertThat(alone.nanoTime()).isEqualTo(clock.nanoTime());
  }
}
