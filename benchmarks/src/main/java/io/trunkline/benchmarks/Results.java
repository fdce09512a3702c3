package io.trunkline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.trunkline.benchmarks.Scenario.Goal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** One run of {@link Compare}, as it is kept in a file. */
record Results(Map<String, String> environment, List<ScenarioResult> scenarios) {

  record ScenarioResult(String suite, String name, List<SubjectResult> subjects, List<Goal> goals) {

    SubjectResult subject(String wanted) {
      return subjects.stream().filter(s -> s.subject().equals(wanted)).findFirst().orElseThrow();
    }

    /**
     * How many times as fast as its baseline the subject was, round by round: what disturbs a whole
     * round cancels out.
     */
    double[] ratios(Goal goal, ToDoubleFunction<Cost> cost) {
      double[] of = subject(goal.subject()).series(cost);
      double[] base = subject(goal.baseline()).series(cost);
      double[] ratios = new double[of.length];
      for (int round = 0; round < of.length; round++) {
        ratios[round] = base[round] / of[round];
      }
      return ratios;
    }
  }

  /**
   * @param median of each figure over the rounds
   */
  record SubjectResult(String subject, Cost median, List<Cost> rounds) {

    static SubjectResult of(String subject, List<Cost> rounds) {
      Cost median =
          new Cost(
              medianOf(series(rounds, Cost::nanos)),
              medianOf(series(rounds, Cost::cpuNanos)),
              medianOf(series(rounds, Cost::waits)),
              medianOf(series(rounds, Cost::bytes)));
      return new SubjectResult(subject, median, rounds);
    }

    double[] series(ToDoubleFunction<Cost> cost) {
      return series(rounds, cost);
    }

    private static double[] series(List<Cost> rounds, ToDoubleFunction<Cost> cost) {
      return rounds.stream().mapToDouble(cost).toArray();
    }
  }

  /**
   * What one operation took in one round.
   *
   * @param nanos elapsed time; with more threads than CPUs, per CPU
   * @param cpuNanos CPU time of the client's process
   * @param waits how often a thread of the client gave up the CPU to wait
   * @param bytes allocated in the Java heap
   */
  record Cost(double nanos, double cpuNanos, double waits, double bytes) {}

  static double medianOf(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }

  static Results read(Path file) throws IOException {
    return new ObjectMapper().readValue(file.toFile(), Results.class);
  }
}
