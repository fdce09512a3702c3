package io.trunkline.soak;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Has exchanges, one after the other, in all ways there are, until it is told to stop. */
final class Caller implements Runnable {
  static final Duration READ_LIMIT = Duration.ofMillis(100);
  private static final int SHORT_READ_MILLIS = 30;
  private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  private final ConnectionManager manager;
  private final List<Endpoint> endpoints;
  private final SplittableRandom random;
  private final Tally tally;
  private final Waits waits;
  private final Answers answers;

  /** What somebody else may close in the middle. */
  private final AtomicReference<AutoCloseable> cancellable = new AtomicReference<>();

  private volatile boolean over;

  Caller(ConnectionManager manager, List<Endpoint> endpoints, long seed, Tally tally, Waits waits) {
    this.manager = manager;
    this.endpoints = endpoints;
    this.random = new SplittableRandom(seed);
    this.tally = tally;
    this.waits = waits;
    this.answers = new Answers(waits, READ_LIMIT.toNanos());
  }

  void stop() {
    over = true;
  }

  /** Closes what it uses right now, or has used last. */
  void cancel() {
    AutoCloseable victim = cancellable.getAndSet(null);
    if (victim != null) {
      try {
        victim.close();
      } catch (Exception impossible) {
        tally.broken(impossible);
      }
    }
  }

  @Override
  public void run() {
    while (!over && !tally.isBroken()) {
      try {
        once();
      } catch (IOException failed) {
        tally.failed(failed);
        if (Tally.isRefusal(failed)) {
          LockSupport.parkNanos(BACK_OFF_NANOS); // else all others would have no time
        }
      } catch (RuntimeException | Error wrong) {
        tally.broken(wrong);
      } finally {
        Thread.interrupted();
      }
    }
  }

  private void once() throws IOException {
    Endpoint endpoint = endpoints.get(random.nextInt(endpoints.size()));
    int way = random.nextInt(100);
    if (way < 5) {
      dialled(endpoint);
    } else if (way < 15) {
      called(endpoint);
    } else {
      leased(endpoint);
    }
  }

  private void leased(Endpoint endpoint) throws IOException {
    Duration patience = Duration.ofMillis(random.nextInt(20) == 0 ? 1 + random.nextInt(20) : 1_000);
    try (Lease lease = acquire(endpoint, patience)) {
      int manner = random.nextInt(100);
      if (manner < 20) {
        cancellable.set(lease);
      }
      if (manner < 2) {
        lease.output().write(Answers.request(random));
        tally.walkedAway();
        return;
      }
      if (manner < 6) {
        lease.socket().setSoTimeout(SHORT_READ_MILLIS); // not for who comes next
      }
      try {
        exchange(lease);
      } catch (IOException failed) {
        if (random.nextBoolean()) {
          lease.release(); // in spite of all; it must not be pooled
        }
        throw failed;
      }
      lease.release();
    }
  }

  private Lease acquire(Endpoint endpoint, Duration patience) throws IOException {
    long start = System.nanoTime();
    try {
      return manager.acquire(endpoint, patience);
    } finally {
      waits.add(System.nanoTime() - start, patience.toNanos());
    }
  }

  private void exchange(Lease lease) throws IOException {
    byte[] request = Answers.request(random);
    answers.send(lease.output(), request);
    answers.receive(lease.input(), request);
    tally.answered();
  }

  private void called(Endpoint endpoint) throws IOException {
    byte[] request = Answers.request(random);
    manager.call(
        endpoint,
        random.nextBoolean(),
        lease -> {
          answers.send(lease.output(), request);
          answers.receive(lease.input(), request);
          return null;
        });
    tally.answered();
  }

  private void dialled(Endpoint endpoint) throws IOException {
    try (TransportSocket socket = manager.dial(endpoint)) {
      cancellable.set(socket);
      byte[] request = Answers.request(random);
      answers.send(socket.getOutputStream(), request);
      answers.receive(socket.getInputStream(), request);
      tally.answered();
    }
  }
}
