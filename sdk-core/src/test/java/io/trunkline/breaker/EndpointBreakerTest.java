package io.trunkline.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.config.BreakerSettings;
import io.trunkline.failure.CircuitOpenException;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerSnapshot;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.FakeTime;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The breaker and its probe, on a clock that stands still. */
class EndpointBreakerTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("service.example", 1234);
  private static final String NAME = "trunkline-service.example:1234";
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final long MILLI = 1_000_000;
  private static final IOException REFUSED =
      Failures.exception(FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT));
  private static final IOException NO_DESCRIPTOR =
      Failures.exception(
          FailureDetails.of(FailureKind.DESCRIPTORS_EXHAUSTED, FailurePhase.CONNECT));

  private final FakeTime time = new FakeTime();
  private final Deque<Runnable> work = new ArrayDeque<>();
  private final List<String> told = new ArrayList<>();
  private final List<Long> probedAt = new ArrayList<>();
  private final CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
  private int changes;

  /** What the endpoint answers to a probe; null for well. */
  private IOException answer = REFUSED;

  private final class Teller implements ConnectionListener {
    @Override
    public void breakerChanged(
        Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
      assertThat(endpoint).isEqualTo(ENDPOINT);
      told.add(from + " to " + to + why.map(it -> ": " + kindOf(it)).orElse(""));
    }

    @Override
    public void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
      assertThat(elapsedNanos).isEqualTo(20 * MILLI);
      told.add("probed" + failure.map(it -> ": " + kindOf(it)).orElse(""));
    }
  }

  private static FailureKind kindOf(IOException failure) {
    return Failures.find(failure).orElseThrow().kind();
  }

  private void handshake(Endpoint endpoint) throws IOException {
    probedAt.add(time.nanoTime());
    time.advance(Duration.ofMillis(20));
    if (answer != null) {
      throw answer;
    }
  }

  private EndpointBreaker breaker() {
    return breaker(BreakerSettings.builder().build());
  }

  private EndpointBreaker breaker(BreakerSettings settings) {
    Breakers breakers =
        new Breakers(
            settings,
            registry,
            this::handshake,
            time,
            time,
            (task, ifDropped) -> work.add(task),
            new Teller());
    EndpointBreaker breaker = breakers.of(ENDPOINT, () -> changes++);
    breaker.start();
    return breaker;
  }

  private CircuitBreaker circuit() {
    return registry.find(NAME).orElseThrow();
  }

  private static void fail(EndpointBreaker breaker, int times) {
    for (int i = 0; i < times; i++) {
      breaker.dialFailed(MILLI, REFUSED, false);
    }
  }

  /** Lets time pass, and the workers work as soon as they have something to do. */
  private void pass(Duration duration) {
    for (long left = duration.toMillis(); left > 0; left -= 10) {
      time.advance(Duration.ofMillis(10));
      while (!work.isEmpty()) {
        work.poll().run();
      }
    }
  }

  // ---- opening ----

  @Test
  void itOpensWhenHalfOfAtLeastFiveDialsFailed() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 4);
    assertThat(breaker.refuses()).isFalse();
    fail(breaker, 1);
    assertThat(breaker.refuses()).isTrue();
    assertThat(told).containsExactly("CLOSED to OPEN: REFUSED");
    assertThat(changes).as("the pool is told that it began, and that it opened").isEqualTo(2);
  }

  @Test
  void successesKeepItClosed() {
    EndpointBreaker breaker = breaker();
    for (int i = 0; i < 6; i++) {
      breaker.dialled(MILLI);
    }
    fail(breaker, 5);
    assertThat(breaker.refuses()).isFalse();
    fail(breaker, 1);
    assertThat(breaker.refuses()).isTrue();
  }

  @Test
  void failuresLeaveItsWindow() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 4);
    time.advance(Duration.ofSeconds(31));
    fail(breaker, 4);
    assertThat(breaker.refuses()).isFalse();
  }

  @Test
  void faultsOfThisHostDoNotOpenIt() {
    EndpointBreaker breaker = breaker();
    for (int i = 0; i < 100; i++) {
      breaker.dialFailed(MILLI, NO_DESCRIPTOR, false);
    }
    assertThat(breaker.refuses()).isFalse();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
    assertThat(circuit().getMetrics().getNumberOfBufferedCalls()).isZero();
  }

  @Test
  void slowDialsDoNotOpenIt() {
    EndpointBreaker breaker = breaker();
    for (int i = 0; i < 100; i++) {
      breaker.dialled(Duration.ofHours(1).toNanos());
    }
    assertThat(breaker.refuses()).isFalse();
  }

  @Test
  void withoutABreakerNothingIsRefused() {
    EndpointBreaker breaker = breaker(BreakerSettings.builder().enabled(false).build());
    fail(breaker, 100);
    assertThat(breaker.refuses()).isFalse();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
    assertThat(breaker.snapshot()).isEmpty();
    assertThat(registry.find(NAME)).isEmpty();
  }

  @Test
  void whileDialsFailNoMoreAreAllowedThanItWantsToSeeFail() {
    EndpointBreaker breaker = breaker();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
    fail(breaker, 1);
    assertThat(breaker.dialsAllowed(8)).isEqualTo(4);
    assertThat(breaker.dialsAllowed(3)).isEqualTo(3);
    fail(breaker, 2);
    assertThat(breaker.dialsAllowed(8)).isEqualTo(2);
    breaker.dialled(MILLI);
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
  }

  @Test
  void anEndpointWhoseDialsSucceededBeforeIsDialledOneByOneWhileTheyFail() {
    EndpointBreaker breaker = breaker();
    for (int i = 0; i < 10; i++) {
      breaker.dialled(MILLI);
    }
    fail(breaker, 7);
    assertThat(breaker.refuses()).isFalse();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(1);
  }

  // ---- refusing ----

  @Test
  void aRefusalTellsSinceWhenWhyAndWhenTheNextProbeRuns() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    time.advance(Duration.ofMillis(200));
    CircuitOpenException refusal = breaker.refusal(3 * MILLI);
    assertThat(refusal.kind()).isEqualTo(FailureKind.BREAKER_OPEN);
    assertThat(refusal.phase()).isEqualTo(FailurePhase.ACQUIRE);
    assertThat(refusal.endpoint()).contains(ENDPOINT);
    assertThat(refusal.openFor()).isEqualTo(Duration.ofMillis(200));
    assertThat(refusal.nextProbeIn().orElseThrow())
        .isBetween(Duration.ofMillis(300), Duration.ofMillis(800));
    assertThat(refusal).hasCause(REFUSED).hasMessageContaining("open for 200 ms, next probe in");
  }

  @Test
  void noUserIsEverTheTrial() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    time.advance(Duration.ofHours(1)); // the probe is due, and no worker has come to it
    assertThat(breaker.refuses()).isTrue();
    assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.OPEN);
    assertThat(breaker.refusal(0).nextProbeIn()).contains(Duration.ZERO);
  }

  @Test
  void itRefusesWhileAProbeRuns() {
    EndpointBreaker breaker = breaker();
    List<Boolean> refusedMeanwhile = new ArrayList<>();
    fail(breaker, 5);
    answer = null;
    time.advance(FIRST);
    Runnable probe = work.remove();
    time.schedule(
        10 * MILLI,
        () -> {
          assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
          refusedMeanwhile.add(breaker.refuses());
        });
    probe.run();
    assertThat(refusedMeanwhile).containsExactly(true);
    assertThat(breaker.refuses()).isFalse();
  }

  @Test
  void aDialFromBeforeTheOpeningDoesNotTakeThePlaceOfAProbe() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    answer = null;
    time.advance(FIRST);
    Runnable probe = work.remove();
    time.schedule(
        10 * MILLI,
        () -> {
          breaker.dialFailed(MILLI, REFUSED, false);
          assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
          breaker.dialled(MILLI);
          assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
        });
    probe.run();
    assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  // ---- probing ----

  @Test
  void aProbeThatIsAnsweredClosesIt() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    answer = null;
    pass(FIRST);
    assertThat(breaker.refuses()).isFalse();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
    assertThat(told)
        .containsExactly(
            "CLOSED to OPEN: REFUSED",
            "OPEN to HALF_OPEN: REFUSED",
            "probed",
            "HALF_OPEN to CLOSED: REFUSED");
    assertThat(time.scheduledCount()).as("nothing wakes any more").isZero();
    fail(breaker, 4);
    assertThat(breaker.refuses()).as("it counts anew").isFalse();
  }

  @Test
  void failedProbesComeLessAndLessOften() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    pass(Duration.ofMinutes(3));
    assertThat(breaker.refuses()).isTrue();
    double[] longest = {2, 4, 8, 16, 30, 30, 30};
    for (int i = 0; i < longest.length; i++) {
      double seconds = (probedAt.get(i + 1) - probedAt.get(i)) / 1e9;
      assertThat(seconds).as("pause %d", i).isBetween(longest[i] / 2, longest[i] + 0.05);
    }
    assertThat(breaker.refusal(0).openFor())
        .as("since the first opening")
        .isGreaterThanOrEqualTo(Duration.ofMinutes(3));
  }

  @Test
  void theJitterOfManyBreakersSpreadsTheirProbes() {
    List<Duration> pauses = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      EndpointBreaker breaker = breaker();
      fail(breaker, 5);
      pauses.add(breaker.refusal(0).nextProbeIn().orElseThrow());
      breaker.end();
    }
    assertThat(pauses).allMatch(each -> each.toMillis() >= 500 && each.toMillis() <= 1_000);
    assertThat(pauses).anyMatch(each -> each.toMillis() < 600);
    assertThat(pauses).anyMatch(each -> each.toMillis() > 900);
  }

  @Test
  void aFaultOfThisHostLetsTheProbeTryAgain() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    answer = NO_DESCRIPTOR;
    pass(FIRST);
    assertThat(circuit().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
    assertThat(breaker.refuses()).isTrue();
    answer = null;
    pass(FIRST.multipliedBy(2));
    assertThat(breaker.refuses()).isFalse();
  }

  @Test
  void aDefectInAProbeDoesNotEndProbing() {
    EndpointBreaker breaker =
        new Breakers(
                BreakerSettings.builder().build(),
                registry,
                endpoint -> {
                  probedAt.add(time.nanoTime());
                  if (probedAt.size() == 1) {
                    throw new IllegalStateException("a defect");
                  }
                },
                time,
                time,
                (task, ifDropped) -> work.add(task),
                new ConnectionListener() {})
            .of(ENDPOINT, () -> {});
    breaker.start();
    fail(breaker, 5);
    time.advance(FIRST);
    assertThatThrownBy(work.remove()::run).hasMessage("a defect");
    pass(FIRST.multipliedBy(2));
    assertThat(breaker.refuses()).isFalse();
  }

  @Test
  void aProbeThatNoWorkerTakesIsScheduledAnew() {
    Deque<Runnable> dropped = new ArrayDeque<>();
    EndpointBreaker breaker =
        new Breakers(
                BreakerSettings.builder().build(),
                registry,
                this::handshake,
                time,
                time,
                (task, ifDropped) -> dropped.add(ifDropped),
                new Teller())
            .of(ENDPOINT, () -> {});
    breaker.start();
    fail(breaker, 5);
    time.advance(FIRST);
    dropped.remove().run();
    assertThat(time.scheduledCount()).isEqualTo(1);
    time.advance(FIRST);
    assertThat(dropped).hasSize(1);
  }

  @Test
  void somebodyElsesHandshakeIsAsGoodAsAProbe() {
    EndpointBreaker breaker = breaker();
    breaker.answered();
    assertThat(told).isEmpty();
    fail(breaker, 5);
    breaker.answered();
    assertThat(breaker.refuses()).isFalse();
    assertThat(time.scheduledCount()).isZero();
  }

  @Test
  void anEndedBreakerWakesNobodyAndLeavesTheRegistry() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    assertThat(time.scheduledCount()).isEqualTo(1);
    breaker.end();
    assertThat(time.scheduledCount()).isZero();
    assertThat(registry.find(NAME)).isEmpty();
  }

  @Test
  void aProbeThatOutlivesItsBreakerSchedulesNothing() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    time.advance(FIRST);
    Runnable probe = work.remove();
    time.schedule(10 * MILLI, breaker::end);
    probe.run();
    assertThat(time.scheduledCount()).isZero();
  }

  // ---- the registry of somebody else ----

  @Test
  void theConfigurationOfTheRegistryIsUsedAndItsTrialsAreProbes() {
    registry.addConfiguration(
        "trunkline",
        CircuitBreakerConfig.custom()
            .minimumNumberOfCalls(2)
            .slidingWindowSize(10)
            .permittedNumberOfCallsInHalfOpenState(3)
            .waitDurationInOpenState(Duration.ofMillis(1))
            .build());
    EndpointBreaker breaker = breaker();
    fail(breaker, 2);
    assertThat(breaker.refuses()).isTrue();
    answer = null;
    Thread.onSpinWait();
    // Its clock is the system's, which has to move by a millisecond.
    long until = System.nanoTime() + 5 * MILLI;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
    pass(FIRST);
    assertThat(breaker.refuses()).isFalse();
    assertThat(probedAt).as("three successes were wanted; two judge").hasSizeBetween(2, 3);
  }

  @Test
  void whatAnOperatorSetsIsObeyed() {
    EndpointBreaker breaker = breaker();
    circuit().transitionToForcedOpenState();
    assertThat(breaker.refuses()).isTrue();
    assertThat(breaker.refusal(0).nextProbeIn()).isEmpty();
    assertThat(breaker.refusal(0)).hasMessageContaining("opened by hand");
    pass(Duration.ofMinutes(1));
    assertThat(probedAt).as("probes of what was opened by hand").isEmpty();
    breaker.answered();
    assertThat(breaker.refuses()).isTrue();

    circuit().transitionToDisabledState();
    fail(breaker, 100);
    assertThat(breaker.refuses()).isFalse();
    circuit().transitionToMetricsOnlyState();
    fail(breaker, 100);
    assertThat(breaker.refuses()).isFalse();
    assertThat(breaker.dialsAllowed(8)).isEqualTo(8);
    circuit().transitionToClosedState();
    fail(breaker, 5);
    assertThat(breaker.refuses()).isTrue();
    circuit().reset();
    assertThat(breaker.refuses()).isFalse();
    assertThat(time.scheduledCount()).isZero();
    assertThat(told)
        .containsExactly(
            "CLOSED to OPEN",
            "OPEN to DISABLED",
            "DISABLED to CLOSED",
            "CLOSED to OPEN: REFUSED",
            "OPEN to CLOSED: REFUSED");
  }

  @Test
  void anOpenBreakerThatIsOpenedForGoodIsProbedNoMore() {
    EndpointBreaker breaker = breaker();
    fail(breaker, 5);
    circuit().transitionToForcedOpenState();
    assertThat(time.scheduledCount()).isZero();
    circuit().transitionToOpenState();
    assertThat(time.scheduledCount()).isEqualTo(1);
  }

  @Test
  void whatWasSetByHandSurvivesTheEndpointBeingForgotten() {
    EndpointBreaker first = breaker();
    circuit().transitionToForcedOpenState();
    first.end();
    EndpointBreaker second = breaker();
    assertThat(second.refuses()).isTrue();
    second.end();
    assertThat(registry.find(NAME)).isPresent();
  }

  /** A listener cannot be taken from a circuit breaker, so there must be no second one. */
  @Test
  void aCircuitThatIsUsedAgainAndAgainHasOneListenerAndTellsOfEachChangeOnce() {
    CircuitBreaker real = registry.circuitBreaker(NAME);
    AtomicInteger listeners = new AtomicInteger();
    CircuitBreaker counted =
        (CircuitBreaker)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CircuitBreaker.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("getEventPublisher")) {
                    listeners.incrementAndGet();
                  }
                  return method.invoke(real, arguments);
                });
    registry.replace(NAME, counted);
    List<EndpointBreaker> used = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      used.forEach(EndpointBreaker::end);
      used.add(breaker());
    }
    real.transitionToForcedOpenState();
    assertThat(listeners).hasValue(1);
    assertThat(told).containsExactly("CLOSED to OPEN");

    EndpointBreaker ofAnotherManager = breaker();
    real.transitionToClosedState();
    assertThat(told).as("one line of each that is in use").hasSize(3);
    assertThat(ofAnotherManager.refuses()).isFalse();
    assertThat(listeners).hasValue(1);
  }

  @Test
  void anOpenBreakerThatIsFoundIsProbed() {
    registry.circuitBreaker(NAME).transitionToOpenStateFor(Duration.ZERO);
    EndpointBreaker breaker = breaker();
    assertThat(breaker.refuses()).isTrue();
    assertThat(time.scheduledCount()).isEqualTo(1);
    breaker.end();
    assertThat(registry.find(NAME)).as("it was not ours to remove").isPresent();
  }

  @Test
  void theSnapshotTellsWhatARefusalTells() {
    EndpointBreaker breaker = breaker();
    BreakerSnapshot before = breaker.snapshot().orElseThrow();
    assertThat(before.state()).isEqualTo(BreakerState.CLOSED);
    assertThat(before.openFor()).isEmpty();
    assertThat(before.failureRatePercent()).isEmpty();
    assertThat(before.nextProbeIn()).isEmpty();
    assertThat(before.lastFailure()).isEmpty();
    fail(breaker, 5);
    time.advance(Duration.ofMillis(100));
    BreakerSnapshot after = breaker.snapshot().orElseThrow();
    assertThat(after.state()).isEqualTo(BreakerState.OPEN);
    assertThat(after.openFor()).contains(Duration.ofMillis(100));
    assertThat(after.failureRatePercent()).hasValue(100);
    assertThat(after.nextProbeIn()).isPresent();
    assertThat(after.lastFailure()).contains(REFUSED);
  }
}
