package io.trunkline.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is compared with each other: one benchmark with the same parameters for several subjects.
 *
 * @param subjectParameter the parameter of the benchmark that names the subject
 * @param subjects the first one is what the others are held against
 * @param threads how many threads run it at once
 * @param allCpus whether the client may use all CPUs, and not only that of the server
 * @param roundTripMillis to the server; 0 on loopback
 */
record Scenario(
    Class<?> benchmark,
    String name,
    Map<String, String> parameters,
    String subjectParameter,
    List<String> subjects,
    int threads,
    boolean allCpus,
    int roundTripMillis,
    List<Goal> goals) {

  /** Subjects that are plain C programs and no benchmarks of JMH. */
  static final String C_CLIENT = "c-client";

  String suite() {
    return benchmark.getSimpleName();
  }

  boolean isOf(Results.ScenarioResult result) {
    return result.suite().equals(suite()) && result.name().equals(name);
  }

  static Builder of(Class<?> benchmark, String name, String subjectParameter, String... subjects) {
    return new Builder(benchmark, name, subjectParameter, List.of(subjects));
  }

  static final class Builder {
    private final Class<?> benchmark;
    private final String name;
    private final String subjectParameter;
    private final List<String> subjects;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private final List<Goal> goals = new ArrayList<>();
    private int threads = 1;
    private boolean allCpus;
    private int roundTripMillis;

    private Builder(
        Class<?> benchmark, String name, String subjectParameter, List<String> subjects) {
      this.benchmark = benchmark;
      this.name = name;
      this.subjectParameter = subjectParameter;
      this.subjects = subjects;
    }

    Builder with(String parameter, Object value) {
      parameters.put(parameter, value.toString());
      return this;
    }

    Builder threads(int value) {
      threads = value;
      return this;
    }

    Builder onAllCpus() {
      allCpus = true;
      return this;
    }

    Builder over(int millis) {
      roundTripMillis = millis;
      return this;
    }

    Builder goal(Goal goal) {
      if (subjects.contains(goal.subject())
          && (goal.baseline() == null || subjects.contains(goal.baseline()))) {
        goals.add(goal);
      }
      return this;
    }

    Scenario build() {
      return new Scenario(
          benchmark,
          name,
          Map.copyOf(parameters),
          subjectParameter,
          subjects,
          threads,
          allCpus,
          roundTripMillis,
          List.copyOf(goals));
    }
  }
}
