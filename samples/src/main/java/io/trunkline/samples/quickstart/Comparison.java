package io.trunkline.samples.quickstart;

import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Runs variants of the same request in turns, so that whatever else the machine does meets them
 * alike. The first variant is the baseline, the last one is compared with it.
 */
final class Comparison {
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final String title;
  private final String unit;
  private final Effort effort;
  private final List<Measured> measured = new ArrayList<>();
  private final Progress progress;

  Comparison(
      String title,
      String unit,
      Effort effort,
      List<? extends Variant> variants,
      Progress progress) {
    this.title = title;
    this.unit = unit;
    this.effort = effort;
    this.progress = progress;
    for (Variant variant : variants) {
      measured.add(new Measured(variant));
    }
  }

  Report.Comparison run() throws IOException {
    for (Measured each : measured) {
      progress.detail("warming up");
      each.turn(effort.warmUpMillis(), effort.warmUpConnections());
      each.forgetTimes();
    }
    for (int round = 0; round < effort.rounds(); round++) {
      progress.detail("round " + (round + 1) + " of " + effort.rounds());
      for (Measured each : measured) {
        each.turn(effort.roundMillis(), effort.roundConnections());
      }
    }
    double[] ratios = new double[effort.rounds()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = last().rates.get(round) / measured.get(0).rates.get(round);
    }
    Arrays.sort(ratios);
    return new Report.Comparison(
        title,
        unit,
        effort.rounds(),
        measured.stream().map(Measured::result).toList(),
        ratios[ratios.length / 2],
        ratios[0],
        ratios[ratios.length - 1],
        null);
  }

  private Measured last() {
    return measured.get(measured.size() - 1);
  }

  /** One variant and its figures. */
  private static final class Measured {
    private final Variant variant;
    private final Histogram nanos = new Histogram(LONGEST_NANOS, 3);
    private final List<Double> rates = new ArrayList<>();
    private long requests;

    Measured(Variant variant) {
      this.variant = variant;
    }

    void turn(int millis, int maxNewConnections) throws IOException {
      long most = variant.connectsEachTime() ? maxNewConnections : Long.MAX_VALUE;
      long start = System.nanoTime();
      long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
      long before = start;
      long count = 0;
      do {
        variant.request();
        long now = System.nanoTime();
        nanos.recordValue(Math.min(now - before, LONGEST_NANOS));
        before = now;
        count++;
      } while (count < most && before - end < 0);
      requests += count;
      rates.add(count * 1e9 / (before - start));
    }

    void forgetTimes() {
      nanos.reset();
      rates.clear();
    }

    Report.Variant result() {
      double[] sorted = rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return new Report.Variant(
          variant.name(),
          sorted[sorted.length / 2],
          nanos.getValueAtPercentile(50) / 1e3,
          nanos.getValueAtPercentile(99) / 1e3,
          requests,
          variant.handshakes(),
          variant.reuseRatio());
    }
  }
}
