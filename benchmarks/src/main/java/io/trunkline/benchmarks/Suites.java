package io.trunkline.benchmarks;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What is measured, suite by suite; of each, a quick run has the cases that matter most. */
final class Suites {
  static final List<String> NAMES =
      Stream.of(
              PooledVsNewConnection.class,
              TransportPingPong.class,
              ConnectClose.class,
              FastOpen.class,
              AcquireRelease.class,
              HttpClients.class,
              VirtualThreads.class,
              Overheads.class,
              LivenessCheck.class,
              Growth.class)
          .map(Class::getSimpleName)
          .toList();

  /** What a quick run consists of, if it is not told. */
  static final List<String> QUICK =
      Stream.of(
              PooledVsNewConnection.class,
              TransportPingPong.class,
              ConnectClose.class,
              AcquireRelease.class,
              HttpClients.class,
              VirtualThreads.class,
              Growth.class)
          .map(Class::getSimpleName)
          .toList();

  private final boolean full;
  private final List<Scenario> scenarios = new ArrayList<>();

  private Suites(boolean full) {
    this.full = full;
  }

  /**
   * @param wanted a suite, or some of its cases: {@code HttpClients.http-get-*}
   */
  static List<Scenario> chosen(String wanted, boolean full) {
    int dot = wanted.indexOf('.');
    if (dot < 0) {
      return of(wanted, full);
    }
    List<Scenario> all = of(wanted.substring(0, dot), full);
    PathMatcher pattern =
        FileSystems.getDefault().getPathMatcher("glob:" + wanted.substring(dot + 1));
    List<Scenario> chosen =
        all.stream().filter(each -> pattern.matches(Path.of(each.name()))).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "no case \"" + wanted + "\"; there are " + all.stream().map(Scenario::name).toList());
    }
    return chosen;
  }

  static List<Scenario> of(String suite, boolean full) {
    Suites suites = new Suites(full);
    switch (suite) {
      case "PooledVsNewConnection" -> suites.pooledVsNewConnection();
      case "TransportPingPong" -> suites.pingPong();
      case "ConnectClose" -> suites.connectClose();
      case "FastOpen" -> suites.fastOpen();
      case "AcquireRelease" -> suites.acquireRelease();
      case "HttpClients" -> suites.httpClients();
      case "VirtualThreads" -> suites.virtualThreads();
      case "Overheads" -> suites.overheads();
      case "LivenessCheck" -> suites.livenessCheck();
      case "Growth" -> suites.growth();
      default ->
          throw new IllegalArgumentException(
              "no suite \"" + suite + "\"; there are " + String.join(", ", NAMES));
    }
    return List.copyOf(suites.scenarios);
  }

  private void add(Scenario.Builder scenario) {
    scenarios.add(scenario.build());
  }

  private static String place(int roundTripMillis) {
    return roundTripMillis == 0 ? "loopback" : roundTripMillis + "ms";
  }

  // ---- over the wire ----

  private void pooledVsNewConnection() {
    for (int millis : full ? new int[] {0, 1, 20, 80} : new int[] {0, 20}) {
      for (String protocol : List.of("tcp", "http", "https")) {
        if (full || protocol.equals(millis == 0 ? "tcp" : "https")) {
          pooledVsNewConnection(protocol, millis);
        }
      }
    }
  }

  private void pooledVsNewConnection(String protocol, int millis) {
    List<String> clients = new ArrayList<>(List.of("socket", "pooled"));
    if (full) {
      clients.add("dial");
    }
    if (full && !protocol.equals("tcp")) {
      clients.addAll(
          List.of("okhttp-new", "okhttp-nodelay-new", "okhttp-trunkline-new", "okhttp-trunkline"));
    }
    if (full && protocol.equals("tcp") && millis == 0) {
      clients.add(Scenario.C_CLIENT);
    }
    Scenario.Builder scenario =
        Scenario.of(
                PooledVsNewConnection.class,
                protocol + "-" + place(millis),
                "client",
                clients.toArray(String[]::new))
            .with("protocol", protocol)
            .over(millis);
    if (millis == 0) {
      double bound = protocol.equals("tcp") ? 4 : protocol.equals("http") ? 2.5 : 20;
      scenario.goal(Goal.ratio("pooled", "socket", bound));
      scenario.goal(Goal.ratio("okhttp-trunkline", "okhttp-new", bound));
      boolean tls = protocol.equals("https");
      if (protocol.equals("tcp")) {
        scenario.goal(Goal.ratio("dial", "socket", 1.3));
      }
      scenario.goal(Goal.ratio("okhttp-trunkline-new", "okhttp-new", tls ? 10 : 1.1));
      if (tls) {
        scenario.goal(Goal.ratio("okhttp-trunkline-new", "okhttp-nodelay-new", 0.97));
      }
    } else if (millis == 20) {
      scenario.goal(Goal.ratio("pooled", "socket", protocol.equals("https") ? 2.9 : 1.95));
    }
    add(scenario);
  }

  private void pingPong() {
    for (int bytes : full ? new int[] {64, 4096, 65536} : new int[] {64}) {
      boolean large = bytes > 8192;
      for (String answer : full ? List.of("ready", "wait") : List.of("wait")) {
        double least = large ? 1.10 : answer.equals("ready") ? 1.05 : 1.18;
        Scenario.Builder scenario =
            full
                ? Scenario.of(
                    TransportPingPong.class,
                    bytes + "B-" + answer,
                    "client",
                    "socket-timeout",
                    "jni-streams",
                    "jni-direct",
                    "socket",
                    "channel",
                    "netty-epoll",
                    Scenario.C_CLIENT)
                : Scenario.of(
                    TransportPingPong.class,
                    bytes + "B-" + answer,
                    "client",
                    "socket-timeout",
                    "jni-streams",
                    Scenario.C_CLIENT);
        add(
            scenario
                .with("messageBytes", bytes)
                .with("answer", answer)
                .goal(Goal.ratio("jni-streams", "socket-timeout", least))
                .goal(Goal.ratio("jni-direct", "socket-timeout", large ? 1.25 : least))
                .goal(Goal.ratio("jni-streams", "socket", 0.98))
                .goal(Goal.ratio("jni-streams", "channel", 0.98))
                .goal(Goal.ratio("jni-direct", "channel", 0.98))
                .goal(Goal.ratio("jni-direct", Scenario.C_CLIENT, large ? 0.95 : 0.97)));
      }
    }
  }

  private void connectClose() {
    Scenario.Builder withOptions =
        full
            ? connects("1B", "socket", "jni", "jni-lease", Scenario.C_CLIENT)
            : connects("1B", "socket", "jni", Scenario.C_CLIENT);
    add(
        withOptions
            .goal(Goal.ratio("jni", "socket", 1.3))
            .goal(Goal.ratio("jni-lease", "socket", 1.3)));
    if (full) {
      add(
          connects("1B-bare", "socket-bare", "jni-bare", Scenario.C_CLIENT)
              .goal(Goal.ratio("jni-bare", "socket-bare", 1.3)));
    }
  }

  private static Scenario.Builder connects(String name, String... clients) {
    return Scenario.of(ConnectClose.class, name, "client", clients);
  }

  private void fastOpen() {
    for (int millis : full ? new int[] {1, 20, 80} : new int[] {20}) {
      for (String protocol : full ? List.of("https", "http") : List.of("https")) {
        Scenario.Builder scenario =
            Scenario.of(FastOpen.class, protocol + "-" + place(millis), "fastOpen", "off", "on")
                .with("protocol", protocol)
                .over(millis);
        if (protocol.equals("https") && millis == 20) {
          scenario.goal(Goal.ratio("on", "off", 1.4));
        }
        add(scenario);
      }
    }
  }

  private void httpClients() {
    for (String protocol : full ? List.of("http", "https") : List.of("http")) {
      for (String method : full ? List.of("get", "post") : List.of("get")) {
        for (int threads : full ? new int[] {1, 16} : new int[] {1}) {
          add(
              Scenario.of(
                      HttpClients.class,
                      protocol + "-" + method + "-" + threads + "-threads",
                      "client",
                      full ? Http.ALL : Http.FEW)
                  .with("protocol", protocol)
                  .with("method", method)
                  .threads(threads)
                  .goal(Goal.ratio("okhttp-trunkline", "okhttp", 1.0))
                  .goal(
                      Goal.ratio(
                          "okhttp-trunkline-native-timeouts",
                          "okhttp",
                          threads == 1 ? 1.15 : 1.0)));
        }
      }
    }
  }

  static final class Http {
    static final String[] FEW = {"okhttp", "okhttp-trunkline", "apache"};

    static final String[] ALL = {
      "okhttp",
      "okhttp-trunkline",
      "okhttp-trunkline-native-timeouts",
      "apache",
      "jdk",
      "jetty",
      "reactor-netty"
    };
  }

  private void virtualThreads() {
    for (int threads : full ? new int[] {1_000, 10_000} : new int[] {1_000}) {
      String name = threads + "-threads";
      Scenario.Builder scenario =
          full
              ? Scenario.of(
                  VirtualThreads.class, name, "client", "socket-timeout", "jni-streams", "socket")
              : Scenario.of(VirtualThreads.class, name, "client", "socket-timeout", "jni-streams");
      add(
          scenario
              .with("threads", threads)
              .goal(Goal.ratio("jni-streams", "socket-timeout", 1.3))
              .goal(Goal.ratio("jni-streams", "socket", 1.0)));
    }
  }

  // ---- the pool ----

  private void acquireRelease() {
    int[] idle = full ? new int[] {8, 1_000, 10_000} : new int[] {8};
    for (int threads : full ? new int[] {1, 2, 8, 64} : new int[] {8}) {
      for (int connections : idle) {
        // Beside 64 threads 8 connections are too few: see "waiters" below.
        int enough = Math.max(connections, threads);
        if (enough == connections || connections == 8) {
          add(peers(threads, enough));
        }
      }
    }
    if (full) {
      add(grows("idle", "idleConnections", 10_000, 1));
      add(
          Scenario.of(AcquireRelease.class, "endpoints", "endpoints", "1", "100", "10000")
              .with("pool", "native")
              .with("idleConnections", 10_000)
              .with("holdMicros", 0)
              .goal(Goal.ratio("10000", "1", 0.8)));
      add(endpointPeers(100));
      add(endpointPeers(10_000));
      add(
          acquireRelease("64-threads-wait-for-8", Peers.THAT_WAIT, 8, 1, 50)
              .threads(64)
              .onAllCpus());
    }
  }

  static final class Peers {
    static final String[] ALL = {
      "apache-strict",
      "apache-lax",
      "reactor-pool",
      "commons-pool2",
      "hikari-bag",
      "stormpot",
      "native",
      "jdk"
    };
    static final String[] FEW = {"apache-strict", "native", "jdk"};

    /** Of stormpot a thread was seen to wait for 20 s while others were served. */
    static final String[] THAT_WAIT = {
      "apache-strict", "apache-lax", "reactor-pool", "commons-pool2", "hikari-bag", "native", "jdk"
    };

    /** A connection is idle for long there, so the JDK's transport would try to read from it. */
    static final String[] WITH_ENDPOINTS = {
      "apache-strict", "apache-lax", "commons-pool2", "native"
    };
  }

  private static Scenario.Builder acquireRelease(
      String name, String[] pools, int connections, int endpoints, int holdMicros) {
    return Scenario.of(AcquireRelease.class, name, "pool", pools)
        .with("idleConnections", connections)
        .with("endpoints", endpoints)
        .with("holdMicros", holdMicros);
  }

  private Scenario.Builder peers(int threads, int connections) {
    Scenario.Builder scenario =
        acquireRelease(
            threads + "-threads-" + connections + "-idle",
            full ? Peers.ALL : Peers.FEW,
            connections,
            1,
            0);
    scenario.threads(threads);
    if (threads > 1) {
      scenario.onAllCpus();
    }
    if (threads == 1 && connections == 8) {
      scenario.goal(Goal.nanos("jdk", 60)).goal(Goal.heapBytes("jdk", 32));
      scenario.goal(Goal.nanos("native", 500));
    }
    if (threads == 8) {
      scenario
          .goal(Goal.ratio("jdk", "apache-strict", 20))
          .goal(Goal.ratio("jdk", "apache-lax", 20))
          .goal(Goal.ratio("jdk", "stormpot", 0.5))
          .goal(Goal.ratio("jdk", "hikari-bag", 0.5));
    }
    return scenario;
  }

  private Scenario.Builder grows(String name, String parameter, int most, int endpoints) {
    String largest = Integer.toString(most);
    return Scenario.of(AcquireRelease.class, name, parameter, "8", largest)
        .with("pool", "jdk")
        .with("endpoints", endpoints)
        .with("holdMicros", 0)
        .goal(Goal.ratio(largest, "8", 0.8));
  }

  private static Scenario.Builder endpointPeers(int endpoints) {
    return acquireRelease(
        "1-threads-" + endpoints + "-endpoints", Peers.WITH_ENDPOINTS, 10_000, endpoints, 0);
  }

  private void overheads() {
    add(
        Scenario.of(
                Overheads.class,
                "lease",
                "with",
                full
                    ? new String[] {
                      "plain",
                      "no-breaker",
                      "listener",
                      "jfr",
                      "micrometer",
                      "micrometer-jfr",
                      "micrometer-jfr-every-lease"
                    }
                    : new String[] {"plain", "micrometer-jfr"})
            .goal(Goal.addedNanos("micrometer-jfr", "plain", 400))
            .goal(Goal.addedNanos("micrometer-jfr-every-lease", "plain", 400)));
  }

  private void livenessCheck() {
    add(
        Scenario.of(
                LivenessCheck.class,
                "idle",
                "client",
                "apache-stale-check",
                "native",
                Scenario.C_CLIENT)
            .goal(Goal.ratio("native", "apache-stale-check", 1_000)));
  }

  private void growth() {
    for (int connections : full ? new int[] {10, 1_000, 10_000} : new int[] {1_000}) {
      for (String spread : full ? List.of("one-endpoint", "endpoints") : List.of("one-endpoint")) {
        boolean one = spread.equals("one-endpoint");
        Scenario.Builder scenario =
            Scenario.of(
                    Growth.class,
                    connections + "-" + (one ? "connections" : "endpoints"),
                    "client",
                    one ? new String[] {"socket", "native", "jdk"} : new String[] {"native", "jdk"})
                .with("connections", connections)
                .with("spread", spread)
                .goal(Goal.wakeUps("native", 0))
                .goal(Goal.wakeUps("jdk", 0));
        if (one && connections >= 1_000) {
          scenario.goal(Goal.heapBytes("native", 1024)).goal(Goal.heapBytes("jdk", 1024));
        }
        add(scenario);
      }
    }
  }
}
