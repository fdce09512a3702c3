package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ResolveSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.time.HousekeeperThread;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Asking, failing, hanging, changing, forgetting and closing at once, on real threads. */
class AddressBookStressTest {
  private static final int NAMES = 5;

  private static final class Discovery implements EndpointResolver, AddressUser {
    private final Set<Runnable> subscribers = ConcurrentHashMap.newKeySet();
    private final Set<Endpoint> asking = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean twiceAtOnce = new AtomicBoolean();

    @Override
    public List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      if (!asking.add(endpoint)) {
        twiceAtOnce.set(true); // true to its word only while nothing is forgotten
      }
      try {
        TimeUnit.MICROSECONDS.sleep(random.nextInt(3_000));
      } catch (InterruptedException closed) {
        Thread.currentThread().interrupt();
      } finally {
        asking.remove(endpoint);
      }
      if (random.nextInt(3) == 0) {
        throw new IOException("down for a moment");
      }
      return List.of(new InetSocketAddress("192.0.2." + random.nextInt(1, 4), 80));
    }

    @Override
    public Runnable onChange(Endpoint endpoint, Runnable changed) {
      Runnable mine = () -> changed.run(); // its own identity
      subscribers.add(mine);
      return () -> subscribers.remove(mine);
    }

    @Override
    public boolean isInUse(Endpoint endpoint) {
      return ThreadLocalRandom.current().nextBoolean();
    }

    @Override
    public int load(Endpoint endpoint, InetSocketAddress address) {
      return ThreadLocalRandom.current().nextInt(3);
    }

    @Override
    public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
      assertThat(current).isNotEmpty();
    }
  }

  private final Discovery discovery = new Discovery();
  private final AtomicInteger done = new AtomicInteger();
  private final HousekeeperThread housekeeper = new HousekeeperThread();
  private final Workers workers = new Workers("book-stress", AddressBook.THREADS);
  private final AddressBook book =
      new AddressBook(
          discovery,
          ResolveSettings.builder()
              .ttl(Duration.ofMillis(2))
              .negativeTtl(Duration.ofMillis(1))
              .staleFor(Duration.ofMillis(3))
              .slowAfter(Duration.ofMillis(1))
              .build(),
          workers,
          Ticker.SYSTEM,
          housekeeper,
          new ConnectionListener() {});

  private static Endpoint name(int number) {
    return Endpoint.tcp("n" + number + ".example", 80);
  }

  private List<CompletableFuture<?>> askUntil(AtomicBoolean stop, boolean forgetting) {
    Random random = new Random();
    List<CompletableFuture<?>> asked = new ArrayList<>();
    while (!stop.get()) {
      Endpoint endpoint = name(random.nextInt(NAMES));
      CompletableFuture<List<InetSocketAddress>> future = book.of(endpoint);
      if (future.isDone()) {
        done.incrementAndGet();
      } else {
        asked.add(future);
      }
      switch (random.nextInt(40)) {
        case 0 -> future.cancel(false);
        case 1 -> discovery.subscribers.forEach(Runnable::run);
        case 2 -> {
          if (forgetting) {
            book.forget(endpoint);
          }
        }
        default -> {}
      }
      LockSupport.parkNanos(5_000); // else nothing but the queue of the workers would grow
    }
    return asked;
  }

  private void hammer(boolean forgetting) throws Exception {
    book.setUser(discovery);
    AtomicBoolean stop = new AtomicBoolean();
    List<Background<List<CompletableFuture<?>>>> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      threads.add(Background.start(() -> askUntil(stop, forgetting)));
    }
    TimeUnit.MILLISECONDS.sleep(700);
    book.close(); // in the middle of it
    TimeUnit.MILLISECONDS.sleep(50);
    stop.set(true);
    workers.close(); // which ends the lookups of entries that were forgotten while they were asked
    int answered = 0;
    for (Background<List<CompletableFuture<?>>> each : threads) {
      for (CompletableFuture<?> future : each.get()) {
        Await.until("nobody waits for ever", future::isDone);
        answered += future.isCompletedExceptionally() ? 0 : 1;
      }
    }
    assertThat(done).as("served from the book").hasPositiveValue();
    assertThat(answered).as("answered by a lookup").isPositive();
    housekeeper.close();
    Await.until("no subscription is left", discovery.subscribers::isEmpty);
  }

  @Test
  void nobodyWaitsForEverAndOneLookupAtATimeAsksForAName() throws Exception {
    hammer(false);
    assertThat(discovery.twiceAtOnce).isFalse();
  }

  @Test
  void forgettingDisturbsNobody() throws Exception {
    hammer(true);
  }
}
