package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.breaker.EndpointBreaker;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.FakeTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One random schedule over a few pools under one total cap: callers come, for a connection of the
 * pool or to dial one of their own, dials end well or badly, breakers open and are probed, leases
 * end each way, waiters give up, peers close, time passes. A model beside it knows who holds what
 * and who waits since when.
 */
final class PoolSchedule {
  private final Random random;
  private final FakeDials dials;
  private final FakeTime time;
  private final PoolSettings settings;
  private final TotalCap total;
  private final List<Model> models = new ArrayList<>();
  private final StringBuilder log = new StringBuilder();
  private final Map<FakeSocket, Model> sockets = new IdentityHashMap<>();
  private long served;
  private long servedAfterWaiting;
  private long evictedForOthers;
  private long refused;
  private long delayed;

  /** What the test knows of one pool. */
  private static final class Model {
    final EndpointPool pool;
    final Deque<Caller> waiting = new ArrayDeque<>();
    final Deque<Caller> waitingToDial = new ArrayDeque<>();
    final Map<PooledConnection, Caller> leased = new LinkedHashMap<>();
    final List<Caller> dialling = new ArrayList<>();
    final Deque<Long> dialsBegan = new ArrayDeque<>();

    Model(EndpointPool pool) {
      this.pool = pool;
    }

    int diallingForPool() {
      return (int) dialling.stream().filter(each -> each.waiter.isForPool()).count();
    }
  }

  private static final class Caller {
    final int number;
    final Waiter waiter;

    Caller(int number, boolean forPool) {
      this.number = number;
      this.waiter = new Waiter(forPool);
    }
  }

  private int callers;

  PoolSchedule(long seed) {
    random = new Random(seed);
    settings =
        PoolSettings.builder()
            .maxPerEndpoint(1 + random.nextInt(4))
            .maxTotal(1 + random.nextInt(6))
            .maxPending(random.nextInt(6))
            .maxDialsInFlight(1 + random.nextInt(3))
            .idleTimeout(Duration.ofMillis(random.nextInt(3) * 40L))
            .maxLifetime(Duration.ofMillis(random.nextInt(3) * 150L))
            .lifetimeJitterPercent(0) // it would not be the same for the same seed
            .maxUses(random.nextInt(3) * 4)
            .dialsPerSecond(random.nextInt(3) * 40)
            .totalDialsPerSecond(random.nextInt(3) * 60)
            .build();
    BreakerSettings breaker =
        BreakerSettings.builder()
            .enabled(random.nextInt(4) > 0)
            .window(Duration.ofSeconds(1))
            .minimumDials(1 + random.nextInt(4))
            .firstProbeAfter(Duration.ofMillis(20))
            .longestProbeInterval(Duration.ofMillis(200))
            .build();
    dials = new FakeDials(settings, breaker, this::probe, Listeners.NONE, pool -> {});
    time = dials.time;
    total = dials.total;
    int pools = 1 + random.nextInt(3);
    for (int i = 0; i < pools; i++) {
      models.add(new Model(dials.pool("host" + i)));
    }
  }

  private void probe(Endpoint endpoint) throws IOException {
    if (random.nextBoolean()) {
      throw random.nextInt(3) > 0 ? FakeDials.refused() : new IOException("a fault of this host");
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      after(() -> step(models.get(random.nextInt(models.size()))));
    }
    if (random.nextBoolean()) {
      servesEverybody();
    }
    closeAll();
  }

  private void after(Runnable step) {
    step.run();
    collectOutcomes();
    check();
  }

  /** With dials that succeed, leases that end and time that passes, nobody waits for ever. */
  private void servesEverybody() {
    for (int left = 2_000; left > 0 && models.stream().anyMatch(this::anybodyWaits); left--) {
      for (Model model : models) {
        after(() -> dialEnds(model, true));
        after(() -> leaseEnds(model, true));
      }
      after(dials::work);
      after(() -> time.advance(Duration.ofMillis(10)));
    }
    assertThat(models.stream().anyMatch(this::anybodyWaits)).as("somebody is lost").isFalse();
  }

