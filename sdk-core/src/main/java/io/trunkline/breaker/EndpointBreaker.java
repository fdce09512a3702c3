package io.trunkline.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.trunkline.failure.CircuitOpenException;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.BreakerSnapshot;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whether one endpoint may be dialled. Users are refused by the state of the circuit breaker and
 * never ask it for permission: so its own change to HALF_OPEN makes no user's request the trial.
 * Only the {@link Probing probe} asks, and its success closes the breaker. Thread-safe.
 */
public final class EndpointBreaker {
  private final Endpoint endpoint;
  private final Breakers breakers;
  private final Runnable changed;
  private final AtomicBoolean starting = new AtomicBoolean();
  private final AtomicInteger failuresInRow = new AtomicInteger();

  /** Orders changes of what goes with the state. Held over nothing that waits or calls out. */
  private final ReentrantLock settling = new ReentrantLock();

  /** Null until {@link #start}: then nothing is refused. */
  private volatile CircuitBreaker circuit;

  private volatile boolean started;

  private volatile CircuitWatch watch;
  private volatile Probing probing;
  private volatile boolean ours;
  private volatile int minimumDials;
  private volatile Opening opening;
  private volatile IOException lastFailure;

  /**
   * @param why the failure that opened it, or null
   */
  private record Opening(long sinceNanos, IOException why) {}

  EndpointBreaker(Endpoint endpoint, Breakers breakers, Runnable changed) {
    this.endpoint = endpoint;
    this.breakers = breakers;
    this.changed = changed;
  }

  /**
   * Gets the circuit breaker from its registry, whose listeners are called: so hold no lock. May be
   * called again.
   */
  public void start() {
    if (!starting.compareAndSet(false, true)) {
      return;
    }
    try {
      Breakers.Circuit found = breakers.circuit(endpoint);
      ours = found.made();
      minimumDials = found.breaker().getCircuitBreakerConfig().getMinimumNumberOfCalls();
      probing = new Probing(endpoint, this, breakers);
      circuit = found.breaker();
      watch = CircuitWatch.join(found.breaker(), this);
      settle(); // an operator, or an earlier use of the endpoint, may have left it open
    } finally {
      started = true;
      changed.run(); // others may have come meanwhile, and wait for leave to dial
    }
  }

  /** Whether {@link #start} is done; until then no dial is allowed. */
  public boolean isStarted() {
    return started;
  }

  // ---- for who dials ----

  /** Whether dials are refused now. Takes no lock and calls nobody. */
  public boolean refuses() {
    CircuitBreaker present = circuit;
    if (present == null) {
      return false;
    }
    return switch (stateOf(present.getState())) {
      case OPEN, HALF_OPEN -> true;
      case CLOSED, DISABLED -> false;
    };
  }

  /**
   * How many dials may be in flight. While the latest ones failed it is no more than the failures
   * that the breaker still wants to see: a dead endpoint is not dialled more often than it takes to
   * know that it is dead.
   *
   * @param most how many may be when all is well
   */
  public int dialsAllowed(int most) {
    if (!started) {
      return 0; // the first breaker of a JVM takes some time, and must not miss the first failures
    }
    int failures = failuresInRow.get();
    return failures == 0 ? most : Math.max(1, Math.min(most, minimumDials - failures));
  }

  /** A dial took its handshakes. Hold no lock. */
  public void dialled(long elapsedNanos) {
    failuresInRow.set(0);
    CircuitBreaker present = circuit;
    // A dial from before the opening does not take the place of a probe.
    if (present != null && !refuses()) {
      present.onSuccess(elapsedNanos, TimeUnit.NANOSECONDS);
    }
  }

  /**
   * A dial failed. Hold no lock: the breaker may open, which is told to listeners.
   *
   * @param cutShort whether its caller gave it less time than the connect timeout
   */
  public void dialFailed(long elapsedNanos, IOException failure, boolean cutShort) {
    CircuitBreaker present = circuit;
    if (present == null || !breakers.counted().count(failure, cutShort)) {
      return;
    }
    lastFailure = failure;
    if (stateOf(present.getState()) == BreakerState.CLOSED) {
      failuresInRow.incrementAndGet();
    }
    if (!refuses()) {
      present.onError(elapsedNanos, TimeUnit.NANOSECONDS, failure);
    }
  }

