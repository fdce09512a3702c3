package io.trunkline.pool;

import io.trunkline.failure.Failures;
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
  private volatile boolean inUse;
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

  /** Somebody leases here, or will: until then nobody would use what is kept. */
  void use() {
    inUse = true;
  }

  /** Something may be missing: called where the pool ran out of idle connections, or lost one. */
  void topUp() {
    if (minIdle == 0 || !inUse) {
      return;
    }
    requested = true;
    if (running.compareAndSet(false, true)) {
      workers.execute(this::dialMissing, () -> running.set(false));
    }
  }

  /**
   * At most the minimum in one run, and a pause after it: a server that closes what it accepts must
   * not make us a storm.
   */
  private void dialMissing() {
    requested = false;
    int dialled = 0;
    try {
      for (; dialled < minIdle && isShort() && pool.room().tryTicket() == 0; dialled++) {
        acquirer.dialToIdle(pool);
      }
    } catch (IOException dialFailed) {
      LOG.debug(
          "Keeping idle connections to {} ready failed",
          pool.endpoint(),
          Failures.safeForLog(dialFailed));
    } catch (RuntimeException defect) {
      LOG.warn(
          "Keeping idle connections to {} ready failed; this is a defect in the initializer, in a"
              + " callback, or in Trunkline",
          pool.endpoint(),
          Failures.safeForLog(defect));
    } finally {
      if (dialled > 0 || isShort()) {
        housekeeper.schedule(pauseNanos, this::pauseIsOver);
      } else {
        endOfRun();
      }
    }
  }

  private boolean isShort() {
    return !pool.room().isOver() && pool.idle() < minIdle;
  }

  /** What was dialled has lived for the pause, or it has not. */
  private void pauseIsOver() {
    pauseNanos =
        isShort() ? Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos()) : FIRST_PAUSE.toNanos();
    requested |= isShort();
    endOfRun();
  }

  private void endOfRun() {
    running.set(false);
    if (requested && isShort()) {
      topUp();
    }
  }
}