  private boolean anybodyWaits(Model model) {
    return !model.waiting.isEmpty() || !model.waitingToDial.isEmpty();
  }

  String log() {
    return log.toString();
  }

  long served() {
    return served;
  }

  long servedAfterWaiting() {
    return servedAfterWaiting;
  }

  long evictedForOthers() {
    return evictedForOthers;
  }

  long refused() {
    return refused;
  }

  long delayed() {
    return delayed;
  }

  // ---- what can happen ----

  private void step(Model model) {
    switch (random.nextInt(18)) {
      case 0, 1, 2, 3, 4 -> callerComes(model);
      case 15 -> comesToDial(model);
      case 16 -> dials.work();
      case 5, 6, 7 -> dialEnds(model, true);
      case 8 -> dialEnds(model, false);
      case 9, 10, 11 -> leaseEnds(model, true);
      case 12 -> leaseEnds(model, false);
      case 13 -> waiterGivesUp(model);
      case 14 -> peerCloses(model);
      default -> {
        if (random.nextInt(10) == 0) {
          note(model, "drain");
          model.pool.drain();
        } else {
          Duration pause = Duration.ofMillis(random.nextInt(50));
          note(model, pause + " pass");
          time.advance(pause);
        }
      }
    }
  }

  private void callerComes(Model model) {
    Caller caller = new Caller(callers++, true);
    PooledConnection connection = model.pool.tryAcquire();
    if (connection != null) {
      note(model, caller.number + " leases an idle connection");
      assertThat(model.waiting).as("nobody overtakes a waiter").isEmpty();
      lease(model, caller, connection);
      return;
    }
    note(model, caller.number + " queues");
    int openBefore = openSockets();
    int ownBefore = openSockets(model);
    model.waiting.addLast(caller);
    model.pool.room().enter(caller.waiter);
    if (openSockets() < openBefore && openSockets(model) == ownBefore) {
      evictedForOthers++;
    }
  }

  private void comesToDial(Model model) {
    Caller caller = new Caller(callers++, false);
    note(model, caller.number + " wants to dial");
    model.waitingToDial.addLast(caller);
    model.pool.room().enter(caller.waiter);
  }

  private void lease(Model model, Caller caller, PooledConnection connection) {
    assertThat(model.leased).as("a connection has one holder").doesNotContainKey(connection);
    assertThat(connection.pool).isSameAs(model.pool);
    assertThat(connection.isLeased()).isTrue();
    assertThat(connection.socket().isClosed()).as("a leased connection is open").isFalse();
    model.leased.put(connection, caller);
    served++;
  }

