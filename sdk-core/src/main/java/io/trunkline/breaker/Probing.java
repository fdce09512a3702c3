package io.trunkline.breaker;

import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tries an endpoint again and again while its breaker is open, with growing pauses, until it
 * answers. The housekeeper keeps the time, a worker makes the handshake. At most one probe at a
 * time, and while the breaker is closed nothing wakes.
 */
final class Probing {
  /** Beyond this the pause has reached every longest interval that can be set. */
  private static final int MOST_DOUBLINGS = 40;

  private final Endpoint endpoint;
  private final EndpointBreaker breaker;
  private final Breakers breakers;

  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private boolean active;
  private boolean running;
  private boolean ended;
  private int failures;
  private long nextNanos;
  private Runnable cancel = () -> {};

  Probing(Endpoint endpoint, EndpointBreaker breaker, Breakers breakers) {
    this.endpoint = endpoint;
    this.breaker = breaker;
    this.breakers = breakers;
  }

  /** The state of the breaker may have changed. */
  void settle() {
    lock.lock();
    try {
      boolean wanted = !ended && breaker.isProbed();
      if (wanted && !active) {
        active = true;
        failures = 0;
        if (!running) {
          schedule();
        }
      } else if (!wanted) {
        stop();
      }
    } finally {
      lock.unlock();
    }
  }

  /** For good. */
  void end() {
    lock.lock();
    try {
      ended = true;
      stop();
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void stop() {
    active = false;
    cancel.run();
  }

  /** Under the lock. */
  private void schedule() {
    long first = breakers.settings().firstProbeAfter().toNanos();
    long longest = breakers.settings().longestProbeInterval().toNanos();
    long pause = first;
    for (int i = 0; i < Math.min(failures, MOST_DOUBLINGS) && pause < longest; i++) {
      pause *= 2;
    }
    pause = Math.min(pause, longest);
    // Many clients of one dead server must not try it in step.
    pause -= (long) (pause / 2.0 * ThreadLocalRandom.current().nextDouble());
    nextNanos = breakers.ticker().nanoTime() + pause;
    cancel = breakers.housekeeper().schedule(pause, this::due);
  }

  private void due() {
    lock.lock();
    try {
      if (!active || running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    breakers.workers().accept(this::probe, this::dropped);
  }

  private void dropped() {
    lock.lock();
    try {
      running = false;
      if (active) {
        schedule(); // no thread could be had; once the manager is closed nothing is scheduled
      }
    } finally {
      lock.unlock();
    }
  }

  private void probe() {
    boolean answered = true;
    try {
      // More than once where the configuration of the breaker wants more than one success.
      while (answered && isActive() && breaker.tryProbe()) {
        answered = probeOnce();
      }
    } finally {
      lock.lock();
      try {
        running = false;
        failures += answered ? 0 : 1;
        if (active) {
          schedule();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean isActive() {
    lock.lock();
    try {
      return active;
    } finally {
      lock.unlock();
    }
  }

  private boolean probeOnce() {
    long start = breakers.ticker().nanoTime();
    try {
      Optional<IOException> failure = handshake();
      long elapsed = elapsedSince(start);
      breakers.listener().probed(endpoint, elapsed, failure);
      if (failure.isPresent()) {
        breaker.probeFailed(elapsed, failure.get());
      } else {
        breaker.probeSucceeded(elapsed);
      }
      return failure.isEmpty();
    } catch (RuntimeException | Error defect) {
      // Of the handshake, or of a predicate in the configuration that the caller gave.
      breaker.probeGivenUp();
      throw defect;
    }
  }

  private Optional<IOException> handshake() {
    try {
      breakers.handshake().with(endpoint);
      return Optional.empty();
    } catch (IOException failed) {
      return Optional.of(failed);
    }
  }

  private long elapsedSince(long start) {
    return breakers.ticker().nanoTime() - start;
  }

  /** When the next probe begins, zero while one is under way; empty if none is to come. */
  Optional<Duration> nextIn() {
    lock.lock();
    try {
      return active
          ? Optional.of(
              Duration.ofNanos(running ? 0 : Math.max(0, nextNanos - breakers.ticker().nanoTime())))
          : Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}
