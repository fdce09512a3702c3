package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One round of a scenario. Each subject gets warm in a new JVM, which then waits; once all are warm
 * they are measured in turns of half a second, A B C C B A, until each has had its time. A shared
 * machine is faster in one second than in the next, or in one minute: so that meets all of them.
 */
final class Round {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private static final int JVM_START_MILLIS = 1_000;
  private static final int SLICE_MILLIS = 500;
  private static final int USUAL_BREAK_MILLIS = 200;

  /** Fewer descriptors than that are left to a server by the limits of many a machine. */
  private static final int MOST_CONNECTIONS_AT_ONCE = 15_000;

  private final Scenario scenario;
  private final boolean full;
  private final Programs beside;

  Round(Scenario scenario, boolean full, Programs beside) {
    this.scenario = scenario;
    this.full = full;
    this.beside = beside;
  }

  /**
   * Measures each subject once.
   *
   * @param order of the first turn; every other one is in reverse
   * @param told of each cost
   */
  void measure(List<String> order, BiConsumer<String, Cost> told) throws Exception {
    if (full && areFew(order)) {
      measureAtOnce(order, told);
      return;
    }
    // In a quick run nobody is warm: the compiler of one would work in the turn of another.
    for (String subject : order) {
      measureAtOnce(List.of(subject), told);
    }
  }

  private boolean areFew(List<String> subjects) {
    int each =
        Stream.of("idleConnections", "threads", "connections")
            .mapToInt(name -> Integer.parseInt(scenario.parameters().getOrDefault(name, "1")))
            .max()
            .orElseThrow();
    return each * subjects.size() <= MOST_CONNECTIONS_AT_ONCE;
  }

  private void measureAtOnce(List<String> order, BiConsumer<String, Cost> told) throws Exception {
    List<Contender> contenders = new ArrayList<>();
    try {
      for (String subject : order) {
        Contender contender = contender(subject);
        contenders.add(contender);
        contender.warmUp();
      }
      int last = contenders.size() - 1;
      for (int turn = 0; turn < turns(scenario, full); turn++) {
        boolean forth = turn % 2 == 0;
        for (int i : IntStream.rangeClosed(0, last).map(i -> forth ? i : last - i).toArray()) {
          contenders.get(i).takeTurn();
        }
      }
      for (int i = 0; i <= last; i++) {
        told.accept(order.get(i), contenders.get(i).cost());
      }
    } finally {
      for (Contender each : contenders) {
        each.close();
      }
    }
  }

  private Contender contender(String subject) throws IOException {
    if (subject.equals(Scenario.C_CLIENT)) {
      return new ProgramContender(this::runC);
    }
    return scenario.benchmark() == Growth.class
        ? new ProgramContender(() -> runGrowth(subject))
        : new JvmContender(options(subject), warmUps(scenario, subject, full), this::cost);
  }

  // ---- how long ----

  /** How many turns of a subject are measured in a round. */
  private static int turns(Scenario scenario, boolean full) {
    if (scenario.benchmark() == Growth.class || !full) {
      return 1;
    }
    if (scenario.benchmark() == VirtualThreads.class) {
      return 4; // of two seconds
    }
    boolean crowd = scenario.threads() > 1 && !scenario.allCpus();
    return crowd ? 16 : 6; // with many threads on one CPU it matters more who is lucky
  }

  /**
   * Until nothing is left to compile, with a {@link CompilerBreak} before each. How many that takes
   * was seen on the slower of two machines. An HTTP client is much code, as is a TLS handshake.
   * Most take the threads of OkHttp that hand a new connection to each other.
   */
  private static int warmUps(Scenario scenario, String subject, boolean full) {
    Class<?> benchmark = scenario.benchmark();
    if (!full) { // a rough look in a few minutes, without the breaks
      return benchmark == ConnectClose.class ? 6 : benchmark == HttpClients.class ? 3 : 1;
    }
    if (benchmark == VirtualThreads.class) {
      return 5; // of two seconds and more
    }
    if (scenario.roundTripMillis() > 0) {
      return 4; // it has rehearsed where there is no wait
    }
    if (!scenario.parameters().getOrDefault("protocol", "tcp").equals("tcp")) {
      return subject.startsWith("okhttp") && subject.endsWith("-new") ? 48 : 24;
    }
    return benchmark == ConnectClose.class || benchmark == PooledVsNewConnection.class ? 12 : 8;
  }

