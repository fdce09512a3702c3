package io.trunkline.observe;

import io.trunkline.time.Ticker;
import java.util.List;

/** Makes one listener out of many, and the many harmless. */
public final class Listeners {
  /**
   * Hears nothing. Whoever raises events may compare with it and spare itself what it would only
   * have to measure for them.
   */
  public static final ConnectionListener NONE =
      new ConnectionListener() {
        @Override
        public boolean hearsEveryLease() {
          return false;
        }

        @Override
        public boolean hearsSamples() {
          return false;
        }

        @Override
        public boolean hearsConnects() {
          return false;
        }

        @Override
        public String toString() {
          return "Listeners.NONE";
        }
      };

  private Listeners() {}

  /**
   * One listener that passes each event to all of these, in their order.
   *
   * <p>What a listener throws, an {@link Error} too, goes to the log, at most once a minute for
   * each listener, and nowhere else; the others are called all the same. A listener that takes
   * longer than 10 ms for an event, and not for the first time, is named in the log as often; of
   * the leases, which are many, one in 64 is timed. An event that a listener raises on its own
   * thread while it is called is not passed to it again.
   *
   * @return {@link #NONE} if there are none, or no others
   * @throws IllegalArgumentException if one is null
   */
  public static ConnectionListener of(List<ConnectionListener> listeners) {
    return of(listeners, Ticker.SYSTEM);
  }

  static ConnectionListener of(List<ConnectionListener> listeners, Ticker ticker) {
    if (listeners.stream().anyMatch(each -> each == null)) {
      throw new IllegalArgumentException("listener must not be null");
    }
    List<ConnectionListener> real = listeners.stream().filter(each -> each != NONE).toList();
    return real.isEmpty() ? NONE : new FanOut(real, ticker);
  }
}