  private void dialEnds(Model model, boolean well) {
    if (model.dialling.isEmpty()) {
      return;
    }
    Caller caller = model.dialling.remove(random.nextInt(model.dialling.size()));
    note(model, caller.number + (well ? " has dialled" : " failed to dial"));
    IOException failure = well || random.nextInt(3) == 0 ? null : FakeDials.refused();
    if (well) {
      model.pool.breaker().dialled(1_000_000);
    } else if (failure != null) {
      model.pool.breaker().dialFailed(1_000_000, failure, false);
    }
    if (!caller.waiter.isForPool()) {
      model.pool.unpooledEnded(failure);
      return;
    }
    if (!well) {
      model.pool.ticketFailed(failure);
      return;
    }
    try {
      FakeSocket socket = new FakeSocket();
      sockets.put(socket, model);
      PooledConnection connection = model.pool.ticketDone(socket);
      connection.leased(false);
      lease(model, caller, connection);
    } catch (IOException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  private void leaseEnds(Model model, boolean well) {
    if (model.leased.isEmpty()) {
      return;
    }
    List<PooledConnection> all = new ArrayList<>(model.leased.keySet());
    PooledConnection connection = all.get(random.nextInt(all.size()));
    note(model, model.leased.remove(connection).number + (well ? " releases" : " discards"));
    if (well) {
      if (random.nextInt(8) == 0) {
        connection.markBroken();
      }
      model.pool.release(connection);
    } else {
      model.pool.discard(connection);
    }
  }

  private void waiterGivesUp(Model model) {
    List<Caller> all = new ArrayList<>(model.waiting);
    all.addAll(model.waitingToDial);
    if (all.isEmpty()) {
      return;
    }
    Caller caller = all.get(random.nextInt(all.size()));
    note(model, caller.number + " gives up");
    if (caller.waiter.isForPool()) {
      assertThat(model.pool.room().cancel(caller.waiter)).as("it was still waiting").isTrue();
      model.waiting.remove(caller);
    } else {
      IOException cancelled = new IOException("cancelled");
      assertThat(model.pool.room().fail(caller.waiter, cancelled)).as("it was waiting").isTrue();
    }
  }

  private void peerCloses(Model model) {
    List<FakeSocket> open =
        sockets.entrySet().stream()
            .filter(each -> each.getValue() == model && !each.getKey().isClosed())
            .map(Map.Entry::getKey)
            .toList();
    if (!open.isEmpty()) {
      boolean watchTells = random.nextBoolean();
      note(model, "a peer closes" + (watchTells ? "" : ", unnoticed"));
      open.get(random.nextInt(open.size())).peerCloses(watchTells);
    }
  }

  /** Callers take what they were given, as their threads would. */
  private void collectOutcomes() {
    boolean again = true;
    while (again) {
      again = false;
      for (Model model : models) {
        again |= collectOutcomes(model, model.waiting);
        again |= collectOutcomes(model, model.waitingToDial);
      }
    }
  }

  private boolean collectOutcomes(Model model, Deque<Caller> queue) {
    boolean any = false;
    boolean sawWaiter = false;
    for (Caller caller : List.copyOf(queue)) {
      Object outcome = caller.waiter.outcome();
      if (outcome == null) {
        sawWaiter = true;
        continue;
      }
      any = true;
      queue.remove(caller);
      if (outcome == Waiter.REFUSED) {
        note(model, caller.number + " is refused by the breaker");
        refused++;
        continue;
      }
      if (outcome instanceof IOException) {
        note(model, caller.number + " was refused");
        continue;
      }
      assertThat(sawWaiter).as("waiters are served in order: " + caller.number).isFalse();
      if (outcome == Waiter.TICKET) {
        note(model, caller.number + " dials");
        model.dialling.add(caller);
        model.dialsBegan.add(time.nanoTime());
        continue;
      }
      PooledConnection handed = (PooledConnection) outcome;
      if (model.pool.accept(handed, caller.waiter)) {
        note(model, caller.number + " gets a connection");
        servedAfterWaiting++;
        lease(model, caller, handed);
      } else {
        note(model, caller.number + " gets a dead connection");
        model.waiting.addFirst(caller);
        return true; // the order of the queue has changed
      }
    }
    return any;
  }

  // ---- the rules ----

  private void check() {
    int places = 0;
    for (Model model : models) {
      int open = openSockets(model);
      int dialling = model.dialling.size();
      int forPool = model.diallingForPool();
      WaitingRoom room = model.pool.room();
      assertThat(room.dialling()).as("tickets").isEqualTo(dialling);
      assertThat(dialling).as("storm guard").isLessThanOrEqualTo(settings.maxDialsInFlight());
      assertThat(open + forPool).as("cap").isLessThanOrEqualTo(settings.maxPerEndpoint());
      assertThat(room.openOrDialling()).as("no place lost").isEqualTo(open + forPool);
      assertThat(open).as("no connection lost").isEqualTo(model.leased.size() + model.pool.idle());
      assertThat(room.waiting())
          .as("queue")
          .isEqualTo(model.waiting.size() + model.waitingToDial.size());
      assertThat(model.waiting.size()).as("bound").isLessThanOrEqualTo(settings.maxPending());
      assertThat(model.waitingToDial.size()).as("bound").isLessThanOrEqualTo(settings.maxPending());
      places += open + forPool;
      checkRate(model.dialsBegan, settings.dialsPerSecond());
    }
    assertThat(total.taken()).as("places under the total cap").isEqualTo(places);
    assertThat(places).as("total cap").isLessThanOrEqualTo(settings.maxTotal());
    List<Long> all = new ArrayList<>();
    models.forEach(model -> all.addAll(model.dialsBegan));
    checkRate(all, settings.totalDialsPerSecond());
    models.forEach(this::checkNobodyWaitsInVain);
  }

  /**
   * Beyond the rate, a tenth may come at once, each pool may have kept one moment, and the test
   * sees a dial up to 50 ms late.
   */
  private void checkRate(Collection<Long> began, int perSecond) {
    if (perSecond > 0) {
      long since = time.nanoTime() - Duration.ofSeconds(1).toNanos();
      long dials = began.stream().filter(at -> at - since > 0).count();
      assertThat(dials)
          .as("rate")
          .isLessThanOrEqualTo((long) (perSecond * 1.15) + 1 + models.size());
    }
  }

  private void checkNobodyWaitsInVain(Model model) {
    if (!anybodyWaits(model)) {
      return;
    }
    EndpointBreaker breaker = model.pool.breaker();
    if (!model.waiting.isEmpty()) {
      assertThat(model.pool.idle()).as("idle connections beside waiters").isZero();
    }
    if (breaker.refuses()) {
      assertThat(model.waitingToDial).as("waits for an open breaker").isEmpty();
      assertThat(openSockets(model)).as("connections that can come back").isPositive();
      return;
    }
    if (model.dialling.size() >= breaker.dialsAllowed(settings.maxDialsInFlight())) {
      return;
    }
    boolean belowCap = openSockets(model) + model.diallingForPool() < settings.maxPerEndpoint();
    if (settings.dialsPerSecond() + settings.totalDialsPerSecond() > 0) {
      // It may wait for its moment: then the housekeeper will come. servesEverybody() sees it come.
      if (belowCap || !model.waitingToDial.isEmpty()) {
        delayed++;
      }
      return;
    }
    assertThat(model.waitingToDial).as("nothing keeps it from dialling").isEmpty();
    if (belowCap) {
      assertThat(total.taken()).as("a place was free").isEqualTo(settings.maxTotal());
      int idleElsewhere = models.stream().mapToInt(each -> each.pool.idle()).sum();
      assertThat(idleElsewhere).as("an idle connection elsewhere could have given way").isZero();
    }
  }

  private int openSockets() {
    return (int) sockets.keySet().stream().filter(each -> !each.isClosed()).count();
  }

  private int openSockets(Model model) {
    return (int)
        sockets.entrySet().stream()
            .filter(each -> each.getValue() == model && !each.getKey().isClosed())
            .count();
  }

  private void closeAll() {
    for (Model model : models) {
      model.pool.close();
      collectOutcomes(model, model.waiting);
      collectOutcomes(model, model.waitingToDial);
      assertThat(anybodyWaits(model)).as("somebody is not answered").isFalse();
      for (Caller caller : model.dialling) {
        if (caller.waiter.isForPool()) {
          model.pool.ticketFailed(null);
        } else {
          model.pool.unpooledEnded(null);
        }
      }
      model.dialling.clear();
      model.pool.closeLeased();
    }
    assertThat(openSockets()).as("all is closed").isZero();
    assertThat(total.taken()).as("all places are back").isZero();
    time.advance(Duration.ofMinutes(11));
    dials.work();
    time.advance(Duration.ofMinutes(11));
    assertThat(time.scheduledCount()).as("nothing is scheduled any more").isZero();
  }

  private void note(Model model, String what) {
    log.append(model.pool.endpoint()).append(": ").append(what).append('\n');
  }
}
