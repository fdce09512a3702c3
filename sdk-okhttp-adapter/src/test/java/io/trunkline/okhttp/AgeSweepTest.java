package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** With a clock of the test's own. */
class AgeSweepTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private long now = Long.MAX_VALUE - SECOND; // it wraps soon
  private final List<Long> expiries = new ArrayList<>();
  private final List<Planned> planned = new ArrayList<>();
  private Runnable duringSweep = () -> {};
  private int sweeps;
  private final AgeSweep ages =
      new AgeSweep(
          this::sweep, () -> now, (delay, action) -> planned.add(new Planned(now + delay, action)));

  private record Planned(long at, Runnable action) {}

  private long sweep(long at) {
    sweeps++;
    expiries.removeIf(each -> each - at <= 0);
    long next = expiries.stream().mapToLong(each -> each - at).min().orElse(AgeSweep.NONE);
    duringSweep.run();
    return next;
  }

  private void add(long lifetime) {
    expiries.add(now + lifetime);
    ages.expiresIn(lifetime);
  }

  private void advance(long nanos) {
    long end = now + nanos;
    for (; ; ) {
      Planned first =
          planned.stream().min(Comparator.comparing(each -> each.at() - end)).orElse(null);
      if (first == null || first.at() - end > 0) {
        now = end;
        return;
      }
      planned.remove(first);
      now = first.at();
      first.action().run();
    }
  }

  @Test
  void whatLivesShorterThanTheOthersIsNotKeptForThem() {
    add(60 * SECOND);
    add(2 * SECOND);
    add(30 * SECOND);
    advance(2 * SECOND);
    assertThat(expiries).hasSize(2);
    advance(28 * SECOND);
    assertThat(expiries).hasSize(1);
    advance(30 * SECOND);
    assertThat(expiries).isEmpty();
    assertThat(sweeps).isEqualTo(3);
    assertThat(planned).isEmpty();
  }

  @Test
  void whatComesWhileASweepFindsNothingIsNotMissed() {
    add(SECOND);
    duringSweep =
        () -> {
          duringSweep = () -> {};
          add(5 * SECOND);
        };
    advance(SECOND);
    assertThat(expiries).hasSize(1);
    advance(5 * SECOND);
    assertThat(expiries).isEmpty();
  }

  @Test
  void thereIsOneSweepForManyOfOneAge() {
    for (int i = 0; i < 1_000; i++) {
      add(10 * SECOND);
    }
    assertThat(planned).hasSize(1);
    advance(10 * SECOND);
    assertThat(expiries).isEmpty();
    assertThat(sweeps).isEqualTo(1);
  }
}
