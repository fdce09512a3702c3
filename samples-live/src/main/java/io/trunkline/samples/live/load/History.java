package io.trunkline.samples.live.load;

import java.util.ArrayList;
import java.util.List;

/** What became of the calls of each of the last seconds. Thread-safe. */
public final class History {
  private static final int SECONDS = 90;

  /**
   * One second.
   *
   * @param second of the Unix epoch
   * @param slowestMillis the slowest call that succeeded; 0 if none did
   */
  public record Second(long second, int ok, int failed, int shed, long slowestMillis) {}

  private final Second[] ring = new Second[SECONDS];

  synchronized void add(long epochMillis, Outcome outcome, long elapsedMillis) {
    long second = epochMillis / 1_000;
    int slot = (int) (second % SECONDS);
    Second now = ring[slot];
    if (now == null || now.second() != second) {
      now = new Second(second, 0, 0, 0, 0);
    }
    ring[slot] =
        new Second(
            second,
            now.ok() + (outcome == Outcome.OK ? 1 : 0),
            now.failed() + (outcome == Outcome.FAILED ? 1 : 0),
            now.shed() + (outcome == Outcome.SHED ? 1 : 0),
            outcome == Outcome.OK
                ? Math.max(now.slowestMillis(), elapsedMillis)
                : now.slowestMillis());
  }

  /** The last seconds up to this one, oldest first, those without calls among them. */
  public synchronized List<Second> last(int seconds, long epochMillis) {
    long newest = epochMillis / 1_000;
    List<Second> all = new ArrayList<>(seconds);
    for (long second = newest - seconds + 1; second <= newest; second++) {
      Second known = ring[(int) (second % SECONDS)];
      all.add(known != null && known.second() == second ? known : new Second(second, 0, 0, 0, 0));
    }
    return all;
  }
}
