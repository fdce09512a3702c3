package io.trunkline;

import static io.trunkline.EchoPool.echo;
import static io.trunkline.EchoPool.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.DialInterruptedException;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Callers that wait for a connection: who is served, who gives up, and what they are told; over
 * each transport.
 */
abstract class WaitingContract {
  private static final Duration SHORT = Duration.ofMillis(150);

  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void aWaiterGetsTheReleasedConnection() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease first = pool.acquire();
    CompletableFuture<Lease> second = pool.acquiring(Duration.ofSeconds(5));
    Await.until("the second caller waits", () -> pool.waiting() == 1);
    first.release();
    try (Lease lease = second.get(5, TimeUnit.SECONDS)) {
      assertThat(lease.isReused()).isTrue();
      echo(lease, "handed over");
      lease.release();
    }
    assertThat(pool.server().accepted()).isEqualTo(1);
  }

  @Test
  void aWaiterDialsWhenTheConnectionIsDiscarded() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease first = pool.acquire();
    CompletableFuture<Lease> second = pool.acquiring(Duration.ofSeconds(5));
    Await.until("the second caller waits", () -> pool.waiting() == 1);
    first.close();
    try (Lease lease = second.get(5, TimeUnit.SECONDS)) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "new");
      lease.release();
    }
    assertThat(pool.server().mostOpen()).isLessThanOrEqualTo(2);
  }

  @Test
  void waitersAreServedInOrder() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease held = pool.acquire();
    BlockingQueue<Integer> order = new LinkedBlockingQueue<>();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      done.add(
          pool.acquiring(Duration.ofSeconds(5))
              .thenAccept(
                  lease -> {
                    order.add(number);
                    lease.release();
                  }));
      int waiting = i + 1;
      Await.until("caller " + i + " waits", () -> pool.waiting() == waiting);
    }
    held.release();
    CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get(5, TimeUnit.SECONDS);
    assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void anAcquireTimeoutSaysHowThePoolStands() throws IOException {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease held = pool.acquire();
    long start = System.nanoTime();
    assertThatThrownBy(() -> pool.acquire(SHORT))
        .isInstanceOf(PoolExhaustedException.class)
        .hasMessageContaining("1 of 1 connections leased")
        .hasMessageContaining(pool.endpoint().toString())
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.ACQUIRE);
              assertThat(failureOf(thrown).advice())
                  .isEqualTo(RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF);
            });
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(SHORT, SHORT.plusMillis(1_500));
    assertThat(pool.waiting()).isZero();
    held.release();
    pool.exchange("still usable");
  }

  @Test
  void anAcquireTimeoutCarriesTheLastConnectFailure() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    AtomicInteger dials = new AtomicInteger();
    pool.start(
        b ->
            b.pool(p -> p.maxPerEndpoint(1))
                .onOpen(
                    lease -> {
                      if (dials.incrementAndGet() == 1) {
                        throw new IOException("wrong password");
                      }
                      gate.join(); // the second connection never becomes ready
                    }));
    assertThatThrownBy(() -> pool.acquire()).hasMessage("wrong password");
    CompletableFuture<Lease> stuck = pool.acquiring(Duration.ofSeconds(5));
    Await.until("the second dial is under way", () -> dials.get() == 2);
    assertThatThrownBy(() -> pool.acquire(SHORT))
        .isInstanceOf(PoolExhaustedException.class)
        .cause()
        .hasMessage("wrong password");
    gate.complete(null);
    stuck.get(5, TimeUnit.SECONDS).release();
  }

  @Test
  void aFullQueueRefusesAtOnce() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1).maxPending(1)));
    Lease held = pool.acquire();
    CompletableFuture<Lease> waiting = pool.acquiring(Duration.ofSeconds(5));
    Await.until("one waits", () -> pool.waiting() == 1);
    assertThatThrownBy(() -> pool.acquire())
        .isInstanceOf(PoolExhaustedException.class)
        .satisfies(
            thrown -> assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.QUEUE_FULL));
    held.release();
    waiting.get(5, TimeUnit.SECONDS).release();
  }

  @Test
  void anInterruptedWaiterLosesNoConnection() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1)));
    Lease held = pool.acquire();
    CompletableFuture<Boolean> flagSet = new CompletableFuture<>();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                pool.acquire();
              } catch (IOException interrupted) {
                flagSet.complete(Thread.currentThread().isInterrupted());
                thrown.complete(interrupted);
              }
            });
    waiter.start();
    Await.until("it waits", () -> pool.waiting() == 1);
    waiter.interrupt();
    assertThat(thrown.get(5, TimeUnit.SECONDS)).isInstanceOf(DialInterruptedException.class);
    assertThat(flagSet.get()).isTrue();
    assertThat(pool.waiting()).isZero();
    held.release();
    pool.exchange("not lost");
    assertThat(pool.server().accepted()).isEqualTo(1);
  }

  @Test
  void theStormGuardLimitsDialsInFlight() throws Exception {
    pool.start(b -> b.pool(p -> p.maxDialsInFlight(3).maxPerEndpoint(20)));
    List<CompletableFuture<Lease>> callers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      callers.add(pool.acquiring(Duration.ofSeconds(5)));
    }
    for (CompletableFuture<Lease> caller : callers) {
      assertThat(pool.snapshot().dialling()).isLessThanOrEqualTo(3);
      caller.get(5, TimeUnit.SECONDS);
    }
    assertThat(pool.snapshot().active()).isEqualTo(20);
    callers.forEach(caller -> caller.join().release());
    assertThat(pool.snapshot().idle()).isEqualTo(20);
  }

  @Test
  void aCallerAtTheTotalCapIsServedWhenAnotherEndpointReleases() throws Exception {
    try (EchoServer second = new EchoServer()) {
      ConnectionManager manager = pool.start(b -> b.pool(p -> p.maxTotal(1)));
      Lease held = manager.acquire(second.endpoint());
      CompletableFuture<Lease> waiting = pool.acquiring(Duration.ofSeconds(5));
      Await.until("it waits", () -> pool.waiting() == 1);
      held.release();
      waiting.get(5, TimeUnit.SECONDS).release();
    }
  }
}
