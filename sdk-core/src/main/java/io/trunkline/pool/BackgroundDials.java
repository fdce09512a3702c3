package io.trunkline.pool;

import io.trunkline.time.Housekeeper;
import io.trunkline.time.Workers;
import java.io.IOException;
import java.time.Duration;
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
  private final Workers workers;
  private final Housekeeper housekeeper;
  private final int minIdle;
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile boolean requested;
  private volatile long pauseNanos = FIRST_PAUSE.toNanos();

  BackgroundDials(
      EndpointPool pool, Acquirer acquirer, Workers workers, Housekeeper housekeeper, int minIdle) {
    this.pool = pool;
    this.acquirer = acquirer;
    this.workers = workers;
    this.housekeeper = housekeeper;
    this.minIdle = minIdle;
  }

  /** Something may be missing: called where the pool ran out of idle connections, or lost one. */
  void topUp() {
    if (minIdle == 0) {
      return;
    }
    requested = true;
    if (running.compareAndSet(false, true)) {
      workers.execute(this::dialMissing, () -> running.set(false));
    }
  }

  /**
   * At most the minimum in one run: a server that closes what it accepted must not make us a storm.
   */
  private void dialMissing() {
    requested = false;
    try {
      for (int i = 0; i < minIdle && isShort() && pool.tryTicket(); i++) {
        acquirer.dialToIdle(pool);
      }
    } catch (IOException dialFailed) {
      LOG.debug("Keeping idle connections to {} ready failed", pool.endpoint(), dialFailed);
    } finally {
      endOfRun();
    }
  }

  private boolean isShort() {
    return !pool.isClosed() && pool.idle() < minIdle;
  }

  private void endOfRun() {
    if (isShort()) {
      pause(); // meanwhile nobody else dials in the background either
      return;
    }
    pauseNanos = FIRST_PAUSE.toNanos();
    running.set(false);
    if (requested && isShort()) {
      topUp(); // it came while we looked for the last time
    }
  }

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
