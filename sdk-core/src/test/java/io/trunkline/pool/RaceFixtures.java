package io.trunkline.pool;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.observe.Listeners;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;

/** Small pools and connections without an operating system, for the races of jcstress. */
public final class RaceFixtures {
  private RaceFixtures() {}

  /** A pool with a clock that stands still. */
  static EndpointPool pool(int maxConnections) {
    PoolSettings settings =
        PoolSettings.builder()
            .maxPerEndpoint(maxConnections)
            .idleTimeout(Duration.ZERO)
            .maxLifetime(Duration.ZERO)
            .build();
    BreakerSettings noBreaker = BreakerSettings.builder().enabled(false).build();
    return new FakeDials(settings, noBreaker, endpoint -> {}, Listeners.NONE, pool -> {})
        .pool("races");
  }

  /** A leased connection of the pool, as if a dial of a caller had succeeded. */
  static PooledConnection dialled(EndpointPool pool) {
    try {
      Waiter dialler = new Waiter(true);
      pool.room().enter(dialler);
      if (dialler.outcome() != Waiter.TICKET) {
        throw new IllegalStateException("no ticket, but " + dialler.outcome());
      }
      PooledConnection connection = pool.ticketDone(new FakeSocket());
      connection.leased(false);
      return connection;
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A leased connection in a pool of its own. */
  public static PooledConnection leased() {
    return dialled(pool(1));
  }

  /** A leased connection of no pool, for whoever looks at its state alone. */
  static PooledConnection alone(int slot) {
    try {
      return new PooledConnection(new FakeSocket(), null, slot, 0, 0, Long.MAX_VALUE / 2);
    } catch (SocketException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public static boolean isIdle(PooledConnection connection) {
    return connection.isIdle();
  }

  public static boolean isClosed(PooledConnection connection) {
    return connection.isClosed();
  }

  /** Ends it and its pool, and says whether all that they held was given back. */
  static boolean endsWithNothingLeft(EndpointPool pool) {
    pool.close();
    pool.closeLeased();
    return pool.room().open() == 0
        && pool.room().dialling() == 0
        && pool.shared().total().taken() == 0
        && pool.room().waiting() == 0;
  }

  /** As {@link #endsWithNothingLeft(EndpointPool)}, for the pool of a connection. */
  public static boolean endsWithNothingLeft(PooledConnection connection) {
    return endsWithNothingLeft(connection.pool);
  }
}
