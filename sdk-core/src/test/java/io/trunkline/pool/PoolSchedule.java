package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One random schedule over a few pools under one total cap: callers come, dials end well or badly,
 * leases end each way, waiters give up, peers close, time passes. A model beside it knows who holds
 * what and who waits since when.
 */
final class PoolSchedule {
  private final Random random;
  private final FakeTime time = new FakeTime();
  private final PoolSettings settings;
  private final TotalCap total;
  private final List<Model> models = new ArrayList<>();
  private final StringBuilder log = new StringBuilder();
  private final Map<FakeSocket, Model> sockets = new IdentityHashMap<>();
  private long served;
  private long servedAfterWaiting;
  private long evictedForOthers;

  /** What the test knows of one pool. */
  private static final class Model {
    final EndpointPool pool;
    final Deque<Caller> waiting = new ArrayDeque<>();
    final Map<PooledConnection, Caller> leased = new LinkedHashMap<>();
    final List<Caller> dialling = new ArrayList<>();

    Model(EndpointPool pool) {
      this.pool = pool;
    }
  }

  private static final class Caller {
    final int number;
    final Waiter waiter = new Waiter();

    Caller(int number) {
      this.number = number;
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
            .maxUses(random.nextInt(3) * 4)
            .build();
    total = new TotalCap(settings.maxTotal());
    Shared shared =
        new Shared(settings, time, total, new IdleWheel(settings, time, time, total), pool -> {});
    int pools = 1 + random.nextInt(3);
    for (int i = 0; i < pools; i++) {
      models.add(new Model(new EndpointPool(Endpoint.tcp("host" + i, 1), shared)));
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step(models.get(random.nextInt(models.size())));
      collectOutcomes();
      check();
    }
    closeAll();
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

  // ---- what can happen ----

  private void step(Model model) {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3, 4 -> callerComes(model);
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
    Caller caller = new Caller(callers++);
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
    model.pool.enter(caller.waiter);
    if (openSockets() < openBefore && openSockets(model) == ownBefore) {
      evictedForOthers++;
    }
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
    if (!well) {
      model.pool.ticketFailed(random.nextBoolean() ? new IOException("refused") : null);
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
    if (model.waiting.isEmpty()) {
      return;
    }
    List<Caller> all = new ArrayList<>(model.waiting);
    Caller caller = all.get(random.nextInt(all.size()));
    note(model, caller.number + " gives up");
    assertThat(model.pool.cancel(caller.waiter)).as("it was still waiting").isTrue();
    model.waiting.remove(caller);
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
        again |= collectOutcomes(model);
      }
    }
  }

  private boolean collectOutcomes(Model model) {
    boolean any = false;
    boolean sawWaiter = false;
    for (Caller caller : List.copyOf(model.waiting)) {
      Object outcome = caller.waiter.outcome();
      if (outcome == null) {
        sawWaiter = true;
        continue;
      }
      any = true;
      model.waiting.remove(caller);
      if (outcome instanceof IOException) {
        note(model, caller.number + " was refused");
        continue;
      }
      assertThat(sawWaiter).as("waiters are served in order: " + caller.number).isFalse();
      if (outcome == Waiter.TICKET) {
        note(model, caller.number + " dials");
        model.dialling.add(caller);
        continue;
      }
      PooledConnection handed = (PooledConnection) outcome;
      if (model.pool.isAlive(handed)) {
        note(model, caller.number + " gets a connection");
        servedAfterWaiting++;
        handed.leased(false);
        lease(model, caller, handed);
      } else {
        note(model, caller.number + " gets a dead connection");
        model.waiting.addFirst(caller);
        model.pool.replaceDead(handed, caller.waiter);
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
      assertThat(model.pool.dialling()).as("tickets").isEqualTo(dialling);
      assertThat(dialling).as("storm guard").isLessThanOrEqualTo(settings.maxDialsInFlight());
      assertThat(open + dialling).as("cap").isLessThanOrEqualTo(settings.maxPerEndpoint());
      assertThat(model.pool.openOrDialling()).as("no place lost").isEqualTo(open + dialling);
      assertThat(open).as("no connection lost").isEqualTo(model.leased.size() + model.pool.idle());
      assertThat(model.pool.waiting()).as("queue").isEqualTo(model.waiting.size());
      assertThat(model.waiting.size()).as("bound").isLessThanOrEqualTo(settings.maxPending());
      places += open + dialling;
    }
    assertThat(total.taken()).as("places under the total cap").isEqualTo(places);
    assertThat(places).as("total cap").isLessThanOrEqualTo(settings.maxTotal());
    models.forEach(this::checkNobodyWaitsInVain);
  }

  private void checkNobodyWaitsInVain(Model model) {
    if (model.waiting.isEmpty()) {
      return;
    }
    assertThat(model.pool.idle()).as("idle connections beside waiters").isZero();
    boolean mayDial =
        model.dialling.size() < settings.maxDialsInFlight()
            && openSockets(model) + model.dialling.size() < settings.maxPerEndpoint();
    if (mayDial) {
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
      collectOutcomes(model);
      assertThat(model.waiting).as("all waiters are answered").isEmpty();
      for (Caller ignored : model.dialling) {
        model.pool.ticketFailed(null);
      }
      model.dialling.clear();
      model.pool.closeLeased();
    }
    assertThat(openSockets()).as("all is closed").isZero();
    assertThat(total.taken()).as("all places are back").isZero();
    time.advance(Duration.ofMinutes(11));
    assertThat(time.scheduledCount()).as("nothing is scheduled any more").isZero();
  }

  private void note(Model model, String what) {
    log.append(model.pool.endpoint()).append(": ").append(what).append('\n');
  }
}
