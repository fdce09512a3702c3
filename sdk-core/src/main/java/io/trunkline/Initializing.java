package io.trunkline;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.pool.Opener;
import io.trunkline.pool.PooledConnection;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs the user's initializer over a new connection, within the time of its dial. */
final class Initializing implements Opener {
  private final ConnectionInitializer initializer;
  private final Housekeeper housekeeper;

  /**
   * @param initializer null for none
   */
  Initializing(ConnectionInitializer initializer, Housekeeper housekeeper) {
    this.initializer = initializer;
    this.housekeeper = housekeeper;
  }

  @Override
  public void opened(PooledConnection connection, Deadline deadline) throws IOException {
    if (initializer == null) {
      return;
    }
    long start = System.nanoTime();
    Lease lease = new Lease(connection, true);
    AtomicBoolean timedOut = new AtomicBoolean();
    // A peer that drips byte after byte keeps every read limit, so the whole is bounded by closing
    // the socket.
    Runnable cancel =
        housekeeper.schedule(
            deadline.remainingNanos(),
            () -> {
              timedOut.set(true);
              try {
                connection.socket().close();
              } catch (IOException ignored) {
                // It is closed, whatever it says.
              }
            });
    try {
      initializer.initialize(lease);
      if (!lease.endInitializing()) {
        throw unfit(connection, FailureKind.CLOSED, start, null);
      }
    } catch (IOException failed) {
      throw timedOut.get() ? unfit(connection, FailureKind.TIMED_OUT, start, failed) : failed;
    } finally {
      cancel.run();
    }
  }

  private static IOException unfit(
      PooledConnection connection, FailureKind kind, long start, IOException cause) {
    return Failures.exception(
        FailureDetails.of(kind, FailurePhase.INITIALIZE)
            .withEndpoint(connection.socket().endpoint().orElse(null))
            .withElapsedNanos(System.nanoTime() - start)
            .withNote("the initializer did not leave the connection fit for use"),
        cause);
  }
}
