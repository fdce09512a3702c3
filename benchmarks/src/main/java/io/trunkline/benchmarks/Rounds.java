package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The rounds of a scenario that the same JVMs are measured in. Each subject gets warm in a new JVM,
 * which then waits; once all are warm they are measured in turns of half a second, A B C C B A,
 * until each has had its time. A shared machine is faster in one second than in the next, or in one
 * minute: so that meets all of them.
 */
final class Rounds {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private static final int JVM_START_MILLIS = 1_000;
  private static final int SLICE_MILLIS = 500;
  private static final int USUAL_BREAK_MILLIS = 200;

  /** Fewer descriptors than that are left to a server by the limits of many a machine. */
  private static final int MOST_CONNECTIONS_AT_ONCE = 15_000;

  /** HTTP clients that take 20 s of calls over TLS to get warm, the others take 10. */
  private static final List<String> WITH_EVENT_LOOPS = List.of("jdk", "jetty", "reactor-netty");

  private final Scenario scenario;
  private final boolean full;
  private final int rounds;
  private final Programs beside;

  Rounds(Scenario scenario, boolean full, int rounds, Programs beside) {
    this.scenario = scenario;
    this.full = full;
    this.rounds = rounds;
    this.beside = beside;
  }

  /**
   * Measures each subject once in each round.
   *
   * @param order of the first turn; every other one is in reverse
   * @return what each subject cost, round by round
   */
  Map<String, List<Cost>> measure(List<String> order) throws Exception {
    if (areFew(order)) {
      return measureAtOnce(order);
    }
    Map<String, List<Cost>> costs = new LinkedHashMap<>();
    for (String subject : order) {
      costs.putAll(measureAtOnce(List.of(subject)));
    }
    return costs;
  }

  private boolean areFew(List<String> subjects) {
    int each =
        Stream.of("idleConnections", "threads", "connections")
            .mapToInt(name -> Integer.parseInt(scenario.parameters().getOrDefault(name, "1")))
            .max()
            .orElseThrow();
    return each * subjects.size() <= MOST_CONNECTIONS_AT_ONCE;
  }

  private Map<String, List<Cost>> measureAtOnce(List<String> order) throws Exception {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    try {
      for (String subject : order) {
        Contender contender = contender(subject);
        contenders.put(subject, contender);
        contender.warmUp();
      }
      List<Contender> forth = List.copyOf(contenders.values());
      List<Contender> back = new ArrayList<>(forth);
      Collections.reverse(back);
      for (int turn = 0; turn < warmUpTurns(); turn++) {
        for (Contender each : forth) {
          each.takeWarmUpTurn();
        }
      }
      for (int turn = 0; turn < rounds * turns(); turn++) {
        for (Contender each : turn % 2 == 0 ? forth : back) {
          each.takeTurn();
        }
      }
      Map<String, List<Cost>> costs = new LinkedHashMap<>();
      for (String subject : order) {
        costs.put(subject, byRound(contenders.get(subject).costs(), rounds));
      }
      return costs;
    } finally {
      for (Contender each : contenders.values()) {
        each.close();
      }
    }
  }

  /** What it cost in each round, of what it cost in each turn of all rounds. */
  static List<Cost> byRound(List<Cost> ofTurns, int rounds) {
    int turns = ofTurns.size() / rounds;
    return IntStream.range(0, rounds)
        .mapToObj(round -> Cost.mean(ofTurns.subList(round * turns, (round + 1) * turns)))
        .toList();
  }

  private Contender contender(String subject) throws IOException {
    if (subject.equals(Scenario.C_CLIENT)) {
      return new ProgramContender(this::runC);
    }
    return scenario.benchmark() == Growth.class
        ? new ProgramContender(() -> runGrowth(subject))
        : new JvmContender(options(subject), warmUps(subject) - warmUpTurns(), this::cost);
  }

  // ---- how long ----

