package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program src/test/c/delay-line.c: how it counts, and that it never outlives its user. */
@NeedsNamespaces
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DelayLineTest {
  private static final int NOBODY_LISTENS = 9;

  private String first;
  private String second;
  private Process started;

  @BeforeEach
  void makeNamespaces() {
    first = Namespaces.add("la");
    second = Namespaces.add("lb");
  }

  @AfterEach
  void removeAll() {
    if (started != null) {
      started.destroyForcibly();
    }
    Namespaces.remove(first);
    Namespaces.remove(second);
  }

  @Test
  void losesWhatItIsTold() {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(2), "--loss", "50")) {
      sendDatagrams(pair, 1_000);
      awaitTaken(pair, 1_000);

      assertThat(there(pair.counts(), "lost")).as(pair.counts()).isBetween(400L, 600L);
    }
  }

  /** Also if all of it comes while the line has no CPU: the kernel's own queue counts nothing. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dropsAndCountsWhatItCannotHold(boolean paused) {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMinutes(1), "--queue", "10")) {
      if (paused) {
        pair.pause();
      }
      sendDatagrams(pair, 50);
      pair.goOn();
      awaitTaken(pair, 50);

      assertThat(there(pair.counts(), "held")).as(pair.counts()).isEqualTo(10);
      assertThat(there(pair.counts(), "overflowed")).as(pair.counts()).isGreaterThanOrEqualTo(40);
    }
  }

  private static void sendDatagrams(DelayedPair pair, int count) {
    String command = "datagrams %d %s %d".formatted(count, Lab.SERVER4, NOBODY_LISTENS);
    Outcome sent = Outcome.parse(pair.inClient(TripMain.class).ask(command));
    assertThat(sent.isOk()).as("%s", sent).isTrue();
  }

  /** The kernel hands packets over at once; the line takes them when it gets a CPU. */
  private static void awaitTaken(DelayedPair pair, int count) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (taken(pair.counts()) < count && System.nanoTime() < giveUp) {
      Thread.onSpinWait();
    }
  }

  private static long taken(String counts) {
    return there(counts, "passed")
        + there(counts, "lost")
        + there(counts, "held")
        + there(counts, "overflowed");
  }

  /** A count of the direction from client to server. */
  private static long there(String counts, String name) {
    Matcher matcher = Pattern.compile("there:.*? " + name + "=(\\d+)").matcher(counts);
    assertThat(matcher.find()).as("%s in %s", name, counts).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "--delay 1000 a", "--delay -1 a b", "--delay 10 --loss 101 a b", "a b"})
  void refusesWrongWords(String words) throws Exception {
    DelayedPair.requireProgram();
    started = start(List.of(), words.isEmpty() ? new String[0] : words.split(" "));

    assertThat(started.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(started.exitValue()).isEqualTo(2);
    assertThat(output()).containsAnyOf("usage: delay-line", "must be 0 to");
  }

  @Test
  void endsWithItsInputAndTakesTheDevicesAlong() throws Exception {
    started = startBetweenNamespaces(List.of());
    assertThat(devices(first)).contains("delay0");

    started.getOutputStream().close();

    assertEndsWithDevices();
    assertThat(started.exitValue()).isZero();
    assertThat(output()).as("the last counts").startsWith("there: passed=");
  }

  @Test
  void endsAfterItsTime() throws Exception {
    started = startBetweenNamespaces(List.of(), "--for", "0.3");

    assertEndsWithDevices();
    assertThat(started.exitValue()).isZero();
  }

  /** A killed parent closes nothing that somebody else holds open. */
  @Test
  void endsWithItsParent() throws Exception {
    started = startBetweenNamespaces(List.of("sh", "-c", "exec 3<&0; \"$@\" <&3 & wait", "parent"));
    ProcessHandle line = started.children().findAny().orElseThrow();

    started.destroyForcibly();

    line.onExit().get(5, TimeUnit.SECONDS);
    assertEndsWithDevices();
  }

  /** To the kernel the parent is a thread (prctl(2), PR_SET_PDEATHSIG). */
  @Test
  void outlivesTheThreadThatStartedIt() throws Exception {
    Thread starter =
        new Thread(
            () -> {
              try {
                started = startBetweenNamespaces(List.of());
              } catch (IOException failed) {
                throw new UncheckedIOException(failed);
              }
            });
    starter.start();
    starter.join();

    assertThat(started.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
    started.getOutputStream().write('\n');
    started.getOutputStream().flush();
    assertThat(started.inputReader().readLine()).startsWith("there: passed=");
  }

  private Process startBetweenNamespaces(List<String> prefix, String... options)
      throws IOException {
    DelayedPair.requireProgram();
    List<String> words = new ArrayList<>(List.of("--delay", "1000"));
    words.addAll(List.of(options));
    words.addAll(List.of(first, second));
    Process line = start(prefix, words.toArray(String[]::new));
    assertThat(line.inputReader().readLine()).isEqualTo("ready");
    return line;
  }

  private static Process start(List<String> prefix, String... words) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(DelayedPair.PROGRAM.toString());
    command.addAll(List.of(words));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private String output() {
    return started.inputReader().lines().collect(Collectors.joining("\n"));
  }

  private void assertEndsWithDevices() throws InterruptedException {
    assertThat(started.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(devices(first)).doesNotContain("delay0");
    assertThat(devices(second)).doesNotContain("delay0");
  }

  private static String devices(String namespace) {
    return Namespaces.run("ip", "-n", namespace, "-o", "link");
  }
}
