package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.benchmarks.Results.Origin;
import io.trunkline.benchmarks.Results.ScenarioResult;
import io.trunkline.benchmarks.Results.SubjectResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the subjects of each scenario against each other, round by round, and keeps the results.
 * Client and server share a CPU: between two of them the wake-ups cost more, and vary more, than
 * all that is compared here.
 */
public final class Compare {
  private static final int FULL_ROUNDS = 7;
  static final int QUICK_ROUNDS = 3;

  private final boolean full;
  private final int rounds;
  private final String cpu;
  private final String serverCpu;
  private final String allCpus;
  private final RoundTrips trips;
  private final Path resultsDirectory;

  private Compare(boolean full, Path resultsDirectory) throws IOException {
    this.full = full;
    this.rounds =
        Integer.parseInt(
            System.getenv()
                .getOrDefault(
                    "BENCHMARK_ROUNDS", Integer.toString(full ? FULL_ROUNDS : QUICK_ROUNDS)));
    this.allCpus = field(Path.of("/proc/self/status"), "Cpus_allowed_list");
    this.cpu = System.getenv().getOrDefault("BENCHMARK_CPU", "0");
    this.serverCpu = System.getenv().getOrDefault("BENCHMARK_SERVER_CPU", cpu);
    this.trips = RoundTrips.of(System.getenv());
    this.resultsDirectory = resultsDirectory;
  }

  /** Called by run.sh, which says how. */
  public static void main(String[] arguments) throws Exception {
    Path programs = Path.of(arguments[0]);
    Path results = Path.of(arguments[1]);
    List<String> words = Arrays.asList(arguments).subList(2, arguments.length);
    if (words.get(0).equals("page")) {
      page(Path.of(words.get(1)), words.subList(2, words.size()));
      return;
    }
    System.setProperty("jmh.ignoreLock", "true"); // the JVMs of a round live at once
    boolean full = words.get(0).equals("full");
    List<String> suites = full ? Suites.NAMES : Suites.QUICK;
    new Compare(full, results)
        .run(programs, words.size() > 1 ? words.subList(1, words.size()) : suites);
  }

  private static void page(Path page, List<String> files) throws IOException {
    List<Results> runs = new ArrayList<>();
    for (String file : files) {
      Results run = Results.read(Path.of(file));
      runs.add(run);
      Plot.write(run, Path.of(file)).forEach(plot -> System.out.println("written to " + plot));
    }
    Report.intoPage(runs, page);
    System.out.println("written to " + page);
  }

  private void run(Path programs, List<String> suites) throws Exception {
    List<Scenario> scenarios = new ArrayList<>();
    for (String suite : suites) {
      if (suite.startsWith("VirtualThreads") && !VirtualThreads.supported()) {
        System.out.println("VirtualThreads skipped: this JDK has none; use JDK 21 or newer.");
      } else {
        scenarios.addAll(Suites.chosen(suite, full));
      }
    }
    scenarios.removeIf(this::isOutOfReach);
    if (scenarios.isEmpty()) {
      return; // it was said why
    }
    Map<String, String> environment = environment();
    Origin origin = origin();
    sayWhatComes(scenarios);
    Path file =
        Optional.ofNullable(System.getenv("BENCHMARK_RESULTS"))
            .map(Path::of)
            .orElse(resultsDirectory.resolve(fileName(origin.date(), environment)));
    Results results = new Results(environment, List.of());
    if (Files.exists(file)) {
      Results before = Results.read(file);
      Optional<String> difference = results.differenceFrom(before);
      if (difference.isPresent()) {
        System.err.println(
            file + " was measured in another way: " + difference.get() + "; move it away");
        System.exit(1);
      }
      results = results.besides(before);
    }
    try (Programs beside = new Programs(programs, cpu, serverCpu, trips)) {
      Thread hook = new Thread(() -> endAll(beside), "end-all");
      Runtime.getRuntime().addShutdownHook(hook);
      results = measureAll(scenarios, results, origin, file, beside);
      Runtime.getRuntime().removeShutdownHook(hook);
    }
    System.out.println(Report.markdown(results));
    Report.lines(results).forEach(System.out::println);
    System.out.println("\nwritten to " + file);
    Plot.write(results, file).forEach(plot -> System.out.println("written to " + plot));
  }

  private Results measureAll(
      List<Scenario> scenarios, Results before, Origin origin, Path file, Programs beside)
      throws Exception {
    Results results = before;
    int begun = 0;
    for (Scenario scenario : scenarios) {
      System.out.printf(
          "[%d/%d] %s %s%s%n",
          ++begun,
          scenarios.size(),
          scenario.suite(),
          scenario.name(),
          scenario.allCpus() ? ", client on all CPUs" : "");
      ScenarioResult measured = measure(scenario, origin, beside);
      results = new Results(before.environment(), List.of(measured)).besides(results);
      Files.createDirectories(file.toAbsolutePath().getParent());
      results.write(file); // whatever ends a run of hours, what it has measured is kept
    }
    return results;
  }