  /** How many turns of a subject are measured in a round. */
  private int turns() {
    if (scenario.benchmark() == Growth.class) {
      return 1;
    }
    if (scenario.benchmark() == VirtualThreads.class) {
      return full ? 4 : 1; // of two seconds
    }
    if (!full) {
      return 2;
    }
    boolean crowd = scenario.threads() > 1 && !scenario.allCpus();
    return crowd ? 16 : 6; // with many threads on one CPU it matters more who is lucky
  }

  /**
   * How many of the warm-ups all subjects have together, after each got warm by itself. Some did
   * nothing for minutes meanwhile, after which Jetty was seen to be slow for seven turns.
   */
  private int warmUpTurns() {
    return scenario.subjects().stream()
            .filter(subject -> !subject.equals(Scenario.C_CLIENT))
            .mapToInt(this::warmUps)
            .min()
            .orElseThrow()
        / 3;
  }

  /**
   * Until nothing is left to compile, with a {@link CompilerBreak} before each. How many that takes
   * was seen on the slower of two machines. An HTTP client is much code, as is a TLS handshake.
   * Most take those whose threads hand work to each other: event loops, and OkHttp's new
   * connections.
   */
  private int warmUps(String subject) {
    Class<?> benchmark = scenario.benchmark();
    if (benchmark == VirtualThreads.class) {
      return 5; // of two seconds and more
    }
    if (scenario.roundTripMillis() > 0) {
      return 4; // it has rehearsed where there is no wait
    }
    if (!scenario.parameters().getOrDefault("protocol", "tcp").equals("tcp")) {
      return subject.endsWith("-new") || WITH_EVENT_LOOPS.contains(subject) ? 48 : 24;
    }
    return benchmark == ConnectClose.class || benchmark == PooledVsNewConnection.class ? 12 : 8;
  }

  /** About as long as a subject takes; how long the compiler works nobody knows before. */
  long millisOf(String subject) {
    int turns = rounds * turns();
    if (subject.equals(Scenario.C_CLIENT)) {
      return 5L * turns * SLICE_MILLIS / 4; // it warms up for a quarter
    }
    if (scenario.benchmark() == Growth.class) {
      return rounds * (2 * JVM_START_MILLIS + growthSeconds() * 1_000L);
    }
    int rehearsal = scenario.roundTripMillis() > 0 ? Requests.REHEARSAL_MILLIS : 0;
    int least = scenario.benchmark() == VirtualThreads.class ? VirtualThreads.MILLIS : 0;
    return (long) JVM_START_MILLIS
        + rehearsal
        + (long) (warmUps(subject) + turns) * (Math.max(least, SLICE_MILLIS) + USUAL_BREAK_MILLIS);
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
            Integer.toString(growthSeconds())));
    return Growth.parse(Programs.output(command.toArray(String[]::new)));
  }

  private int growthSeconds() {
    return full ? 5 : 1;
  }

  private ChainedOptionsBuilder options(String subject) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + scenario.suite() + "\\.")
            .param(scenario.subjectParameter(), subject)
            .threads(scenario.threads())
            .forks(1)
            .warmupIterations(warmUps(subject))
            .warmupTime(TimeValue.milliseconds(SLICE_MILLIS))
            .measurementIterations(rounds * turns())
            .measurementTime(TimeValue.milliseconds(SLICE_MILLIS))
            .timeout(TimeValue.seconds(60))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .jvmArgs(jvmArguments());
    // What the first ones wait for is not counted by the others.
    options.addProfiler(CompilerBreak.class).addProfiler(TurnTaker.class);
    options.addProfiler(GCProfiler.class).addProfiler(ProcessCost.class);
    scenario.parameters().forEach(options::param);
    return options;
  }

  private Cost cost(IterationResult turn) {
    var figures = turn.getSecondaryResults();
    int cpus = scenario.allCpus() ? Runtime.getRuntime().availableProcessors() : 1;
    double perCpu = (double) Math.min(cpus, scenario.threads()) / scenario.threads();
    return new Cost(
        turn.getPrimaryResult().getScore() * perCpu,
        figures.get(ProcessCost.CPU).getScore(),
        figures.get(ProcessCost.WAITS).getScore(),
        figures.containsKey(ALLOCATION) ? figures.get(ALLOCATION).getScore() : 0); // if any
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
