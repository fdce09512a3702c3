package io.trunkline.limits;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import io.trunkline.testing.Descriptors;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

/** Managers at their limits. Arguments: what, transport, port of a {@link ManyServer}, how many. */
final class LimitsMain {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int THREADS = 16;
  private static final int AT_ONCE = 32;
  private static final int LEASES = 30_000;

  private final TransportMode transport;
  private final int port;
  private final int count;

  private LimitsMain(TransportMode transport, int port, int count) {
    this.transport = transport;
    this.port = port;
    this.count = count;
  }

  public static void main(String[] arguments) throws Exception {
    TransportMode transport = TransportMode.valueOf(arguments[1]);
    int port = Integer.parseInt(arguments[2]);
    int count = Integer.parseInt(arguments[3]);
    LimitsMain limits = new LimitsMain(transport, port, count);
    limits.warmUp();
    switch (arguments[0]) {
      case "connections" -> limits.connections();
      case "endpoints" -> limits.endpoints();
      default -> new ManyWaiters(limits.manager(b -> b), limits.endpoint(0), count).run();
    }
    Await.until(
        "no descriptor is left",
        Duration.ofSeconds(20),
        () -> Descriptors.open() <= 1); // the JDK keeps one for itself
    System.out.println("limits ended");
    System.exit(0);
  }

  // ---- what all need ----

  ConnectionManager manager(UnaryOperator<ConnectionManager.Builder> change) {
    ConnectionManager.Builder builder =
        ConnectionManager.builder()
            .transport(transport)
            .resolver(
                endpoint -> {
                  int number = Integer.parseInt(endpoint.host().split("\\.")[1]);
                  return List.of(
                      new InetSocketAddress(
                          ManyServer.address(number % ManyServer.ADDRESSES), endpoint.port()));
                })
            .pool(
                p ->
                    p.maxPerEndpoint((count + ManyServer.ADDRESSES - 1) / ManyServer.ADDRESSES)
                        .maxTotal(count)
                        .maxPending(count)
                        .idleTimeout(Duration.ofMinutes(5))
                        .acquireTimeout(PATIENCE));
    return change.apply(builder).build();
  }

  Endpoint endpoint(int number) {
    return Endpoint.tcp("e." + number, port);
  }

  static void exchange(Lease lease) throws IOException {
    lease.output().write('?');
    if (lease.input().read() != '?') {
      throw new IOException("not the byte that was sent");
    }
  }

  /** Classes, threads and code, so that they are in what is there before. */
  private void warmUp() throws Exception {
    try (ConnectionManager manager = manager(b -> b)) {
      perLease(manager, 10);
      inParallel(100, number -> manager.acquire(endpoint(number % 10)).release());
    }
  }

  private interface Step {
    void run(int number) throws Exception;
  }

