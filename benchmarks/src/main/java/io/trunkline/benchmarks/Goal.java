package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.ScenarioResult;

/**
 * What is asked of a subject.
 *
 * @param baseline the subject that it is held against, or null
 */
record Goal(String subject, String baseline, double bound, Measure measure) {

  enum Measure {
    /** At least so many times as fast as the baseline. */
    RATIO("ratio", 2),
    /** At most so many nanoseconds an operation. */
    NANOS("nanos", 0),
    /** At most so many nanoseconds more than the baseline. */
    ADDED_NANOS("added-nanos", 0),
    /** At most so many bytes of heap. */
    HEAP_BYTES("heap-bytes", 0),
    /** At most so many wake-ups of threads of ours a second while nobody does anything. */
    WAKE_UPS("wake-ups", 1);

    final String word;
    final int digits;

    Measure(String word, int digits) {
      this.word = word;
      this.digits = digits;
    }
  }

  /** Files that were written when there were two measures do not name it. */
  Goal {
    if (measure == null) {
      measure = baseline == null ? Measure.NANOS : Measure.RATIO;
    }
  }

  static Goal ratio(String subject, String baseline, double least) {
    return new Goal(subject, baseline, least, Measure.RATIO);
  }

  static Goal nanos(String subject, double most) {
    return new Goal(subject, null, most, Measure.NANOS);
  }

  static Goal addedNanos(String subject, String baseline, double most) {
    return new Goal(subject, baseline, most, Measure.ADDED_NANOS);
  }

  static Goal heapBytes(String subject, double most) {
    return new Goal(subject, null, most, Measure.HEAP_BYTES);
  }

  static Goal wakeUps(String subject, double most) {
    return new Goal(subject, null, most, Measure.WAKE_UPS);
  }

  /** The measure, round by round: what disturbs a whole round cancels out of what is compared. */
  double[] values(ScenarioResult scenario) {
    return switch (measure) {
      case RATIO -> scenario.ratios(subject, baseline, Cost::nanos);
      case NANOS -> scenario.subject(subject).series(Cost::nanos);
      case HEAP_BYTES -> scenario.subject(subject).series(Cost::bytes);
      case WAKE_UPS ->
          scenario.subject(subject).series(cost -> cost.more().get(Growth.OWN_WAKE_UPS));
      case ADDED_NANOS -> {
        double[] values = scenario.subject(subject).series(Cost::nanos);
        double[] base = scenario.subject(baseline).series(Cost::nanos);
        for (int round = 0; round < values.length; round++) {
          values[round] -= base[round];
        }
        yield values;
      }
    };
  }

  /** A byte or nanosecond is the least that counts; of wake-ups each does. */
  boolean isMet(double median) {
    return switch (measure) {
      case RATIO -> median >= bound;
      case WAKE_UPS -> median <= bound;
      case NANOS, ADDED_NANOS, HEAP_BYTES -> Math.rint(median) <= bound;
    };
  }

  /** What it is held against, for people. */
  String against() {
    return switch (measure) {
      case RATIO -> baseline;
      case NANOS -> "(ns)";
      case ADDED_NANOS -> baseline + " (ns more)";
      case HEAP_BYTES -> "(B of heap)";
      case WAKE_UPS -> "(own wake-ups/s)";
    };
  }
}
