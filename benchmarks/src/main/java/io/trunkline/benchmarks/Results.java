package io.trunkline.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** One run of {@link Compare}, as it is kept in a file. */
record Results(Map<String, String> environment, List<ScenarioResult> scenarios) {

  /**
   * @param origin null in files that were written before each case had one
   */
  record ScenarioResult(
      String suite,
      String name,
      List<SubjectResult> subjects,
      List<Goal> goals,
      @JsonInclude(JsonInclude.Include.NON_NULL) Origin origin) {

    String fullName() {
      return suite + "." + name;
    }

    SubjectResult subject(String wanted) {
      return subjects.stream().filter(s -> s.subject().equals(wanted)).findFirst().orElseThrow();
    }

    /** The subject that the others are held against, unless a goal says otherwise. */
    String baseline() {
      return subjects.get(0).subject();
    }

    /**
     * How many times as fast as its baseline a subject was, round by round: what disturbs a whole
     * round cancels out.
     */
    double[] ratios(String subject, String baseline, ToDoubleFunction<Cost> cost) {
      double[] of = subject(subject).series(cost);
      double[] base = subject(baseline).series(cost);
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
              medianOf(series(rounds, Cost::bytes)),
              medians(rounds));
      return new SubjectResult(subject, median, rounds);
    }

    private static Map<String, Double> medians(List<Cost> rounds) {
      Map<String, Double> medians = new LinkedHashMap<>();
      for (String name : rounds.get(0).more().keySet()) {
        medians.put(name, medianOf(series(rounds, cost -> cost.more().get(name))));
      }
      return medians;
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
   * @param more what only this suite tells, by name
   */
  record Cost(
      double nanos,
      double cpuNanos,
      double waits,
      double bytes,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> more) {

    Cost {
      more = more == null ? Map.of() : more;
    }

    Cost(double nanos, double cpuNanos, double waits, double bytes) {
      this(nanos, cpuNanos, waits, bytes, Map.of());
    }

    static Cost mean(List<Cost> costs) {
      return costs.size() == 1
          ? costs.get(0)
          : new Cost(
              mean(costs, Cost::nanos),
              mean(costs, Cost::cpuNanos),
              mean(costs, Cost::waits),
              mean(costs, Cost::bytes));
    }

    private static double mean(List<Cost> costs, ToDoubleFunction<Cost> figure) {
      return costs.stream().mapToDouble(figure).average().orElseThrow();
    }
  }

  static double medianOf(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * Of what a case was measured, and when.
   *
   * @param load the load average of a minute before the run, and before it built what it measures
   */
  record Origin(String date, String revision, String load) {}

  /** In what an earlier run was done in another way, so that the two do not go together. */
  Optional<String> differenceFrom(Results earlier) {
    return Stream.of("mode", "rounds", "cpu", "jdk", "kernel", "pinnedTo")
        .filter(way -> !Objects.equals(environment.get(way), earlier.environment.get(way)))
        .map(way -> way + " " + earlier.environment.get(way) + ", now " + environment.get(way))
        .reduce((one, other) -> one + "; " + other);
  }

  /** With the cases of an earlier run, done in the same way, that this one has not. */
  Results besides(Results earlier) {
    Set<String> measured = new HashSet<>();
    scenarios.forEach(each -> measured.add(each.fullName()));
    List<ScenarioResult> all = new ArrayList<>(scenarios);
    earlier.scenarios().stream()
        .filter(each -> !measured.contains(each.fullName()))
        .forEach(all::add);
    List<String> places =
        Suites.NAMES.stream()
            .flatMap(suite -> Suites.of(suite, true).stream())
            .map(each -> each.suite() + "." + each.name())
            .toList();
    all.sort(Comparator.comparingInt(each -> places.indexOf(each.fullName())));
    return new Results(environment, all);
  }

  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }

  static Results read(Path file) throws IOException {
    return new ObjectMapper().readValue(file.toFile(), Results.class);
  }
}
