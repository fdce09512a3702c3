package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/**
 * Callers of an endpoint that dies and comes back, line by line. A call is an acquire, one byte
 * echoed, a release.
 *
 * <pre>
 * manager TRANSPORT CONNECT_MS PROBE_MS   a new manager
 * crowd N DEADLINE_MS ENDPOINT            so many callers at once, each one call
 * start N PERIOD_MS DEADLINE_MS ENDPOINT  so many callers, each a call every so often, until stop
 * mark                                    from here on stop looks at calls
 * stop                                    ends them, and tells what became of calls begun since mark
 * </pre>
 */
public final class CrowdMain {
  private ConnectionManager manager;
  private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();
  private final List<Thread> callers = new ArrayList<>();
  private volatile boolean stopped;
  private long markNanos;

  private CrowdMain() {}

  /**
   * One call.
   *
   * @param kind what failed, empty if nothing did
   */
  private record Call(long startNanos, long endNanos, String kind) {
    boolean served() {
      return kind.isEmpty();
    }

    boolean refused() {
      return kind.equals(FailureKind.BREAKER_OPEN.name());
    }
  }

  public static void main(String[] args) throws Exception {
    CrowdMain crowd = new CrowdMain();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println("ok\t" + crowd.run(line.split(" ")));
    }
    System.exit(0);
  }

  private String run(String[] words) throws InterruptedException {
    switch (words[0]) {
      case "manager" -> renew(words);
      case "crowd" -> {
        return crowd(
            Integer.parseInt(words[1]),
            Duration.ofMillis(Long.parseLong(words[2])),
            Endpoint.parse(words[3]));
      }
      case "start" ->
          start(
              Integer.parseInt(words[1]),
              Long.parseLong(words[2]),
              Duration.ofMillis(Long.parseLong(words[3])),
              Endpoint.parse(words[4]));
      case "mark" -> markNanos = System.nanoTime();
      case "stop" -> {
        return stop();
      }
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "done=true";
  }

  private void renew(String[] words) {
    if (manager != null) {
      manager.close();
    }
    Duration probe = Duration.ofMillis(Long.parseLong(words[3]));
    manager =
        ConnectionManager.builder()
            .transport(TransportMode.valueOf(words[1]))
            .connect(c -> c.timeout(Duration.ofMillis(Long.parseLong(words[2]))))
            .circuitBreaker(b -> b.firstProbeAfter(probe).longestProbeInterval(probe))
            .build();
  }

  private String crowd(int size, Duration deadline, Endpoint endpoint) throws InterruptedException {
    ConcurrentLinkedQueue<Call> made = new ConcurrentLinkedQueue<>();
    CountDownLatch gate = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      threads.add(
          new Thread(
              () -> {
                try {
                  gate.await();
                  made.add(call(deadline, endpoint));
                } catch (InterruptedException impossible) {
                  throw new IllegalStateException(impossible);
                }
              }));
    }
    threads.forEach(Thread::start);
    gate.countDown();
    for (Thread each : threads) {
      each.join();
    }
    return tell(List.copyOf(made));
  }

  private Call call(Duration deadline, Endpoint endpoint) {
    long start = System.nanoTime();
    String kind = "";
    try (var lease = manager.acquire(endpoint, deadline)) {
      lease.output().write('?');
      if (lease.input().read() == '?') {
        lease.release();
      } else {
        kind = "NO_ECHO";
      }
    } catch (IOException | RuntimeException failed) {
      kind = Failures.find(failed).map(each -> each.kind().name()).orElse(failed.toString());
    }
    return new Call(start, System.nanoTime(), kind);
  }

  private static String tell(List<Call> made) {
    Map<String, Long> kinds =
        made.stream()
            .filter(each -> !each.served())
            .collect(Collectors.groupingBy(Call::kind, TreeMap::new, Collectors.counting()));
    long slowest = made.stream().mapToLong(each -> each.endNanos - each.startNanos).max().orElse(0);
    return String.join(
        "\t",
        "calls=" + made.size(),
        "served=" + made.stream().filter(Call::served).count(),
        "refused=" + made.stream().filter(Call::refused).count(),
        "kinds=" + kinds,
        "slowestMs=" + slowest / 1_000_000);
  }

  private void start(int count, long periodMillis, Duration deadline, Endpoint endpoint) {
    stopped = false;
    calls.clear();
    markNanos = System.nanoTime();
    for (int i = 0; i < count; i++) {
      Thread caller =
          new Thread(
              () -> {
                while (!stopped) {
                  calls.add(call(deadline, endpoint));
                  pause(periodMillis);
                }
              });
      callers.add(caller);
      caller.start();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String stop() throws InterruptedException {
    stopped = true;
    for (Thread each : callers) {
      each.join();
    }
    callers.clear();
    List<Call> since = calls.stream().filter(each -> each.startNanos - markNanos >= 0).toList();
    long flows =
        since.stream().filter(Call::served).mapToLong(Call::endNanos).min().orElse(Long.MAX_VALUE);
    long failedLater =
        since.stream().filter(each -> each.startNanos > flows && !each.served()).count();
    return tell(since)
        + "\tflowsAfterMs="
        + (flows == Long.MAX_VALUE ? -1 : (flows - markNanos) / 1_000_000)
        + "\tfailedLater="
        + failedLater;
  }
}