  /** About as long as a subject takes; how long the compiler works nobody knows before. */
  static long millisOf(Scenario scenario, String subject, boolean full) {
    int turns = turns(scenario, full);
    if (subject.equals(Scenario.C_CLIENT)) {
      return 5L * turns * SLICE_MILLIS / 4; // it warms up for a quarter
    }
    int rehearsal = scenario.roundTripMillis() > 0 ? Requests.REHEARSAL_MILLIS : 0;
    int least = scenario.benchmark() == VirtualThreads.class ? VirtualThreads.MILLIS : 0;
    return (long) JVM_START_MILLIS
        + rehearsal
        + (long) (warmUps(scenario, subject, full) + turns)
            * (Math.max(least, SLICE_MILLIS) + (full ? USUAL_BREAK_MILLIS : 0));
  }

  // ---- programs and JVMs ----

  private Cost runC() throws IOException, InterruptedException {
    String seconds = Double.toString(SLICE_MILLIS / 1e3);
    if (scenario.benchmark() == LivenessCheck.class) {
      return beside.runC("look_client", seconds);
    }
    if (scenario.benchmark() == ConnectClose.class) {
      String form = scenario.subjects().contains("jni-bare") ? "bare" : "options";
      return beside.runC("connect_client", form, seconds);
    }
    if (scenario.benchmark() == PooledVsNewConnection.class) {
      return beside.runC("connect_client", "exchange", seconds);
    }
    Map<String, String> parameters = scenario.parameters();
    char mode = parameters.get("answer").equals("ready") ? Server.READY : Server.WAIT;
    return beside.runC(
        "pingpong_client", String.valueOf(mode), parameters.get("messageBytes"), seconds);
  }

  private Cost runGrowth(String subject) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(jvmArguments()));
    command.addAll(
        List.of(
            "-XX:+AlwaysPreTouch", // see Growth.residentBytes
            "-cp",
            System.getProperty("java.class.path"),
            Growth.class.getName(),
            subject,
            scenario.parameters().get("connections"),
            scenario.parameters().get("spread"),
            full ? "5" : "1"));
    return Growth.parse(Programs.output(command.toArray(String[]::new)));
  }

  private ChainedOptionsBuilder options(String subject) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + scenario.suite() + "\\.")
            .param(scenario.subjectParameter(), subject)
            .threads(scenario.threads())
            .forks(1)
            .warmupIterations(warmUps(scenario, subject, full))
            .warmupTime(TimeValue.milliseconds(SLICE_MILLIS))
            .measurementIterations(turns(scenario, full))
            .measurementTime(TimeValue.milliseconds(SLICE_MILLIS))
            .timeout(TimeValue.seconds(60))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .jvmArgs(jvmArguments());
    // What the first ones wait for is not counted by the others.
    if (full) {
      options.addProfiler(CompilerBreak.class);
    }
    options.addProfiler(TurnTaker.class);
    options.addProfiler(GCProfiler.class).addProfiler(ProcessCost.class);
    scenario.parameters().forEach(options::param);
    return options;
  }

  private Cost cost(RunResult run) {
    var figures = run.getAggregatedResult().getSecondaryResults();
    int cpus = scenario.allCpus() ? Runtime.getRuntime().availableProcessors() : 1;
    double perCpu = (double) Math.min(cpus, scenario.threads()) / scenario.threads();
    return new Cost(
        run.getPrimaryResult().getScore() * perCpu,
        figures.get(ProcessCost.CPU).getScore(),
        figures.get(ProcessCost.WAITS).getScore(),
        figures.get(ALLOCATION).getScore());
  }

  /** G1 even on one CPU, where the JVM would choose Serial: services run with it. */
  private String[] jvmArguments() {
    List<String> arguments = new ArrayList<>(List.of("-XX:+UseG1GC", "-Xms512m", "-Xmx512m"));
    arguments.addAll(beside.at(scenario.roundTripMillis()).properties());
    if (scenario.roundTripMillis() > 0) {
      arguments.addAll(beside.at(0).propertiesOfNear());
      arguments.add("-D" + FastOpen.REQUIRED_PROPERTY + "=true");
    }
    if (Runtime.version().feature() >= 24) {
      arguments.add("--enable-native-access=ALL-UNNAMED");
      arguments.add("--sun-misc-unsafe-memory-access=allow"); // JMH uses it; the JVM would warn
    }
    return arguments.toArray(String[]::new);
  }
}