  private static void inParallel(int count, Step step) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int first = i;
        all.add(
            threads.submit(
                () -> {
                  for (int number = first; number < count; number += THREADS) {
                    step.run(number);
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Nanoseconds of a lease and its release, {@link #AT_ONCE} leases at a time, over endpoints. */
  private long perLease(ConnectionManager manager, int endpoints) {
    return Sizes.best(
        5,
        () -> {
          Lease[] leases = new Lease[AT_ONCE];
          long start = System.nanoTime();
          try {
            for (int i = 0; i < LEASES; i += AT_ONCE) {
              for (int k = 0; k < AT_ONCE; k++) {
                leases[k] = manager.acquire(endpoint((i + k) % endpoints));
              }
              for (Lease each : leases) {
                each.release();
              }
            }
          } catch (IOException failed) {
            throw new IllegalStateException(failed);
          }
          return (System.nanoTime() - start) / LEASES;
        });
  }

  // ---- connections ----

  private void connections() throws Exception {
    long few;
    try (ConnectionManager manager = manager(b -> b)) {
      few = perLease(manager, ManyServer.ADDRESSES);
    }
    long heap = Sizes.heapBytes();
    long resident = Sizes.residentBytes();
    ConnectionManager manager = manager(b -> b);
    Sizes.check("opened in", open(manager).toMillis(), "ms", count * 2L);
    long each = (Sizes.heapBytes() - heap) / count;
    Sizes.check("heap of an idle connection", each, "bytes", Bounds.CONNECTION_HEAP);
    Sizes.say(
        "resident memory of an idle connection, heap included",
        (Sizes.residentBytes() - resident) / count + " bytes");
    Sizes.say("descriptors", Descriptors.open());
    Sizes.check(
        "a lease, " + few + " ns with few connections",
        perLease(manager, ManyServer.ADDRESSES),
        "ns",
        few * Bounds.AS_FAST);
    Sizes.say("a snapshot", Sizes.timed(manager::snapshot).toMillis() + " ms");
    if (transport == TransportMode.NATIVE) {
      endAll(manager);
      open(manager);
    }
    Sizes.check("closed in", Sizes.timed(manager::close).toMillis(), "ms", count);
  }

  /** All are leased at once, used, and idle after that. */
  private Duration open(ConnectionManager manager) throws Exception {
    ConcurrentLinkedQueue<Lease> leases = new ConcurrentLinkedQueue<>();
    Duration taken =
        Sizes.timed(
            () ->
                inParallel(
                    count,
                    number -> {
                      Lease lease = manager.acquire(endpoint(number % ManyServer.ADDRESSES));
                      exchange(lease);
                      leases.add(lease);
                    }));
    leases.forEach(Lease::release);
    int open = manager.snapshot().openConnections();
    if (open != count) {
      throw new IllegalStateException("open are " + open);
    }
    return taken;
  }

  /** The server closes all connections; nobody asks for one, and yet they go. */
  private void endAll(ConnectionManager manager) throws Exception {
    try (Lease last = manager.acquire(endpoint(0))) {
      last.output().write(ManyServer.END_ALL);
    }
    Duration taken =
        Sizes.timed(
            () ->
                Await.until(
                    "closed ones are evicted",
                    Duration.ofSeconds(60),
                    () ->
                        manager.snapshot().endpoints().stream()
                            .allMatch(each -> each.idle() == 0)));
    Sizes.check("all closed by the peer, gone after", taken.toMillis(), "ms", count);
  }

  // ---- endpoints ----

  private void endpoints() throws Exception {
    Duration soon = Duration.ofSeconds(3);
    int most = count / 10;
    try (ConnectionManager manager =
        manager(
            b ->
                b.resolve(r -> r.ttl(soon).staleFor(soon))
                    .pool(
                        p ->
                            p.maxPerEndpoint(64)
                                .maxTotal(most)
                                .idleTimeout(soon)
                                .forgetAfter(soon.multipliedBy(2))))) {
      long few = perLease(manager, 10);
      long heap = Sizes.heapBytes();
      Duration taken =
          Sizes.timed(
              () ->
                  inParallel(
                      count,
                      number -> {
                        try (Lease lease = manager.acquire(endpoint(number))) {
                          exchange(lease);
                          lease.release();
                        }
                      }));
      Sizes.check("each endpoint used once, in", taken.toMillis(), "ms", count * 2L);
      Sizes.check("open connections", manager.snapshot().openConnections(), "", most);
      Sizes.check("endpoints", manager.snapshot().endpoints().size(), "", count);
      Sizes.check(
          "heap of an endpoint, a tenth of them connected",
          (Sizes.heapBytes() - heap) / count,
          "bytes",
          Bounds.ENDPOINT_HEAP);
      Sizes.check(
          "a lease, " + few + " ns with few endpoints",
          perLease(manager, 10),
          "ns",
          few * Bounds.AS_FAST);
      Sizes.say("a snapshot", Sizes.timed(manager::snapshot).toMillis() + " ms");
      Duration forgotten =
          Sizes.timed(
              () ->
                  Await.until(
                      "all endpoints are forgotten",
                      Duration.ofSeconds(60),
                      () -> manager.snapshot().endpoints().isEmpty()));
      Sizes.say("all forgotten after", forgotten.toMillis() + " ms");
      Sizes.heapBytes();
      manager.acquire(endpoint(0)).release(); // a weak map lets go when it is next used
      Sizes.check(
          "heap left of an endpoint",
          Math.max(0, Sizes.heapBytes() - heap) / count,
          "bytes",
          Bounds.FORGOTTEN_HEAP);
    }
  }

  static int waiting(ConnectionManager manager, Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).map(EndpointSnapshot::waiting).orElse(0);
  }
}
