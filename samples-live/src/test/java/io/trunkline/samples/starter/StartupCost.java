package io.trunkline.samples.starter;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;

/**
 * What the starter adds to the start of an application with a web server, the actuator and a
 * RestClient: the same one is started with it and without it on the class path, in turns, each in a
 * process of its own.
 */
final class StartupCost {
  /** What an application without the starter does not have either. */
  private static final Pattern BROUGHT_BY_THE_STARTER =
      Pattern.compile("trunkline|sdk-core|sdk-okhttp|sdk-spring|okhttp|okio|kotlin|resilience4j");

  private static final String READY = "ready after ";

  private StartupCost() {}

  /**
   * One start, until the application is ready.
   *
   * @param wallMillis since the process began
   * @param cpuMillis that all its threads used; says more than the wall where others keep the
   *     machine busy
   */
  record Start(long wallMillis, long cpuMillis, int classes) {}

  /** Starts of the two kinds, in turns. */
  record Starts(List<Start> with, List<Start> without) {
    /** The difference of the medians. */
    long cost(ToLongFunction<Start> figure) {
      return median(with, figure) - median(without, figure);
    }

    static long median(List<Start> starts, ToLongFunction<Start> figure) {
      long[] sorted = starts.stream().mapToLong(figure).sorted().toArray();
      int middle = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * The smallest of three: of the medians, of the least, and the median of what two starts in
     * turn differ by. A true cost is in each of them; what else the machine does is seldom in all.
     */
    long leastCost(ToLongFunction<Start> figure) {
      long[] inTurn =
          IntStream.range(0, with.size())
              .mapToLong(i -> figure.applyAsLong(with.get(i)) - figure.applyAsLong(without.get(i)))
              .sorted()
              .toArray();
      long ofLeast = least(with, figure) - least(without, figure);
      return Math.min(inTurn[inTurn.length / 2], Math.min(cost(figure), ofLeast));
    }

    static long least(List<Start> starts, ToLongFunction<Start> figure) {
      return starts.stream().mapToLong(figure).min().orElseThrow();
    }

    private String line(String name, ToLongFunction<Start> figure) {
      long leastWith = least(with, figure);
      long leastWithout = least(without, figure);
      return "%-8s %8d %8d %8d %10d %8d %8d"
          .formatted(
              name,
              median(with, figure),
              median(without, figure),
              cost(figure),
              leastWith,
              leastWithout,
              leastWith - leastWithout);
    }

    /** A table of medians, and beside them of the least. */
    @Override
    public String toString() {
      return String.join(
          System.lineSeparator(),
          "of " + with.size() + " each:   medians                      least",
          "             with  without     cost       with  without     cost",
          line("wall ms", Start::wallMillis),
          line("CPU ms", Start::cpuMillis),
          line("classes", Start::classes));
    }
  }

  /** The process that is started. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      SpringApplication.run(PlainApplication.class, args);
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      System.out.println(
          READY
              + ManagementFactory.getRuntimeMXBean().getUptime()
              + " "
              + TimeUnit.NANOSECONDS.toMillis(system.getProcessCpuTime())
              + " "
              + ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
      System.exit(0);
    }
  }

  /** Prints the figures: {@code java -cp … io.trunkline.samples.starter.StartupCost [starts]}. */
  public static void main(String[] args) throws Exception {
    System.out.println(measure(args.length == 0 ? 10 : Integer.parseInt(args[0])));
  }

  static Starts measure(int starts) throws IOException, InterruptedException {
    String with = classPath();
    String without =
        Arrays.stream(with.split(File.pathSeparator))
            .filter(
                entry ->
                    entry.endsWith("test-classes")
                        || !BROUGHT_BY_THE_STARTER.matcher(withoutProject(entry)).find())
            .collect(Collectors.joining(File.pathSeparator));
    start(with); // so that neither begins with a cold page cache
    start(without);
    List<Start> withTimes = new ArrayList<>();
    List<Start> withoutTimes = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      withTimes.add(start(with));
      withoutTimes.add(start(without));
    }
    return new Starts(withTimes, withoutTimes);
  }

  /** The project's own directory may be called trunkline. */
  private static String withoutProject(String entry) {
    String project = Path.of("").toAbsolutePath().getParent().toString();
    return entry.startsWith(project) ? entry.substring(project.length()) : entry;
  }

  private static String classPath() {
    // Surefire starts a JVM with a jar that names the others.
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(entry -> !entry.contains("junit") && !entry.contains("selenium"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Start start(String classPath) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Child.class.getName(),
                "--spring.config.name=none",
                "--server.port=0",
                "--server.address=127.0.0.1")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("the application did not start: " + output);
    }
    String[] figures =
        output
            .lines()
            .filter(line -> line.startsWith(READY))
            .findFirst()
            .orElseThrow(() -> new IOException("no figures in: " + output))
            .substring(READY.length())
            .split(" ");
    return new Start(
        Long.parseLong(figures[0]), Long.parseLong(figures[1]), Integer.parseInt(figures[2]));
  }
}
