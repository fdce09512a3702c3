package io.trunkline.pool;

import io.trunkline.time.Housekeeper;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the minimum of idle connections of one endpoint, on workers, with a growing pause while
 * dials fail.
 */
final class BackgroundDials {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundDials.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final EndpointPool pool;
  private final Acquirer acquirer;
  private final Executor workers;
  private final Housekeeper housekeeper;
  private final int minIdle;
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile long pauseNanos = FIRST_PAUSE.toNanos();

  BackgroundDials(
      EndpointPool pool,
      Acquirer acquirer,
      Executor workers,
      Housekeeper housekeeper,
      int minIdle) {
    this.pool = pool;
    this.acquirer = acquirer;
    this.workers = workers;
    this.housekeeper = housekeeper;
    this.minIdle = minIdle;
  }

  /** Something may be missing: called where the pool ran out of idle connections, or lost one. */
  void topUp() {
    if (minIdle == 0 || pool.isClosed() || !running.compareAndSet(false, true)) {
      return;
    }
    try {
      workers.execute(this::dialMissing);
    } catch (RejectedExecutionException closed) {
      running.set(false);
    }
  }

  private void dialMissing() {
    boolean failed = false;
    try {
      while (pool.idle() < minIdle && pool.tryTicket()) {
        acquirer.dialToIdle(pool);
        pauseNanos = FIRST_PAUSE.toNanos();
      }
    } catch (IOException dialFailed) {
      LOG.debug("Keeping idle connections to {} ready failed", pool.endpoint(), dialFailed);
      failed = true;
    } finally {
      if (failed) {
        pause();
      } else {
        running.set(false);
      }
    }
  }

  /** Whoever calls meanwhile does not dial either. */
  private void pause() {
    long pause = pauseNanos;
    pauseNanos = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
    housekeeper.schedule(
        pause,
        () -> {
          running.set(false);
          topUp();
        });
  }
}
