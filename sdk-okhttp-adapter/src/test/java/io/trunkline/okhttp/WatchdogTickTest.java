package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class WatchdogTickTest extends Fixture {
  private static final int CALLS = 300;

  /** Less than what is left of a tick, by which a limit that nobody looks at would come late. */
  private static final long LATE_MILLIS = 100;

  /** The server's own limits are okio's as well, in the same queue. */
  @Test
  void aCallDoesNotWakeTheWatchdog() throws Exception {
    MockWebServer server = server();
    Thread.sleep(3 * WatchdogTick.PERIOD_MILLIS); // one of another test is over then
    long withPlain = 0;
    long withAdapter = Long.MAX_VALUE;
    for (int i = 0; i < 10 && withAdapter >= withPlain / 5; i++) {
      // On a busy machine the watchdog waits for a CPU where it would wait for time to pass.
      withPlain = Math.max(withPlain, wakeUps(plain(each -> each), server));
      withAdapter = Math.min(withAdapter, wakeUps(client(), server));
    }
    assertThat(withAdapter)
        .as("the watchdog's wake-ups in %d calls; with plain OkHttp %d", CALLS, withPlain)
        .isLessThan(withPlain / 5);
  }

  private static long wakeUps(OkHttpClient client, MockWebServer server) throws IOException {
    for (int i = 0; i < CALLS; i++) {
      server.enqueue(answer("x"));
    }
    get(client, server.url("/")); // starts it
    long before = watchdogSwitches();
    for (int i = 1; i < CALLS; i++) {
      get(client, server.url("/"));
    }
    return watchdogSwitches() - before;
  }

  private static long watchdogSwitches() throws IOException {
    Path tasks = Path.of("/proc/self/task");
    Assumptions.assumeTrue(Files.exists(tasks), "no /proc/self/task to see threads in");
    try (Stream<Path> all = Files.list(tasks)) {
      for (Path each : all.toList()) {
        List<String> status = Files.readAllLines(each.resolve("status"));
        if (status.contains("Name:\tOkio Watchdog")) {
          return status.stream()
              .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
              .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
              .sum();
        }
      }
    }
    throw new AssertionError("no thread of the name \"Okio Watchdog\"");
  }

  @Test
  void limitsAreKeptBehindIt() throws Exception {
    ServerSocket silent = silent();
    for (int millis : new int[] {100, 350, 600}) { // before, within and after the second tick
      OkHttpClient client =
          client(each -> each, each -> each, each -> each.readTimeout(Duration.ofMillis(millis)));
      long shortest = Long.MAX_VALUE;
      for (int i = 0; i < 5 && shortest > millis + LATE_MILLIS; i++) {
        long elapsed = millisToFail(client, silent);
        assertThat(elapsed).isGreaterThanOrEqualTo(millis);
        shortest = Math.min(shortest, elapsed);
      }
      assertThat(shortest).isLessThanOrEqualTo(millis + LATE_MILLIS);
    }
  }

  private static long millisToFail(OkHttpClient client, ServerSocket silent) {
    long start = System.nanoTime();
    IOException failure =
        failureOf(() -> get(client, "http://localhost:" + silent.getLocalPort() + "/"));
    long elapsedMillis = (System.nanoTime() - start) / 1_000_000;
    assertThat(failure).isInstanceOf(SocketTimeoutException.class);
    assertThat(found(failure).kind()).isEqualTo(FailureKind.READ_TIMED_OUT);
    return elapsedMillis;
  }

  @Test
  void withoutCallsItStops() throws Exception {
    MockWebServer server = server();
    OkHttpClient client = client();
    for (int i = 0; i < 2; i++) {
      server.enqueue(answer("x"));
      assertThat(ticksIn(client, server)).isTrue();
      eventually("it has stopped", () -> !adapter.adapter().watchdog().isTicking());
    }
  }

  /** Asked in the call, for a slow machine may take longer for it than it ticks. */
  private boolean ticksIn(OkHttpClient client, MockWebServer server) throws IOException {
    AtomicBoolean isTicking = new AtomicBoolean();
    OkHttpClient asking =
        client
            .newBuilder()
            .addInterceptor(
                chain -> {
                  isTicking.set(adapter.adapter().watchdog().isTicking());
                  return chain.proceed(chain.request());
                })
            .build();
    get(asking, server.url("/"));
    return isTicking.get();
  }

  /** The limit of a call is entered in the same queue. */
  @Test
  void withTheLimitOfACallItBegins() throws Exception {
    MockWebServer server = server(each -> each.setProtocols(List.of(Protocol.HTTP_1_1)));
    server.enqueue(answer("x"));
    OkHttpClient client =
        client(
            each -> each,
            each -> each.nativeTimeouts(true),
            each -> each.protocols(List.of(Protocol.HTTP_1_1)).callTimeout(Duration.ofSeconds(20)));
    assertThat(ticksIn(client, server)).isTrue();
  }

  /** There is nothing to keep it from, and nobody would want it. */
  @Test
  void withoutLimitsOfOkHttpItDoesNotBegin() throws Exception {
    MockWebServer server = server();
    server.enqueue(answer("x"));
    OkHttpClient client =
        client(
            each -> each,
            each -> each,
            each -> each.readTimeout(Duration.ZERO).writeTimeout(Duration.ZERO));
    get(client, server.url("/"));
    assertThat(adapter.adapter().watchdog().isTicking()).isFalse();
  }
}
