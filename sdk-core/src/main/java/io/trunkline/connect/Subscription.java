package io.trunkline.connect;

import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A resolver's promise to tell of changes of one endpoint; begun once, ended once. */
final class Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

  private enum State {
    NOT_BEGUN,
    BEGINS,
    ENDED
  }

  private final Endpoint endpoint;

  /** A {@link State}, or, while the subscription stands, the Runnable that ends it. */
  private final AtomicReference<Object> state = new AtomicReference<>(State.NOT_BEGUN);

  Subscription(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** Subscribes, unless it has. May block. */
  void begin(EndpointResolver resolver, Runnable changed) {
    if (!state.compareAndSet(State.NOT_BEGUN, State.BEGINS)) {
      return;
    }
    Runnable end = null;
    try {
      end = resolver.onChange(endpoint, changed);
    } catch (RuntimeException | Error failed) { // else the lookup would never end
      LOG.warn("The resolver cannot tell of changes of {}", endpoint, Failures.safeForLog(failed));
    }
    if (!state.compareAndSet(State.BEGINS, end == null ? State.ENDED : end) && end != null) {
      run(end); // it was ended while it began
    }
  }

  /** Whether there is something that {@link #end} would do. */
  boolean stands() {
    return state.get() instanceof Runnable;
  }

  void end() {
    if (state.getAndSet(State.ENDED) instanceof Runnable end) {
      run(end);
    }
  }

  private void run(Runnable end) {
    try {
      end.run();
    } catch (RuntimeException failed) {
      LOG.warn(
          "The resolver cannot end its telling of changes of {}",
          endpoint,
          Failures.safeForLog(failed));
    }
  }
}
