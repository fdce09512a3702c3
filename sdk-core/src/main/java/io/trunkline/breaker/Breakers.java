package io.trunkline.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.trunkline.config.BreakerSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.Ticker;
import java.time.Duration;
import java.util.function.BiConsumer;

/** The circuit breakers of one manager, one for each endpoint in use. Thread-safe. */
public final class Breakers {
  /** The configuration of a registry that is used instead of ours, if it is there. */
  private static final String CONFIGURATION = "trunkline";

  private static final String NAME_PREFIX = "trunkline-";

  /** Slow dials are bounded by the connect timeout, and are no failures. */
  private static final Duration NEVER_SLOW = Duration.ofDays(365);

  private final BreakerSettings settings;
  private final CircuitBreakerRegistry registry;
  private final CircuitBreakerConfig configuration;
  private final CountedFailures counted;
  private final Handshake handshake;
  private final Ticker ticker;
  private final Housekeeper housekeeper;
  private final BiConsumer<Runnable, Runnable> workers;
  private final ConnectionListener listener;

  /**
   * @param made whether it was not there before
   */
  record Circuit(CircuitBreaker breaker, boolean made) {}

  /**
   * @param registry where the breakers are kept, so that others see and change them
   * @param handshake how an endpoint is probed
   * @param workers run what blocks; the second is what to do if the first will never run
   */
  public Breakers(
      BreakerSettings settings,
      CircuitBreakerRegistry registry,
      Handshake handshake,
      Ticker ticker,
      Housekeeper housekeeper,
      BiConsumer<Runnable, Runnable> workers,
      ConnectionListener listener) {
    this.settings = settings;
    this.registry = registry;
    this.configuration =
        registry.getConfiguration(CONFIGURATION).orElseGet(() -> configured(settings, ticker));
    this.counted = new CountedFailures(settings.countedKinds());
    this.handshake = handshake;
    this.ticker = ticker;
    this.housekeeper = housekeeper;
    this.workers = workers;
    this.listener = listener;
  }

  private static CircuitBreakerConfig configured(BreakerSettings settings, Ticker ticker) {
    return CircuitBreakerConfig.custom()
        .clock(new TickerClock(ticker))
        .slidingWindowType(SlidingWindowType.TIME_BASED)
        .slidingWindowSize((int) settings.window().plusNanos(999_999_999).toSeconds())
        .minimumNumberOfCalls(settings.minimumDials())
        .failureRateThreshold(settings.failureRatePercent())
        .slowCallDurationThreshold(NEVER_SLOW)
        // The probe keeps its own time, and is never too early for this.
        .waitIntervalFunctionInOpenState(IntervalFunction.of(1))
        .automaticTransitionFromOpenToHalfOpenEnabled(false)
        .permittedNumberOfCallsInHalfOpenState(1)
        .build();
  }

  /**
   * The breaker of an endpoint that comes into use.
   *
   * @param changed called after each change of state, outside of every lock of ours
   */
  public EndpointBreaker of(Endpoint endpoint, Runnable changed) {
    return new EndpointBreaker(endpoint, this, changed);
  }

  /** Calls the listeners of the registry. */
  Circuit circuit(Endpoint endpoint) {
    String name = NAME_PREFIX + endpoint;
    if (!settings.enabled()) {
      CircuitBreaker none = CircuitBreaker.of(name, configuration);
      none.transitionToDisabledState();
      return new Circuit(none, false);
    }
    boolean isNew = registry.find(name).isEmpty();
    return new Circuit(registry.circuitBreaker(name, configuration), isNew);
  }

  /** Calls the listeners of the registry. */
  void remove(CircuitBreaker circuit) {
    if (registry.find(circuit.getName()).filter(found -> found == circuit).isPresent()) {
      registry.remove(circuit.getName());
    }
  }

  BreakerSettings settings() {
    return settings;
  }

  CountedFailures counted() {
    return counted;
  }

  Handshake handshake() {
    return handshake;
  }

  Ticker ticker() {
    return ticker;
  }

  Housekeeper housekeeper() {
    return housekeeper;
  }

  BiConsumer<Runnable, Runnable> workers() {
    return workers;
  }

  ConnectionListener listener() {
    return listener;
  }
}
