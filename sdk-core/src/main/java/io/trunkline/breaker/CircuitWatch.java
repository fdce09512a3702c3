package io.trunkline.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells of the changes of one circuit breaker. A registry outlives managers and endpoints in use,
 * and a listener cannot be taken from a circuit breaker: so there is one on each for the life of
 * the JVM, and those who want to know come and go behind it. Thread-safe.
 */
final class CircuitWatch {
  private static final ReentrantLock LOCK = new ReentrantLock();

  /** Of each circuit breaker that is still there. Guarded by the lock. */
  private static final Map<CircuitBreaker, CircuitWatch> WATCHES = new WeakHashMap<>();

  /** Weak, for managers that nobody has closed. */
  private final CopyOnWriteArrayList<WeakReference<EndpointBreaker>> watchers =
      new CopyOnWriteArrayList<>();

  private CircuitWatch() {}

  /** From now on the watcher is told, until {@link #leave}. */
  static CircuitWatch join(CircuitBreaker circuit, EndpointBreaker watcher) {
    CircuitWatch watch;
    LOCK.lock();
    try {
      watch = WATCHES.get(circuit);
      if (watch == null) {
        watch = new CircuitWatch();
        circuit.getEventPublisher().onStateTransition(watch::changed); // calls nobody
        WATCHES.put(circuit, watch);
      }
    } finally {
      LOCK.unlock();
    }
    watch.watchers.removeIf(each -> each.get() == null);
    watch.watchers.add(new WeakReference<>(watcher));
    return watch;
  }

  void leave(EndpointBreaker watcher) {
    watchers.removeIf(each -> each.get() == null || each.get() == watcher);
  }

  private void changed(CircuitBreakerOnStateTransitionEvent event) {
    for (WeakReference<EndpointBreaker> each : watchers) {
      EndpointBreaker watcher = each.get();
      if (watcher != null) {
        watcher.transitioned(
            event.getStateTransition().getFromState(), event.getStateTransition().getToState());
      }
    }
  }
}
