package io.trunkline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Param;

/** A goal is left out where its subject is not measured, so a slip of the pen would hide it. */
class SuitesTest {
  /** In how many cases; suite, subject, what it is held against, bound. */
  private static final String GOALS =
      """
      1 AcquireRelease 10000 1 0.8
      1 AcquireRelease 10000 8 0.8
      1 AcquireRelease jdk (B of heap) 32.0
      1 AcquireRelease jdk (ns) 60.0
      3 AcquireRelease jdk apache-lax 20.0
      3 AcquireRelease jdk apache-strict 20.0
      3 AcquireRelease jdk hikari-bag 0.5
      3 AcquireRelease jdk stormpot 0.5
      1 AcquireRelease native (ns) 500.0
      1 ConnectClose jni socket 1.3
      1 ConnectClose jni-bare socket-bare 1.3
      1 ConnectClose jni-lease socket 1.3
      1 FastOpen on off 1.4
      2 Growth jdk (B of heap) 1024.0
      6 Growth jdk (own wake-ups/s) 0.0
      2 Growth native (B of heap) 1024.0
      6 Growth native (own wake-ups/s) 0.0
      8 HttpClients okhttp-trunkline okhttp 1.0
      4 HttpClients okhttp-trunkline-native-timeouts okhttp 1.0
      4 HttpClients okhttp-trunkline-native-timeouts okhttp 1.15
      1 LivenessCheck native apache-stale-check 1000.0
      1 Overheads micrometer-jfr plain (ns more) 400.0
      1 Overheads micrometer-jfr-every-lease plain (ns more) 400.0
      1 PooledVsNewConnection dial socket 1.3
      1 PooledVsNewConnection okhttp-trunkline okhttp-new 2.5
      1 PooledVsNewConnection okhttp-trunkline okhttp-new 20.0
      1 PooledVsNewConnection okhttp-trunkline-new okhttp-new 1.1
      1 PooledVsNewConnection okhttp-trunkline-new okhttp-new 10.0
      1 PooledVsNewConnection okhttp-trunkline-new okhttp-nodelay-new 0.97
      2 PooledVsNewConnection pooled socket 1.95
      1 PooledVsNewConnection pooled socket 2.5
      1 PooledVsNewConnection pooled socket 2.9
      1 PooledVsNewConnection pooled socket 20.0
      1 PooledVsNewConnection pooled socket 4.0
      2 TransportPingPong jni-direct c-client 0.95
      4 TransportPingPong jni-direct c-client 0.97
      6 TransportPingPong jni-direct channel 0.98
      2 TransportPingPong jni-direct socket-timeout 1.05
      2 TransportPingPong jni-direct socket-timeout 1.18
      2 TransportPingPong jni-direct socket-timeout 1.25
      6 TransportPingPong jni-streams channel 0.98
      6 TransportPingPong jni-streams socket 0.98
      2 TransportPingPong jni-streams socket-timeout 1.05
      2 TransportPingPong jni-streams socket-timeout 1.1
      2 TransportPingPong jni-streams socket-timeout 1.18
      2 VirtualThreads jni-streams socket 1.0
      2 VirtualThreads jni-streams socket-timeout 1.3
      """;

  @Test
  void aFullRunHasTheseGoals() {
    Map<String, Integer> goals = new TreeMap<>();
    Suites.NAMES.stream()
        .flatMap(suite -> Suites.of(suite, true).stream())
        .forEach(
            scenario ->
                scenario.goals().forEach(goal -> goals.merge(of(scenario, goal), 1, Integer::sum)));

    assertThat(goals.entrySet().stream().map(each -> each.getValue() + " " + each.getKey()))
        .containsExactlyElementsOf(GOALS.lines().toList());
  }

  private static String of(Scenario scenario, Goal goal) {
    return "%s %s %s %s".formatted(scenario.suite(), goal.subject(), goal.against(), goal.bound());
  }

  @Test
  void aQuickRunTakesLessThanFiveMinutes() {
    assertThat(Suites.NAMES).containsAll(Suites.QUICK);
    long millis =
        Suites.QUICK.stream()
            .flatMap(suite -> Suites.of(suite, false).stream())
            .mapToLong(
                scenario -> {
                  Rounds rounds = new Rounds(scenario, false, Compare.QUICK_ROUNDS, null);
                  return scenario.subjects().stream().mapToLong(rounds::millisOf).sum();
                })
            .sum();

    assertThat(Duration.ofMillis(millis)).isLessThan(Duration.ofSeconds(270));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyParameterIsOneOfItsBenchmark(boolean full) throws ReflectiveOperationException {
    for (String suite : Suites.NAMES) {
      for (Scenario scenario : Suites.of(suite, full)) {
        if (scenario.benchmark() != Growth.class) {
          assertParameters(scenario);
        }
      }
    }
  }

  private static void assertParameters(Scenario scenario) throws ReflectiveOperationException {
    TreeSet<String> given = new TreeSet<>(scenario.parameters().keySet());
    given.add(scenario.subjectParameter());
    TreeSet<String> declared = new TreeSet<>();
    for (Field field : scenario.benchmark().getFields()) {
      if (field.isAnnotationPresent(Param.class)) {
        declared.add(field.getName());
      }
    }
    assertThat(given).as(scenario.suite() + "." + scenario.name()).isEqualTo(declared);
    Class<?> type = scenario.benchmark().getField(scenario.subjectParameter()).getType();
    if (type == String.class) {
      List<String> values =
          Arrays.asList(
              scenario
                  .benchmark()
                  .getField(scenario.subjectParameter())
                  .getAnnotation(Param.class)
                  .value());
      assertThat(Stream.concat(values.stream(), Stream.of(Scenario.C_CLIENT)))
          .containsAll(scenario.subjects());
    }
  }
}
