package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.Failures;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Makes HTTP exchanges through a {@link Face}, as it is told line by line, and answers each with
 * one line as {@link ProbeMain} does. What it tells of a failure is what {@link Failures#find}
 * finds in it, and its own type.
 *
 * <pre>
 * face NAME CLASS TRANSPORT CONNECT_MS USER_TIMEOUT_MS LIMIT_MS FAST_OPEN   in the place of the one before
 * exchange NAME URL BODY_BYTES|-1
 * together NAME URL BODY_BYTES NAME URL BODY_BYTES ...   at once; answers with a line for each
 * fastopen NAME HOST PORT      what became of Fast Open on each idle connection
 * end NAME
 * sockets
 * exhaust                      opens files until no descriptor is left  |  relax
 * </pre>
 */
public final class FaceMain {
  private record Open(ConnectionManager manager, Face face) {
    void close() {
      face.close();
      manager.close();
    }
  }

  /** Far more than any limit of a face. */
  private static final int LIMIT_SECONDS = 20;

  private final Map<String, Open> faces = new TreeMap<>();
  private final Hoard hoard = new Hoard();

  private FaceMain() {}

  public static void main(String[] args) throws Exception {
    FaceMain main = new FaceMain();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("together")) {
        main.together(words).forEach(System.out::println);
      } else {
        System.out.println(main.answer(words));
      }
    }
    System.exit(0);
  }

  private String answer(String... words) {
    long start = System.nanoTime();
    String told;
    try {
      told = "ok\t" + run(words);
    } catch (IOException | ReflectiveOperationException | RuntimeException failed) {
      told = "failed\t" + describe(failed);
    }
    return told + "\twallMs=" + (System.nanoTime() - start) / 1_000_000;
  }

  private static String describe(Exception failed) {
    Throwable found = Failures.find(failed).map(Throwable.class::cast).orElse(failed);
    return ProbeMain.describe(found) + "\tthrown=" + failed.getClass().getSimpleName();
  }

  private List<String> together(String[] words) throws Exception {
    List<FutureTask<String>> tasks = new ArrayList<>();
    for (int i = 1; i < words.length; i += 3) {
      int at = i;
      tasks.add(
          new FutureTask<>(() -> answer("exchange", words[at], words[at + 1], words[at + 2])));
    }
    for (FutureTask<String> each : tasks) {
      Thread thread = new Thread(each);
      thread.setDaemon(true);
      thread.start();
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    List<String> answers = new ArrayList<>();
    for (FutureTask<String> each : tasks) {
      try {
        answers.add(each.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS));
      } catch (TimeoutException hangs) {
        answers.add("failed\ttype=TimeoutException\tkind=\twallMs=" + 1_000 * LIMIT_SECONDS);
      }
    }
    return answers;
  }

  private String run(String[] words) throws IOException, ReflectiveOperationException {
    switch (words[0]) {
      case "face" -> {
        end(words[1]);
        faces.put(words[1], open(words));
      }
      case "exchange" -> {
        Face face = faces.get(words[1]).face();
        return "port=" + face.exchange(URI.create(words[2]), Integer.parseInt(words[3]));
      }
      case "fastopen" -> {
        return fastOpen(Endpoint.tcp(words[2], Integer.parseInt(words[3])), words[1]);
      }
      case "end" -> end(words[1]);
      case "sockets" -> {
        return "count=" + ProbeMain.openSockets();
      }
      case "exhaust" -> hoard.exhaust();
      case "relax" -> hoard.relax();
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "done=true";
  }

  private void end(String name) {
    Open before = faces.remove(name);
    if (before != null) {
      before.close();
    }
  }

  private static Open open(String[] words) throws ReflectiveOperationException {
    int limitMillis = Integer.parseInt(words[6]);
    Duration limit = Duration.ofMillis(limitMillis);
    ConnectionManager manager =
        ConnectionManager.builder()
            .transport(TransportMode.valueOf(words[3]))
            .connect(
                c ->
                    c.timeout(Duration.ofMillis(Long.parseLong(words[4])))
                        .fastOpen(FastOpen.valueOf(words[7])))
            .socket(
                s ->
                    s.userTimeout(Duration.ofMillis(Long.parseLong(words[5])))
                        .readTimeout(limit)
                        .writeTimeout(limit))
            .tls(t -> t.timeout(limit))
            .build();
    Face face =
        Class.forName(words[2])
            .asSubclass(Face.class)
            .getDeclaredConstructor(ConnectionManager.class, int.class)
            .newInstance(manager, limitMillis);
    return new Open(manager, face);
  }

  private String fastOpen(Endpoint endpoint, String name) {
    return "outcomes="
        + faces
            .get(name)
            .manager()
            .snapshot()
            .endpoint(endpoint)
            .orElseThrow()
            .connections()
            .stream()
            .map(ConnectionSnapshot::tcpInfo)
            .map(info -> info.map(TcpInfo::fastOpen).map(Object::toString).orElse("none"))
            .collect(Collectors.joining(","));
  }
}
