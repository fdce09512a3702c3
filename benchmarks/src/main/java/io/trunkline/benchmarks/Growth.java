package io.trunkline.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.benchmarks.Results.Cost;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What connections cost when there are many and nobody uses them: time to open one, memory, and
 * whether anything wakes up. A program and no benchmark of JMH: what is measured is a state.
 */
public final class Growth {
  static final String NATIVE_BYTES = "native B/conn";
  static final String OWN_WAKE_UPS = "own wake-ups/s";
  static final String WAKE_UPS = "wake-ups/s";

  private static final int REHEARSAL = 200;

  private final Clients clients;
  private final int connections;
  private final double idleSeconds;

  Growth(String client, int connections, boolean manyEndpoints, double idleSeconds) {
    this.connections = connections;
    this.idleSeconds = idleSeconds;
    this.clients =
        switch (client) {
          case "native" -> new OfTrunkline(TransportMode.NATIVE, connections, manyEndpoints);
          case "jdk" -> new OfTrunkline(TransportMode.JDK, connections, manyEndpoints);
          case "socket" -> new OfJavaNet();
          default -> throw new IllegalArgumentException("no such client: " + client);
        };
  }

  /** Opens connections, and holds them until closed. */
  private interface Clients extends Closeable {
    /** Opens some and closes them, so that classes are loaded and code is compiled. */
    void rehearse() throws IOException;

    void open(int count) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Called by {@link Compare}: client, connections, "endpoints" or "one-endpoint", seconds. */
  public static void main(String[] arguments) throws Exception {
    Growth growth =
        new Growth(
            arguments[0],
            Integer.parseInt(arguments[1]),
            arguments[2].equals("endpoints"),
            Double.parseDouble(arguments[3]));
    Cost cost = growth.measure();
    System.out.printf(
        Locale.ROOT,
        "%.1f %.1f %.3f %.1f%n",
        cost.nanos(),
        cost.cpuNanos(),
        cost.waits(),
        cost.bytes());
    cost.more().forEach((name, value) -> System.out.printf(Locale.ROOT, "%s=%.2f%n", name, value));
    System.exit(0);
  }

  static Cost parse(String output) {
    String[] lines = output.strip().split("\n", -1);
    String[] figures = lines[0].split(" ", -1);
    Map<String, Double> more = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int equals = lines[i].indexOf('=');
      more.put(lines[i].substring(0, equals), Double.valueOf(lines[i].substring(equals + 1)));
    }
    return new Cost(
        Double.parseDouble(figures[0]),
        Double.parseDouble(figures[1]),
        Double.parseDouble(figures[2]),
        Double.parseDouble(figures[3]),
        more);
  }

  /** All per connection, but for the wake-ups, which are those of a second. */
  Cost measure() throws IOException, InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (clients) {
      clients.rehearse();
      long heapBefore = heapInUse();
      long residentBefore = residentBytes();
      long waitsBefore = wakeUps("");
      long cpuBefore = system.getProcessCpuTime();
      long start = System.nanoTime();
      clients.open(connections);
      double nanos = System.nanoTime() - start;
      double cpuNanos = system.getProcessCpuTime() - cpuBefore;
      double waits = wakeUps("") - waitsBefore;
      double heap = heapInUse() - heapBefore;
      double resident = residentBytes() - residentBefore;

      // Until all is done that opening has begun.
      TimeUnit.NANOSECONDS.sleep((long) (Math.min(idleSeconds, 0.5) * 1e9));
      long ownBefore = wakeUps("trunkline");
      long allBefore = wakeUps("");
      TimeUnit.NANOSECONDS.sleep((long) (idleSeconds * 1e9));
      Map<String, Double> more = new LinkedHashMap<>();
      more.put(NATIVE_BYTES, resident / connections);
      more.put(OWN_WAKE_UPS, (wakeUps("trunkline") - ownBefore) / idleSeconds);
      more.put(WAKE_UPS, (wakeUps("") - allBefore) / idleSeconds);
      return new Cost(
          nanos / connections,
          cpuNanos / connections,
          waits / connections,
          heap / connections,
          more);
    }
  }

  private static long heapInUse() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(20); // for what is released only after it was collected
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** Of a JVM whose heap is touched from the start, so what is added is not the heap. */
  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/self/status");
  }

  /** How often threads with such a name have waited so far. */
  private static long wakeUps(String prefix) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        if (isNamed(task, prefix)) {
          sum += ProcessCost.waitsOf(task);
        }
      }
    }
    return sum;
  }

  private static boolean isNamed(Path task, String prefix) {
    try {
      return Files.readString(task.resolve("comm")).startsWith(prefix);
    } catch (IOException ended) {
      return false; // a thread that ended meanwhile
    }
  }

  /** Idle in the pool of a manager. */
  private static final class OfTrunkline implements Clients {
    private final ConnectionManager manager;
    private final boolean manyEndpoints;
    private final List<Lease> leases;

    OfTrunkline(TransportMode transport, int connections, boolean manyEndpoints) {
      this.manyEndpoints = manyEndpoints;
      this.leases = new ArrayList<>(connections);
      manager =
          ManyEndpoints.manager(transport, manyEndpoints ? 1 : connections, connections).build();
    }

    @Override
    public void rehearse() throws IOException {
      for (int i = 0; i < REHEARSAL; i++) {
        open(ManyEndpoints.endpoint(0)).close(); // not released, so it is closed
      }
    }

    @Override
    public void open(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        leases.add(open(ManyEndpoints.endpoint(manyEndpoints ? i : 0)));
      }
      for (Lease lease : leases) {
        lease.release();
        lease.close();
      }
      leases.clear();
    }

    private Lease open(Endpoint endpoint) throws IOException {
      Lease lease = manager.acquire(endpoint);
      lease.output().write(Server.PLAIN);
      return lease;
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** Sockets in a list: the least that it can cost in Java. */
  private static final class OfJavaNet implements Clients {
    private final List<Socket> sockets = new ArrayList<>();

    @Override
    public void rehearse() throws IOException {
      for (int i = 0; i < REHEARSAL; i++) {
        open().close();
      }
    }

    @Override
    public void open(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        sockets.add(open());
      }
    }

    private static Socket open() throws IOException {
      Socket socket = new Socket(Server.host(), Server.port());
      socket.getOutputStream().write(Server.PLAIN);
      return socket;
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
