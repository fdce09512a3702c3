package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Does what it is told through a connection manager, line by line, and answers each with one line
 * of tab-separated {@code key=value}.
 *
 * <pre>
 * manager TRANSPORT CONNECT_MS SYN_RETRIES USER_TIMEOUT_MS READ_MS LOCAL|-   a new manager
 * acquire NAME HOST PORT TIMEOUT_MS      leases a connection and keeps it under the name
 * write NAME BYTES  |  read NAME  |  release NAME  |  close NAME
 * together HOST PORT HOST PORT ...       acquires them all at once; answers with a line for each
 * snapshot HOST PORT
 * sockets                                how many sockets this process has open
 * </pre>
 */
public final class ProbeMain {
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();
  private ConnectionManager manager;

  private ProbeMain() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    ProbeMain probe = new ProbeMain();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("together")) {
        probe.together(words).forEach(System.out::println);
      } else {
        System.out.println(probe.answer(words));
      }
    }
    System.exit(0);
  }

  private String answer(String[] words) {
    long start = System.nanoTime();
    try {
      return "ok\t" + run(words) + "\twallMs=" + millisSince(start);
    } catch (IOException | RuntimeException failed) {
      return "failed\t" + describe(failed) + "\twallMs=" + millisSince(start);
    }
  }

  /** All at once, each on its own thread; the answers come in the order of the words. */
  private List<String> together(String[] words) throws InterruptedException {
    String[] answers = new String[(words.length - 1) / 2];
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      int at = i;
      String[] acquire = {"acquire", "together" + i, words[2 * i + 1], words[2 * i + 2], "20000"};
      threads.add(new Thread(() -> answers[at] = answer(acquire)));
    }
    threads.forEach(Thread::start);
    for (Thread each : threads) {
      each.join();
    }
    return List.of(answers);
  }

  private static long millisSince(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  private String run(String[] words) throws IOException {
    String name = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "manager" -> renew(words);
      case "acquire" -> {
        return acquire(name, endpoint(words, 2), Integer.parseInt(words[4]));
      }
      case "write" -> leases.get(name).output().write(new byte[Integer.parseInt(words[2])]);
      case "read" -> {
        return "count=" + leases.get(name).input().read(new byte[8192]);
      }
      case "release" -> leases.remove(name).release();
      case "close" -> leases.remove(name).close();
      case "snapshot" -> {
        return snapshot(endpoint(words, 1));
      }
      case "sockets" -> {
        return "count=" + openSockets();
      }
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "done=true";
  }

  private static Endpoint endpoint(String[] words, int at) {
    return Endpoint.tcp(words[at], Integer.parseInt(words[at + 1]));
  }

  private void renew(String[] words) throws IOException {
    if (manager != null) {
      manager.close();
      leases.clear();
    }
    InetAddress local = words[6].equals("-") ? null : InetAddress.getByName(words[6]);
    manager =
        ConnectionManager.builder()
            .transport(TransportMode.valueOf(words[1]))
            .connect(
                c ->
                    c.timeout(millis(words[2]))
                        .synRetries(Integer.parseInt(words[3]))
                        .localAddress(local))
            .socket(s -> s.userTimeout(millis(words[4])).readTimeout(millis(words[5])))
            .build();
  }

  private static Duration millis(String word) {
    return Duration.ofMillis(Long.parseLong(word));
  }

  private String acquire(String name, Endpoint endpoint, int timeoutMillis) throws IOException {
    Lease lease = manager.acquire(endpoint, Duration.ofMillis(timeoutMillis));
    leases.put(name, lease);
    return "reused="
        + lease.isReused()
        + "\taddress="
        + lease.socket().getInetAddress().getHostAddress();
  }

  private String snapshot(Endpoint endpoint) {
    EndpointSnapshot now = manager.snapshot().endpoint(endpoint).orElseThrow();
    return "idle=%d\tactive=%d\tdialling=%d\thandshakes=%d\tfailedDials=%d"
        .formatted(now.idle(), now.active(), now.dialling(), now.handshakes(), now.failedDials());
  }

  static long openSockets() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(ProbeMain::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  static String describe(Throwable thrown) {
    Map<String, Object> facts = new HashMap<>();
    facts.put("type", thrown.getClass().getSimpleName());
    facts.put("message", String.valueOf(thrown.getMessage()).replaceAll("[\\t\\n]", "?"));
    facts.put("cause", Failures.find(thrown.getCause()).map(ProbeMain::brief).orElse(""));
    facts.put(
        "suppressed",
        Stream.of(thrown.getSuppressed())
            .flatMap(each -> Failures.find(each).stream())
            .map(ProbeMain::brief)
            .collect(Collectors.joining(",")));
    if (thrown instanceof ConnectionFailure failure) {
      facts.put("kind", failure.kind());
      facts.put("phase", failure.phase());
      facts.put("errno", Errno.name(failure.errno()));
      facts.put("advice", failure.advice());
      facts.put("syns", failure.unansweredSyns());
      facts.put("elapsedMs", failure.elapsed().toMillis());
      facts.put("sent", failure.requestBytesSent());
      facts.put("address", failure.address().map(a -> a.getAddress().getHostAddress()).orElse(""));
    }
    return facts.entrySet().stream()
        .map(each -> each.getKey() + "=" + each.getValue())
        .collect(Collectors.joining("\t"));
  }

  private static String brief(ConnectionFailure failure) {
    return String.format(
        Locale.ROOT,
        "%s@%s",
        failure.kind(),
        failure.address().map(a -> a.getAddress().getHostAddress()).orElse("-"));
  }
}
