package io.trunkline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is compared with each other: one benchmark with the same parameters for several subjects.
 *
 * @param subjectParameter the parameter of the benchmark that names the subject
 * @param threads how many threads run it at once; with more than one, on all CPUs
 */
record Scenario(
    Class<?> benchmark,
    String name,
    Map<String, String> parameters,
    String subjectParameter,
    List<String> subjects,
    int threads,
    List<Goal> goals) {

  /** The plain C client, which is a program and no benchmark of JMH. */
  static final String C_CLIENT = "c-client";

  /**
   * What is asked of a subject. With a baseline: to be so many times as fast; without: to take so
   * many nanoseconds at most.
   */
  record Goal(String subject, String baseline, double bound) {}

  String suite() {
    return benchmark.getSimpleName();
  }

  /**
   * How long it runs unmeasured. The compiler shares the one CPU: a dial of a manager is three
   * times as much code for it as one of java.net.Socket, and takes it some three seconds.
   */
  int warmUpSeconds(boolean full) {
    return benchmark == ConnectClose.class ? 3 : full ? 2 : 1;
  }

  static final List<String> SUITES =
      Stream.of(
              TransportPingPong.class,
              ConnectClose.class,
              AcquireRelease.class,
              VirtualThreads.class)
          .map(Class::getSimpleName)
          .toList();

  static List<Scenario> of(String suite, boolean full) {
    return switch (suite) {
      case "TransportPingPong" -> pingPong(full ? List.of(64, 4096, 65536) : List.of(64));
      case "ConnectClose" -> List.of(connectClose());
      case "AcquireRelease" -> acquireRelease(full);
      case "VirtualThreads" -> virtualThreads(full ? List.of(1_000, 10_000) : List.of(1_000));
      default ->
          throw new IllegalArgumentException(
              "no suite \"" + suite + "\"; there are " + String.join(", ", SUITES));
    };
  }

  private static List<Scenario> pingPong(List<Integer> sizes) {
    List<Scenario> scenarios = new ArrayList<>();
    for (int size : sizes) {
      for (String answer : List.of("ready", "wait")) {
        boolean large = size > 8192;
        double goal = large ? 1.10 : answer.equals("ready") ? 1.05 : 1.15;
        scenarios.add(
            new Scenario(
                TransportPingPong.class,
                size + "B-" + answer,
                Map.of("messageBytes", "" + size, "answer", answer),
                "client",
                List.of(
                    "socket-timeout", "jni-streams", "jni-direct", "socket", "channel", C_CLIENT),
                1,
                List.of(
                    new Goal("jni-streams", "socket-timeout", goal),
                    new Goal("jni-direct", "socket-timeout", large ? 1.25 : goal),
                    new Goal("jni-streams", "socket", 0.98),
                    new Goal("jni-direct", "channel", 0.98),
                    new Goal("jni-direct", C_CLIENT, 0.95))));
      }
    }
    return scenarios;
  }

  private static Scenario connectClose() {
    return new Scenario(
        ConnectClose.class,
        "1B",
        Map.of(),
        "client",
        List.of("socket-bare", "jni-bare", "socket", "jni", "jni-lease"),
        1,
        List.of(
            new Goal("jni-bare", "socket-bare", 1.25),
            new Goal("jni", "socket", 1.25),
            new Goal("jni-lease", "socket", 1.25)));
  }

  private static List<Scenario> acquireRelease(boolean full) {
    List<Scenario> scenarios = new ArrayList<>();
    for (int idle : new int[] {8, 1_000}) {
      for (int threads : full ? new int[] {1, 2, 8} : new int[] {1, 8}) {
        scenarios.add(
            new Scenario(
                AcquireRelease.class,
                threads + "-threads-" + idle + "-idle",
                Map.of("idleConnections", "" + idle),
                "transport",
                List.of("native", "jdk"),
                threads,
                threads > 1
                    ? List.of()
                    : List.of(new Goal("native", null, 500), new Goal("jdk", null, 100))));
      }
    }
    return scenarios;
  }

  private static List<Scenario> virtualThreads(List<Integer> counts) {
    List<Scenario> scenarios = new ArrayList<>();
    for (int threads : counts) {
      scenarios.add(
          new Scenario(
              VirtualThreads.class,
              threads + "-threads",
              Map.of("threads", "" + threads),
              "client",
              List.of("socket-timeout", "jni-streams", "socket"),
              1,
              List.of(
                  new Goal("jni-streams", "socket-timeout", 1.3),
                  new Goal("jni-streams", "socket", 1.0))));
    }
    return scenarios;
  }
}
