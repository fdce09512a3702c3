package io.trunkline;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.pool.Opener;
import io.trunkline.pool.PooledConnection;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

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
    AtomicReference<End> end = new AtomicReference<>();
    // A peer that drips byte after byte keeps every read limit, so the whole is bounded by closing
    // the socket.
    Runnable cancel =
        housekeeper.schedule(
            deadline.remainingNanos(),
            () -> {
              if (end.compareAndSet(null, End.TIMED_OUT)) {
                closeQuietly(connection);
              }
            });
    try {
      initializer.initialize(lease);
      if (!end.compareAndSet(null, End.DONE)) {
        throw unfit(connection, FailureKind.TIMED_OUT, start, null);
      }
      if (!lease.endInitializing()) {
        // An error that it swallowed, an end, a limit, a half close: which one is not known here.
        throw unfit(connection, FailureKind.OTHER, start, null);
      }
    } catch (IOException failed) {
      boolean timedOut = !end.compareAndSet(null, End.DONE) && end.get() == End.TIMED_OUT;
      throw timedOut && !(failed instanceof ConnectionFailure failure && isOurs(failure))
          ? unfit(connection, FailureKind.TIMED_OUT, start, failed)
          : failed;
    } finally {
      cancel.run();
    }
  }

  /** How the initializer ended: whichever comes first, it or its time. */
  private enum End {
    DONE,
    TIMED_OUT
  }

  private static boolean isOurs(ConnectionFailure failure) {
    return failure.phase() == FailurePhase.INITIALIZE;
  }

  private static void closeQuietly(PooledConnection connection) {
    try {
      connection.socket().close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
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