  /** What a refused caller is told. */
  public CircuitOpenException refusal(long elapsedNanos) {
    Opening present = opening;
    Duration openFor = present == null ? Duration.ZERO : since(present);
    Optional<Duration> nextProbeIn = nextProbeIn();
    String note =
        "open for "
            + openFor.toMillis()
            + " ms, "
            + nextProbeIn
                .map(in -> "next probe in " + in.toMillis() + " ms")
                .orElse("not probed: it was opened by hand");
    return new CircuitOpenException(
        FailureDetails.of(FailureKind.BREAKER_OPEN, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos)
            .withNote(note),
        openFor,
        nextProbeIn,
        present == null ? lastFailure : present.why());
  }

  private Duration since(Opening present) {
    return Duration.ofNanos(Math.max(0, breakers.ticker().nanoTime() - present.sinceNanos()));
  }

  private Optional<Duration> nextProbeIn() {
    Probing present = probing;
    return present == null ? Optional.empty() : present.nextIn();
  }

  /** What there is now; empty if there is no breaker. Takes the lock of its window. */
  public Optional<BreakerSnapshot> snapshot() {
    CircuitBreaker present = circuit;
    if (present == null || !breakers.settings().enabled()) {
      return Optional.empty();
    }
    float rate = present.getMetrics().getFailureRate();
    return Optional.of(
        new BreakerSnapshot(
            stateOf(present.getState()),
            Optional.ofNullable(opening).map(this::since),
            rate < 0 ? OptionalDouble.empty() : OptionalDouble.of(rate),
            nextProbeIn(),
            Optional.ofNullable(lastFailure)));
  }

  /** The endpoint is forgotten, or the manager closed: no probe wakes any more. Hold no lock. */
  public void end() {
    CircuitBreaker present = circuit;
    if (present == null) {
      return;
    }
    probing.end();
    CircuitWatch watched = watch;
    if (watched != null) {
      watched.leave(this);
    }
    // What an operator set by hand is to be found again.
    boolean byHand =
        present.getState() == State.FORCED_OPEN
            || present.getState() == State.DISABLED
            || present.getState() == State.METRICS_ONLY;
    if (ours && !byHand) {
      breakers.remove(present);
    }
  }

  // ---- for the probe ----

  /** Whether a probe may be made now. */
  boolean tryProbe() {
    return circuit.tryAcquirePermission();
  }

  void probeSucceeded(long elapsedNanos) {
    circuit.onSuccess(elapsedNanos, TimeUnit.NANOSECONDS);
  }

  /** Of a fault of this host alone nothing can be learnt. */
  void probeFailed(long elapsedNanos, IOException failure) {
    if (breakers.counted().count(failure, false)) {
      lastFailure = failure;
      circuit.onError(elapsedNanos, TimeUnit.NANOSECONDS, failure);
    } else {
      probeGivenUp();
    }
  }

  /** It ended without a word on the endpoint. */
  void probeGivenUp() {
    circuit.releasePermission();
  }

  /** Whether a success is still waited for. */
  boolean isProbed() {
    State state = circuit.getState();
    return state == State.OPEN || state == State.HALF_OPEN;
  }

  /** The endpoint took a handshake that somebody asked for: that is as good as a probe. */
  public void answered() {
    if (circuit != null && isProbed()) {
      circuit.transitionToClosedState();
    }
  }

  // ---- changes of state, whoever made them ----

  /** By its {@link CircuitWatch}. */
  void transitioned(State from, State to) {
    IOException why = settle();
    BreakerState before = stateOf(from);
    BreakerState after = stateOf(to);
    if (before != after) {
      breakers.listener().breakerChanged(endpoint, before, after, Optional.ofNullable(why));
    }
    changed.run();
  }

  /**
   * Brings what goes with the state in line with it. Changes may cross, and be told in another
   * order than they came: so it goes by the state that is there now.
   *
   * @return why it is or was open, or null
   */
  private IOException settle() {
    settling.lock();
    try {
      Opening past = opening;
      if (!refuses()) {
        opening = null;
        failuresInRow.set(0);
      } else if (past == null) {
        opening = new Opening(breakers.ticker().nanoTime(), lastFailure);
      }
      probing.settle();
      Opening either = past == null ? opening : past;
      return either == null ? null : either.why();
    } finally {
      settling.unlock();
    }
  }

  private static BreakerState stateOf(State state) {
    return switch (state) {
      case CLOSED -> BreakerState.CLOSED;
      case OPEN, FORCED_OPEN -> BreakerState.OPEN;
      case HALF_OPEN -> BreakerState.HALF_OPEN;
      case DISABLED, METRICS_ONLY -> BreakerState.DISABLED;
    };
  }
}
