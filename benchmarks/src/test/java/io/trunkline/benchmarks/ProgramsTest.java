package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The C programs beside the benchmarks, as a run builds and starts them. */
@Timeout(60)
class ProgramsTest {
  @TempDir Path directory;

  private void build() throws Exception {
    assumeTrue(
        Nginx.program().isPresent(), "nginx is not installed (Debian: apt-get install nginx)");
    assumeTrue(isThere("make") && isThere("cc"), "needs make and a C compiler");
    Programs.output("make", "-s", "-C", "src/main/c", "OUT=" + directory);
  }

  @Test
  void whatIsMeasuredInTurnsIsToldByRound() throws Exception {
    build();
    Scenario scenario =
        Scenario.of(TransportPingPong.class, "64B-wait", "client", "jni-streams", "c-client")
            .with("messageBytes", 64)
            .with("answer", "wait")
            .build();
    System.setProperty("jmh.ignoreLock", "true"); // other tests may run JMH as well

    try (Programs programs = new Programs(directory, "0", "0", RoundTrips.of(Map.of()))) {
      Map<String, List<Cost>> costs =
          new Rounds(scenario, false, 2, programs).measure(scenario.subjects());

      assertThat(costs.keySet()).containsExactly("jni-streams", "c-client");
      assertThat(costs.values())
          .allSatisfy(
              rounds ->
                  assertThat(rounds)
                      .hasSize(2)
                      .allSatisfy(
                          cost -> {
                            assertThat(cost.nanos()).isBetween(10.0, 1e9);
                            assertThat(cost.waits()).isBetween(0.1, 2.0);
                          }));
    }
  }

  @Test
  void eachFloorIsMeasuredAndNothingIsLeft() throws Exception {
    build();
    List<ProcessHandle> before = ProcessHandle.current().descendants().toList();

    try (Programs programs = new Programs(directory, "0", "0", RoundTrips.of(Map.of()))) {
      for (Cost cost :
          List.of(
              programs.runC("pingpong_client", String.valueOf(Server.WAIT), "64", "0.1"),
              programs.runC("look_client", "0.1"),
              programs.runC("connect_client", "bare", "0.1"),
              programs.runC("connect_client", "options", "0.1"),
              programs.runC("connect_client", "exchange", "0.1"))) {
        assertThat(cost.nanos()).isBetween(10.0, 1e9);
        assertThat(cost.cpuNanos()).isBetween(10.0, 1e9);
      }
      programs.close(); // as the end of a run from outside does before
    }
    assertThat(ProcessHandle.current().descendants().filter(each -> !before.contains(each)))
        .isEmpty();
  }

  @Test
  void usageIsToldWithTheExitCodeOfTheShell() throws Exception {
    assertThat(Programs.output("sh", "run.sh", "--help")).contains("BENCHMARK_SERVER_CPU");
    Process wrong =
        new ProcessBuilder("sh", "run.sh", "full", "NoSuchSuite").redirectErrorStream(true).start();
    assertThat(new String(wrong.getInputStream().readAllBytes()))
        .startsWith("run.sh: no suite \"NoSuchSuite\"");
    assertThat(wrong.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.exitValue()).isEqualTo(2);
    String suites = Programs.output("sh", "run.sh", "--help");
    assertThat(Suites.NAMES).allSatisfy(suite -> assertThat(suites).contains(suite));
    List<String> left = new ArrayList<>(Suites.NAMES);
    left.removeAll(Suites.QUICK);
    String without = String.join(", ", left).replaceFirst(", ([^,]*)$", " and $1");
    assertThat(suites).contains("for a quick run without " + without + ".");
  }

  @Test
  void whatACommandFailsOfIsTold() {
    assertThatThrownBy(() -> Programs.output("sh", "-c", "echo why; exit 3"))
        .isInstanceOf(IOException.class)
        .hasMessage("sh -c echo why; exit 3 failed: why\n");
  }

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(each -> Path.of(each, program).toFile().canExecute());
  }
}
