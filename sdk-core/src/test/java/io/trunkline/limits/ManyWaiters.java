package io.trunkline.limits;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import io.trunkline.testing.VirtualThreadsForTests;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** So many callers in one queue: all served, then all timed out, and nothing left of them. */
final class ManyWaiters {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(3);
  private static final int STACK_BYTES = 128 * 1_024;

  private final ConnectionManager manager;
  private final Endpoint endpoint;
  private final int count;
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private final List<Lease> held = new ArrayList<>();

  ManyWaiters(ConnectionManager manager, Endpoint endpoint, int count) {
    this.manager = manager;
    this.endpoint = endpoint;
    this.count = count;
  }

  private interface Call {
    void run() throws Exception;
  }

  void run() throws Exception {
    try (manager) {
      while (held.size() < count / ManyServer.ADDRESSES) {
        held.add(manager.acquire(endpoint));
      }
      served();
      timedOut();
    }
  }

  private void served() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    List<Thread> threads = start(() -> call(gate));
    long heap = Sizes.heapBytes();
    gate.countDown();
    Await.until("all wait", LONG, () -> LimitsMain.waiting(manager, endpoint) == count);
    Sizes.check(
        "heap of a waiter", (Sizes.heapBytes() - heap) / count, "bytes", Bounds.WAITER_HEAP);
    refusesOneMore();
    Duration taken =
        Sizes.timed(
            () -> {
              held.forEach(Lease::release);
              join(threads);
            });
    held.clear();
    Sizes.check("all served, one exchange each, in", taken.toMillis(), "ms", 2L * count);
  }

  private void call(CountDownLatch gate) throws Exception {
    gate.await();
    try (Lease lease = manager.acquire(endpoint, LONG)) {
      LimitsMain.exchange(lease);
      lease.release();
    }
  }

  private void refusesOneMore() throws IOException {
    try {
      manager.acquire(endpoint).close();
      throw new IllegalStateException("one more found room");
    } catch (IOException full) {
      expect(FailureKind.QUEUE_FULL, full);
    }
  }

  private static void expect(FailureKind kind, IOException failed) throws IOException {
    if (Failures.find(failed).orElseThrow().kind() != kind) {
      throw failed;
    }
  }

  private void timedOut() throws Exception {
    Duration control = latest(new Control());
    while (held.size() < count / ManyServer.ADDRESSES) {
      held.add(manager.acquire(endpoint));
    }
    Duration ours =
        latest(
            () -> {
              try {
                manager.acquire(endpoint, SHORT).close();
                throw new IllegalStateException("there was none to be had");
              } catch (IOException failed) {
                expect(FailureKind.ACQUIRE_TIMED_OUT, failed);
              }
            });
    Sizes.check(
        "all timed out at once, the last one late by; of the JDK's Condition " + control.toMillis(),
        ours.toMillis(),
        "ms",
        control.toMillis() * Bounds.AS_LATE + Bounds.LATE_MILLIS);
    if (LimitsMain.waiting(manager, endpoint) != 0) {
      throw new IllegalStateException("somebody still waits");
    }
    held.forEach(Lease::release);
    try (Lease lease = manager.acquire(endpoint)) {
      LimitsMain.exchange(lease);
      lease.release();
    }
  }

  /** As many threads that wait for what the JDK has to wait for, as long and all at once. */
  private static final class Control implements Call {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition never = lock.newCondition();

    @Override
    public void run() throws InterruptedException {
      lock.lock();
      try {
        long left = SHORT.toNanos();
        while (left > 0) {
          left = never.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** By how much the last one of all is later than the limit. */
  private Duration latest(Call wait) throws Exception {
    AtomicLong latest = new AtomicLong();
    CountDownLatch gate = new CountDownLatch(1);
    List<Thread> threads =
        start(
            () -> {
              gate.await();
              long start = System.nanoTime();
              wait.run();
              latest.accumulateAndGet(System.nanoTime() - start - SHORT.toNanos(), Math::max);
            });
    gate.countDown();
    join(threads);
    return Duration.ofNanos(latest.get());
  }

  private List<Thread> start(Call call) {
    List<Thread> threads = new ArrayList<>();
    Runnable work =
        () -> {
          try {
            call.run();
          } catch (Throwable wrong) {
            broken.compareAndSet(null, wrong);
          }
        };
    for (int i = 0; i < count; i++) {
      if (VirtualThreadsForTests.available()) {
        threads.add(VirtualThreadsForTests.start(work));
      } else {
        Thread thread = new Thread(null, work, "waiter", STACK_BYTES);
        thread.start();
        threads.add(thread);
      }
    }
    return threads;
  }

  private void join(List<Thread> threads) throws InterruptedException {
    for (Thread each : threads) {
      each.join(LONG.toMillis());
      if (each.isAlive()) {
        throw new IllegalStateException("a waiter does not come back");
      }
    }
    if (broken.get() != null) {
      throw new IllegalStateException("a waiter failed", broken.get());
    }
  }
}
