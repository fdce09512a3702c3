package io.trunkline.soak;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.ManagerSnapshot;
import io.trunkline.testing.Await;
import io.trunkline.testing.VirtualThreadsForTests;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** One manager for a while, over one transport, plain or with TLS, used by many, and left empty. */
final class SoakForm {
  private static final int CALLERS = 32;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  /** Of a dial that was too slow, and of what comes after some of them. */
  private static final List<FailureKind> BUSY =
      List.of(
          FailureKind.TIMED_OUT,
          FailureKind.READ_TIMED_OUT,
          FailureKind.ACQUIRE_TIMED_OUT,
          FailureKind.BREAKER_OPEN);

  private final TransportMode transport;
  private final boolean tls;
  private final List<Endpoint> endpoints;
  private final Endpoint calm;
  private final Caller.Established established = new Caller.Established();
  private final Tally tally;
  private final Waits waits = new Waits();

  /**
   * Of one manager.
   *
   * @param calm the port of a server without faults, the others are of proxies
   */
  SoakForm(TransportMode transport, boolean tls, int calm, List<Integer> ports) {
    this.transport = transport;
    this.tally = new Tally(transport);
    this.tls = tls;
    this.calm = endpoint(tls, calm);
    this.endpoints = ports.stream().map(port -> endpoint(tls, port)).toList();
  }

  private static Endpoint endpoint(boolean tls, int port) {
    return tls ? Endpoint.tls("localhost", port) : Endpoint.tcp("localhost", port);
  }

  Tally tally() {
    return tally;
  }

  Waits waits() {
    return waits;
  }

  private ConnectionManager manager() {
    return ConnectionManager.builder()
        .transport(transport)
        .resolver(unreliable())
        .resolve(r -> r.ttl(Duration.ZERO).negativeTtl(Duration.ZERO))
        .pool(
            p ->
                p.maxPerEndpoint(10)
                    .maxTotal(30)
                    .maxPending(20)
                    .maxDialsInFlight(6)
                    .maxUses(5_000)
                    .minIdle(1)
                    .idleTimeout(Duration.ofMillis(300))
                    .maxLifetime(Duration.ofSeconds(10))
                    .forgetAfter(Duration.ofSeconds(1))
                    .acquireTimeout(Caller.DIAL_LIMIT))
        .connect(c -> c.timeout(Caller.DIAL_LIMIT))
        .tls(t -> t.timeout(Caller.DIAL_LIMIT))
        .socket(
            s ->
                s.readTimeout(Caller.TRANSFER_LIMIT)
                    .writeTimeout(Caller.TRANSFER_LIMIT)
                    .sendBufferBytes(16_384))
        .circuitBreaker(
            b ->
                b.firstProbeAfter(Duration.ofMillis(50))
                    .longestProbeInterval(Duration.ofMillis(200)))
        .listener(established)
        .onOpen(this::greet)
        .build();
  }

  private EndpointResolver unreliable() {
    return endpoint -> {
      if (endpoint.port() != calm.port() && ThreadLocalRandom.current().nextInt(100) == 0) {
        throw new UnknownHostException("by chance");
      }
      return List.of(new InetSocketAddress("127.0.0.1", endpoint.port()));
    };
  }

  /** What is done with each new connection, which may end in it. */
  private void greet(Lease lease) throws IOException {
    byte[] greeting = Answers.request(new SplittableRandom(0));
    lease.output().write(greeting);
    byte[] answer = lease.input().readNBytes(greeting.length);
    if (answer.length < greeting.length) {
      throw new Answers.CutOff();
    }
    if (!Arrays.equals(answer, greeting)) {
      tally.broken(new Answers.Foreign("the answer to a greeting is not its own"));
    }
  }

  void run(Duration time, long seed) throws Exception {
    try (ConnectionManager manager = manager()) {
      Await.until("a first connection, without faults", WITHIN, () -> isAcquired(manager));
      empty(manager);
      long watched = Left.watchedDescriptors();
      use(manager, time, seed);
      tally.throwIfBroken();
      Await.until("nobody is in the pool any more", WITHIN, () -> isAtRest(manager.snapshot()));
      empty(manager);
      Await.until(
          "no more than " + watched + " descriptors are watched",
          WITHIN,
          () -> isEmpty(manager) && Left.watchedDescriptors() <= watched);
    }
    tally.throwIfBroken();
    Await.until("threads of the manager are gone", WITHIN, () -> ownThreads().isEmpty());
  }

  /** The first TLS handshake of a JVM takes longer than a dial may on a busy machine. */
  private boolean isAcquired(ConnectionManager manager) throws IOException {
    try {
      manager.acquire(calm).release();
      return true;
    } catch (IOException failed) {
      if (BUSY.contains(Failures.find(failed).map(ConnectionFailure::kind).orElse(null))) {
        return false;
      }
      throw failed;
    }
  }

  private void use(ConnectionManager manager, Duration time, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Caller> callers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Caller caller = new Caller(manager, endpoints, random.nextLong(), established, tally, waits);
      callers.add(caller);
      threads.add(start(caller, i));
    }
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end && !tally.isBroken()) {
      TimeUnit.MICROSECONDS.sleep(500 + random.nextInt(5_000));
      if (random.nextBoolean()) {
        threads.get(random.nextInt(CALLERS)).interrupt();
      } else {
        callers.get(random.nextInt(CALLERS)).cancel();
      }
      if (random.nextInt(2_000) == 0) {
        manager.drain(endpoints.get(random.nextInt(endpoints.size())));
      }
    }
    callers.forEach(Caller::stop);
    for (Thread each : threads) {
      each.join(WITHIN.toMillis());
      if (each.isAlive()) {
        throw new IllegalStateException(
            "a caller does not come back: " + Arrays.toString(each.getStackTrace()));
      }
    }
  }

  private static Thread start(Caller caller, int number) {
    if (VirtualThreadsForTests.available() && number % 2 == 0) {
      return VirtualThreadsForTests.start(caller);
    }
    Thread thread = new Thread(caller, "caller-" + number);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static boolean isAtRest(ManagerSnapshot snapshot) {
    for (EndpointSnapshot each : snapshot.endpoints()) {
      if (each.leaked() > 0) {
        throw new IllegalStateException("a lease was leaked: " + each);
      }
      if (each.active() > 0 || each.waiting() > 0 || each.dialling() > 0) {
        return false;
      }
    }
    return true;
  }

  private static void empty(ConnectionManager manager) throws Exception {
    Await.until("no connection is open", WITHIN, () -> isEmpty(manager));
  }

  /** Ends what is idle, and looks. What is kept for min-idle is dialled again a second later. */
  private static boolean isEmpty(ConnectionManager manager) {
    manager.snapshot().endpoints().forEach(each -> manager.drain(each.endpoint()));
    return manager.snapshot().openConnections() == 0;
  }

  static List<String> ownThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("trunkline-"))
        .toList();
  }

  @Override
  public String toString() {
    return transport + (tls ? " with TLS: " : " plain: ") + tally;
  }
}