  /** If the run is ended from outside: the JVM that measures would go on for a while. */
  private static void endAll(Programs beside) {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    beside.close();
  }

  private boolean isOutOfReach(Scenario scenario) {
    int millis = scenario.roundTripMillis();
    boolean out = millis > 0 && !trips.addresses().containsKey(millis);
    if (out) {
      System.out.printf(
          "%s %s skipped: no round trip of %d ms; start it with round-trip.sh.%n",
          scenario.suite(), scenario.name(), millis);
    }
    return out;
  }

  private void sayWhatComes(List<Scenario> scenarios) {
    int runs = 0;
    long millis = 0;
    int times = rounds / roundsOfAJvm();
    for (Scenario scenario : scenarios) {
      runs += times * scenario.subjects().size();
      Rounds ofAJvm = new Rounds(scenario, full, roundsOfAJvm(), null);
      millis += times * scenario.subjects().stream().mapToLong(ofAJvm::millisOf).sum();
    }
    System.out.printf(
        "%s: %d rounds%s; client and server on CPU %s, except where it says all CPUs%s%n",
        full ? "full" : "quick",
        rounds,
        full && rounds >= FULL_ROUNDS ? "" : ", a rough look and no figures to quote",
        pinnedTo(),
        cpu.equals(serverCpu)
            ? "; on a shared or small machine that is the way to see more than wake-ups"
            : "");
    System.out.printf(
        "%d cases, %d runs, about %d minutes%n%n",
        scenarios.size(), runs, Math.max(1, Math.round(millis / 60_000.0)));
  }

  private ScenarioResult measure(Scenario scenario, Origin origin, Programs beside)
      throws Exception {
    Programs.pin(scenario.allCpus() ? allCpus : cpu);
    Map<String, List<Cost>> costs = new LinkedHashMap<>();
    scenario.subjects().forEach(subject -> costs.put(subject, new ArrayList<>()));
    Rounds ofAJvm = new Rounds(scenario, full, roundsOfAJvm(), beside);
    List<String> order = new ArrayList<>(scenario.subjects());
    for (int round = 0; round < rounds; round += roundsOfAJvm()) {
      printBegin(round);
      Map<String, List<Cost>> measured = ofAJvm.measure(order);
      measured.forEach((subject, of) -> costs.get(subject).addAll(of));
      print(round, measured);
      Collections.reverse(order); // nobody always comes after the same one
    }
    List<SubjectResult> subjects =
        costs.entrySet().stream().map(e -> SubjectResult.of(e.getKey(), e.getValue())).toList();
    return new ScenarioResult(
        scenario.suite(), scenario.name(), subjects, scenario.goals(), origin);
  }

  private static void printBegin(int roundsBefore) {
    System.out.printf("  round %d, ns:", roundsBefore + 1);
    System.out.flush();
  }

  /** The first of the lines was begun before it was measured. */
  private void print(int roundsBefore, Map<String, List<Cost>> measured) {
    for (int round = 0; round < roundsOfAJvm(); round++) {
      if (round > 0) {
        printBegin(roundsBefore + round);
      }
      for (Map.Entry<String, List<Cost>> each : measured.entrySet()) {
        System.out.printf(
            Locale.ROOT, " %s %.0f", each.getKey(), each.getValue().get(round).nanos());
      }
      System.out.println();
    }
  }

  /** To get warm takes many times as long as a round: a quick run has no time to do it again. */
  private int roundsOfAJvm() {
    return full ? 1 : rounds;
  }

  private String pinnedTo() {
    return cpu.equals(serverCpu) ? cpu : cpu + " and " + serverCpu;
  }

  private Map<String, String> environment() throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("mode", full ? "full" : "quick");
    environment.put("rounds", Integer.toString(rounds));
    environment.put("cpu", field(Path.of("/proc/cpuinfo"), "model name"));
    environment.put("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
    environment.put("pinnedTo", pinnedTo());
    environment.put("kernel", System.getProperty("os.version"));
    environment.put("jdk", Runtime.version().toString());
    environment.put("vendor", System.getProperty("java.vendor"));
    return environment;
  }

  private static Origin origin() {
    return new Origin(
        LocalDate.now(ZoneId.systemDefault()).toString(),
        System.getenv().getOrDefault("BENCHMARK_REVISION", "unknown"),
        System.getenv().getOrDefault("BENCHMARK_LOAD", "unknown"));
  }

  private static String fileName(String date, Map<String, String> environment) {
    String cpuName = environment.get("cpu").toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    boolean full = environment.get("mode").equals("full");
    int rounds = Integer.parseInt(environment.get("rounds"));
    return "%s-%s-jdk%d%s%s.json"
        .formatted(
            date,
            cpuName,
            Runtime.version().feature(),
            full ? "" : "-quick",
            rounds == (full ? FULL_ROUNDS : QUICK_ROUNDS) ? "" : "-" + rounds + "-rounds");
  }

  /** The value of a "name : value" line. */
  private static String field(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse("unknown");
  }
}
