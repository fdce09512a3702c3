package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** round-trip.sh, and that nothing of it outlives its user. */
@Timeout(60)
class RoundTripTest {
  private static final int NOT_POSSIBLE = 77;
  private static final String SCRIPT = Path.of("round-trip.sh").toAbsolutePath().toString();
  private static final Path PROGRAMS = Path.of("target", "c").toAbsolutePath();

  /** Why there can be no round trip here, if there can be none. */
  private static Optional<String> refusal = Optional.empty();

  private Process started;

  @BeforeAll
  static void tryOut() throws Exception {
    Process trial = start(List.of(SCRIPT, "1", "true"));
    String said = output(trial);
    assertThat(trial.waitFor(30, TimeUnit.SECONDS)).isTrue();
    if (trial.exitValue() == NOT_POSSIBLE) {
      refusal = Optional.of(said);
    } else {
      assertThat(trial.exitValue()).as(said).isZero();
    }
  }

  @AfterEach
  void end() {
    if (started != null) {
      started.destroyForcibly();
    }
  }

  private static void assumePossible() {
    assumeTrue(refusal.isEmpty(), () -> refusal.orElseThrow());
  }

  private static Process start(List<String> command) throws IOException {
    return process(command).start();
  }

  private static ProcessBuilder process(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("BENCHMARK_PROGRAMS", PROGRAMS.toString());
    return builder;
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private int exitCode(String... command) throws Exception {
    started = start(List.of(command));
    output(started);
    assertThat(started.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return started.exitValue();
  }

  @Test
  void aConnectTakesARoundTrip() throws Exception {
    assumePossible();
    started =
        start(
            List.of(
                SCRIPT,
                "1,40",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ConnectMain.class.getName(),
                PROGRAMS.resolve("echo_server").toString()));

    List<String> lines = output(started).lines().toList();

    assertThat(lines).as("one line for each round trip").hasSize(2);
    assertThat(micros(lines.get(0))).as("1 ms").isBetween(1_000L, 30_000L);
    assertThat(micros(lines.get(1))).as("40 ms").isBetween(40_000L, 75_000L);
  }

  private static long micros(String line) {
    return Long.parseLong(line.substring(line.indexOf(' ') + 1));
  }

  @Test
  void theExitCodeIsThatOfTheCommand() throws Exception {
    assumePossible();
    assertThat(exitCode(SCRIPT, "1", "sh", "-c", "exit 5")).isEqualTo(5);
  }

  @Test
  void theCommandReadsTheInput() throws Exception {
    assumePossible();
    started = start(List.of(SCRIPT, "1", "cat"));
    started.getOutputStream().write("words".getBytes(StandardCharsets.UTF_8));
    started.getOutputStream().close();

    assertThat(output(started)).isEqualTo("words");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "x true", "1,,2 true", "--for x 1 true", "--for 5"})
  void wrongWordsAreRefused(String words) throws Exception {
    List<String> command = new ArrayList<>(List.of(SCRIPT));
    command.addAll(List.of(words.split(" ")));

    assertThat(exitCode(command.toArray(String[]::new))).isEqualTo(2);
  }

  @Test
  void anybodyButRootIsRefusedPolitely() throws Exception {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      assumePossible();
      command.addAll(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
    }
    // The script and the working directory may lie where others cannot look.
    command.addAll(List.of("sh", "-s", "--", "1", "true"));
    started = process(command).directory(new File("/")).start();
    started.getOutputStream().write(Files.readAllBytes(Path.of(SCRIPT)));
    started.getOutputStream().close();

    assertThat(output(started)).contains("only root can make network namespaces");
    assertThat(started.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(started.exitValue()).isEqualTo(NOT_POSSIBLE);
  }

  @Test
  void itEndsAfterItsTime() throws Exception {
    assumePossible();
    assertThat(exitCode(SCRIPT, "--for", "1", "1", "sleep", "60")).isEqualTo(124);
  }

  /** However it ends. */
  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP", "KILL"})
  void nothingIsLeftBehind(String signal) throws Exception {
    assumePossible();
    started = start(List.of(SCRIPT, "1", "sh", "-c", "echo $ROUND_TRIP_PEER $$; exec sleep 60"));
    String[] pids =
        new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8))
            .readLine()
            .split(" ");
    List<ProcessHandle> all = new ArrayList<>(started.descendants().toList());
    assertThat(all)
        .extracting(ProcessHandle::pid)
        .contains(Long.valueOf(pids[0]), Long.valueOf(pids[1]));

    new ProcessBuilder("kill", "-s", signal, Long.toString(started.pid())).start().waitFor();

    assertThat(started.waitFor(15, TimeUnit.SECONDS)).isTrue();
    for (ProcessHandle each : all) {
      assertThat(hasEnded(each)).as("%s %s", each.pid(), each.info()).isTrue();
    }
  }

  /** A process whose parent died may stay a zombie where nobody inherits it. */
  private static boolean hasEnded(ProcessHandle process) throws Exception {
    Path status = Path.of("/proc", Long.toString(process.pid()), "stat");
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (process.isAlive() && System.nanoTime() - giveUp < 0) {
      try {
        if (Files.readString(status).contains(") Z ")) {
          return true;
        }
      } catch (IOException gone) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return !process.isAlive();
  }

  @Test
  void theEnvironmentTellsOfTheRoundTrips() {
    RoundTrips trips =
        RoundTrips.of(
            Map.of("ROUND_TRIPS", "1=198.18.1.2 20=198.18.2.2", "ROUND_TRIP_PEER", "4711"));

    assertThat(trips.addresses()).isEqualTo(Map.of(1, "198.18.1.2", 20, "198.18.2.2"));
    assertThat(trips.enterPeer()).containsExactly("nsenter", "--net", "--target", "4711");
    assertThat(RoundTrips.of(Map.of()).addresses()).isEmpty();
  }
}
