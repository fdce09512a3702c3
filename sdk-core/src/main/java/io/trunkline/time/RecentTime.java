package io.trunkline.time;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The time, or a little earlier, for what may be some milliseconds wrong but has to be quick: a
 * look at the clock takes 20 to 25 ns, a third of a lease. While very many ask, the housekeeper
 * notes the time for all of them; else each looks at the clock, and nothing wakes up. So what it
 * says is never later than now, and at most {@link #PERIOD_NANOS} earlier, and by as much more as
 * the housekeeper comes late. Thread-safe.
 */
public final class RecentTime implements Ticker {
  /** Between two notes. */
  static final long PERIOD_NANOS = 10_000_000;

  /** So many looks within a period cost more than a note, which wakes up a thread. */
  static final int MANY_LOOKS = 500;

  /** After so many notes it has to be found again that very many ask. */
  static final int MOST_NOTES = 100;

  private static final long NONE = Long.MIN_VALUE;

  private final Ticker ticker;
  private final Housekeeper housekeeper;

  /** {@link #NONE} while each looks for itself. */
  private volatile long noted = NONE;

  /** Whether anybody has asked since the last note. */
  private volatile boolean asked;

  private final AtomicBoolean noting = new AtomicBoolean();

  /** Whether the housekeeper is still to come. */
  private volatile boolean renewed;

  // Counted by all without care: it need only be about right.
  private long periodBegan;
  private int looks;

  private int notes; // by whoever notes

  public RecentTime(Ticker ticker, Housekeeper housekeeper) {
    this.ticker = ticker;
    this.housekeeper = housekeeper;
  }

  @Override
  public long nanoTime() {
    long recent = noted;
    if (recent == NONE) {
      return look();
    }
    if (!asked) {
      asked = true;
    }
    return recent;
  }

  private long look() {
    long now = ticker.nanoTime();
    if (now - periodBegan >= PERIOD_NANOS) {
      periodBegan = now;
      looks = 0;
    } else if (++looks >= MANY_LOOKS && noting.compareAndSet(false, true)) {
      looks = 0;
      notes = 0;
      note(now);
    }
    return now;
  }

  private void note(long now) {
    renewed = true;
    housekeeper.schedule(PERIOD_NANOS, this::goOn); // first: what nobody renews must not be noted
    notes++;
    asked = false;
    noted = now;
    if (!renewed) {
      noted = NONE; // this thread had no CPU for so long that the housekeeper has come before
    }
  }

  private void goOn() {
    boolean more = asked && notes < MOST_NOTES;
    renewed = false;
    noted = NONE; // whoever asks meanwhile looks
    if (more) {
      note(ticker.nanoTime());
    } else {
      noting.set(false);
    }
  }
}
